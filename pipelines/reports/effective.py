"""What was the open pipeline at a past moment, as known then and as known today, and which deals make the difference?

The first line is what was known, the last one what was true as known today; each line between them is one thing
learnt since: an opportunity that was closed already, whose import was undone, or the rate of a currency on that day.
What can be told about a past moment, and what cannot, is in schemas/hindsight.py. All open opportunities count, also
those without an owner; days asked for limit the close date. Amounts keep all of their decimals, so that the lines add
up exactly.
"""

from pathlib import PurePath
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from pipelines.question import Column, Question
from schemas.exact import ExactText, exact_sum, plain, weighted_sum
from schemas.known import Known
from schemas.settings import Settings

TOTAL = "true then, as known today"
KNOWN = "known then"
FACTS = ("status", "amount", "currency", "probability", "owner")
SIDES = ("known", "true")
Value = ColumnElement[Any]


def columns(question: Question) -> list[Column]:
    """The line and its effects; then the opportunity, what was known of it and what was true, and who told it when."""
    facts = [f"{side}_{fact}" for fact in (*FACTS, "rate") for side in SIDES]
    told = ["deal", *facts, "closed_on", "run", "file", "learnt_at"]
    return [
        Column("name", "Opportunity", added=False),
        Column("open_amount", "Open pipeline", money=True, exact=True),
        Column("weighted_amount", "Weighted pipeline", money=True, exact=True),
        *(Column(key, key.replace("_", " ").capitalize(), added=False, shown=False) for key in told),
    ]


def ask(question: Question) -> Select[Any]:
    """What was known, then the opportunities with the largest effect first, then the rates by currency."""
    lines = union_all(_known(question), _learnt(question), *_rates(question)).subquery("line")
    size = func.coalesce(func.abs(lines.c.open_amount), literal_column("0"))
    shown = [lines.c[key] for key in _keys(question)]
    return select(*shown).order_by(lines.c.place, size.desc(), lines.c.deal, lines.c.name)


def note(row: dict[str, Any], settings: Settings) -> str:
    """What was known and what was true of a line, and the run that told it."""
    if row["known_rate"] is not None:
        told = f"rate {row['known_rate']} → {row['true_rate']}"
    elif row["deal"] is None:
        return ""
    else:
        told = f"deal {row['deal']}: {_told_of_deal(row, settings)}"
    if row["run"] is None:
        return told
    source = (f"run {row['run']}", PurePath(row["file"]).name, f"{row['learnt_at']:%Y-%m-%d %H:%M}")
    return f"{told}; {', '.join(filter(None, source))}"


def _told_of_deal(row: dict[str, Any], settings: Settings) -> str:
    label = {status.id: status.label for status in settings.statuses}
    since = f" since {row['closed_on']}" if row["closed_on"] else ""
    known, true = ({fact: row[f"{side}_{fact}"] for fact in FACTS} for side in SIDES)
    before, after = (label.get(str(side["status"]), str(side["status"])) for side in (known, true))
    if known["status"] is None:
        return f"not known → {after}{since}"
    if true["status"] is None:
        return f"{before} → not there"
    changes = [f"{before} → {after}{since}"] if known["status"] != true["status"] else []
    if (known["amount"], known["currency"]) != (true["amount"], true["currency"]):
        changes.append("amount " + " → ".join(_money(side) for side in (known, true)))
    if known["status"] == true["status"] and known["probability"] != true["probability"]:
        changes.append("probability " + " → ".join(f"{plain(side['probability'] * 100)} %" for side in (known, true)))
    if known["owner"] != true["owner"]:
        changes.append("owner " + " → ".join(str(side["owner"] or "none") for side in (known, true)))
    return ", ".join(changes)


def _money(side: dict[str, Any]) -> str:
    return "none" if side["amount"] is None else f"{plain(side['amount']):,} {side['currency']}"


def _line(question: Question, place: int, **values: Value) -> Select[Any]:
    """A line of the answer; what is not given is null, of the type that the others have."""
    deals, runs = question.deals.c, question.known.runs.c
    kinds: dict[str, Any] = {"deal": deals.id.type, "run": deals.id.type, "closed_on": String()}
    kinds |= {"file": runs.file.type, "learnt_at": runs.recorded_at.type}
    for side in SIDES:
        kinds |= {f"{side}_status": deals.status.type, f"{side}_owner": question.known.owners.c.name.type}
        kinds |= {f"{side}_amount": deals.budget_amount.type, f"{side}_currency": deals.budget_currency.type}
        kinds |= {f"{side}_probability": deals.probability.type, f"{side}_rate": question.known.rates.c.rate.type}
    given = [values[key] if key in values else cast(null(), kinds[key]) for key in _keys(question)]
    named = (value.label(key) for key, value in zip(_keys(question), given, strict=True))
    return select(literal_column(str(place)).label("place"), *named)


def _keys(question: Question) -> list[str]:
    return [column.key for column in columns(question)]


def _known(question: Question) -> Select[Any]:
    budget, chance = _worth(question, question.deals)
    return _line(
        question,
        1,
        name=literal(KNOWN),
        open_amount=exact_sum(budget),
        weighted_amount=weighted_sum(budget, chance),
    ).select_from(question.deals)


def _worth(question: Question, deals: FromClause) -> tuple[Value, Value]:
    """What an opportunity counts for in the pipeline: its amount, none unless it is open, and its probability."""
    counts = and_(question.is_open(deals), question.in_period(deals))
    return case((counts, question.open_amount("budget_amount", deals))), question.probability(deals)


def _learnt(question: Question) -> Select[Any]:
    """A line for each opportunity of which something else was known than was true."""
    sides = [_side(question, known, sign) for known, sign in ((question.known, -1), (question.true, 1))]
    side = union_all(*sides).subquery("side")

    def of(fact: str, sign: int) -> Value:
        return func.max(case((side.c.sign == sign, side.c[fact])), type_=side.c[fact].type)

    facts = {f"{name}_{fact}": of(fact, sign) for fact in FACTS for name, sign in zip(SIDES, (-1, 1), strict=True)}
    other = [of(fact, -1).is_distinct_from(of(fact, 1)) for fact in ("deal", *FACTS[:-1], "owner_id")]
    deal = (
        select(
            side.c.deal,
            func.coalesce(of("name", 1), of("name", -1)).label("name"),
            of("run_id", 1).label("stated_by"),
            of("closed_at", 1).label("closed_at"),
            of("close_date", 1).label("close_date"),
            exact_sum(side.c.sign * side.c.budget).label("open_amount"),
            weighted_sum(side.c.sign * side.c.budget, side.c.chance).label("weighted_amount"),
            *(value.label(key) for key, value in facts.items()),
        )
        .group_by(side.c.deal)
        .having(and_(or_(*other), func.max(side.c.counts) == 1))
        .subquery("deal")
    )
    return _told(question, deal, [*facts, "deal", "name", "open_amount", "weighted_amount"])


def _side(question: Question, known: Known, sign: int) -> Select[Any]:
    """What was known, or was true, of the opportunities that a run changed after the moment asked for."""
    deals, owners, versions = known.deals, known.owners, question.known.versions
    after = or_(versions.c.valid_from > question.moment, versions.c.valid_to > question.moment)
    budget, chance = _worth(question, deals)
    facts: dict[str, Value] = {
        "status": deals.c.status,
        "amount": deals.c.budget_amount,
        "currency": deals.c.budget_currency,
    }
    facts |= {"owner": owners.c.name, "probability": chance, "budget": budget, "chance": chance}
    kept = ("name", "run_id", "closed_at", "close_date", "owner_id")
    return (
        select(
            literal_column(str(sign)).label("sign"),
            deals.c.id.label("deal"),
            case((question.in_period(deals), 1), else_=0).label("counts"),
            *(deals.c[column] for column in kept),
            *(value.label(fact) for fact, value in facts.items()),
        )
        .select_from(deals.outerjoin(owners, owners.c.id == deals.c.owner_id))
        .where(deals.c.id.in_(select(versions.c.id).where(after)))
    )


def _told(question: Question, deal: FromClause, kept: list[str]) -> Select[Any]:
    """The lines with the run that told what was true: the first one after the moment with which it was known."""
    runs, versions = question.known.runs, question.known.versions
    closed = and_(versions.c.status == deal.c.true_status, versions.c.closed_at == deal.c.closed_at)
    same = and_(versions.c.valid_from > question.moment, or_(closed, versions.c.run_id == deal.c.stated_by))
    when = case(
        (deal.c.true_status.is_(None), func.max(versions.c.valid_to, type_=runs.c.recorded_at.type)),
        else_=func.min(case((same, versions.c.valid_from)), type_=runs.c.recorded_at.type),
    )
    learnt = (
        select(deal.c.deal, when.label("at"))
        .select_from(deal.join(versions, versions.c.id == deal.c.deal))
        .group_by(deal.c.deal, deal.c.true_status)
        .subquery("learnt")
    )
    day: Value = case((deal.c.closed_at <= question.moment, func.substr(cast(deal.c.closed_at, String), 1, 10)))
    if question.settings.closing_rate == "close_date":
        day = func.coalesce(day, cast(deal.c.close_date, String))
    values: dict[str, Value] = {key: deal.c[key] for key in kept}
    values |= {"run": runs.c.id, "file": runs.c.file, "learnt_at": learnt.c.at}
    values["closed_on"] = case((deal.c.true_status.not_in(question.settings.ids("open")), day))
    source = deal.join(learnt, learnt.c.deal == deal.c.deal).outerjoin(runs, runs.c.recorded_at == learnt.c.at)
    return _line(question, 2, **values).select_from(source)


def _rates(question: Question) -> list[Select[Any]]:
    """A line for each currency whose rate is known otherwise today: what that does to the truly open opportunities."""
    deals, runs = question.true.deals, question.known.runs
    value, lines = deals.c.budget_amount, []
    for code, rate in question.rates_learnt.items():
        more = question.in_currency(value, rate.true) - question.in_currency(value, rate.known)
        run = select(runs.c.file, runs.c.recorded_at).where(runs.c.id == rate.run).subquery()
        counted = and_(
            question.is_open(deals), question.in_period(deals), deals.c.budget_currency == code, value.is_not(None)
        )
        line = _line(
            question,
            3,
            name=literal(f"{code} to {question.currency} on {question.today}"),
            open_amount=exact_sum(more),
            weighted_amount=weighted_sum(more, question.probability(deals)),
            known_rate=cast(literal(rate.known, ExactText), ExactText),
            true_rate=cast(literal(rate.true, ExactText), ExactText),
            run=cast(literal(rate.run), deals.c.id.type),
            file=select(run.c.file).scalar_subquery(),
            learnt_at=select(run.c.recorded_at).scalar_subquery(),
        )
        lines.append(line.select_from(deals).where(counted))
    return lines
