"""What was the open pipeline at a past moment, as known then and as known today, and which deals make the difference?

The first line is what was known, the last one what was true as known today; each line between them is one thing
learnt since: an opportunity that was closed already, whose import was undone, or the rate of a currency on that day.
What can be told about a past moment, and what cannot, is in schemas/hindsight.py. All open opportunities count, also
those without an owner; days asked for limit the close date. Amounts keep all of their decimals, so that the lines add
up exactly. With --by a line for each group: what was known then, what was learnt since, and what was true; an
opportunity that was in another group than was known counts in the one for what was known, in the other for what was
true.
"""

from pathlib import PurePath
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from pipelines.questions import learnt_by_group
from pipelines.questions.answer import GRAND_TOTAL, Column
from pipelines.questions.dimensions import DIMENSIONS
from pipelines.questions.learnt import FACTS, SIDES, learnt, worth
from pipelines.questions.question import Question
from schemas.exact import ExactText, exact_sum, plain, weighted_sum
from schemas.settings import Settings

TAKES = frozenset({"from", "to"})
BY = (None, *DIMENSIONS)
TRUE = "true then, as known today"
KNOWN = "known then"
Value = ColumnElement[Any]


def columns(question: Question) -> list[Column]:
    """The line and its effects; then the opportunity, what was known of it and what was true, and who told it when."""
    if question.by:
        return learnt_by_group.columns(question)
    facts = [f"{side}_{fact}" for fact in (*FACTS, "rate") for side in SIDES]
    told = ["deal", *facts, "closed_on", "run", "file", "learnt_at"]
    return [
        Column("name", "Opportunity", "text"),
        Column("open_amount", "Open pipeline", "money", exact=True),
        Column("weighted_amount", "Weighted pipeline", "money", exact=True),
        *(Column(key, key.replace("_", " ").capitalize(), "text", shown=False) for key in told),
    ]


def ask(question: Question) -> Select[Any] | CompoundSelect[Any]:
    """What was known, then the opportunities with the largest effect first, then the rates by currency."""
    if question.by:
        return learnt_by_group.ask(question)
    lines = union_all(_known(question), _learnt(question), *_rates(question)).subquery("line")
    size = func.coalesce(func.abs(lines.c.open_amount), literal_column("0"))
    shown = [lines.c[key] for key in _keys(question)]
    return select(*shown).order_by(lines.c.place, size.desc(), lines.c.deal, lines.c.name)


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The lines as they are, or those of the groups."""
    return learnt_by_group.work_out(rows, question) if question.by else rows


def total_name(question: Question) -> str:
    """What the lines add up to."""
    return GRAND_TOTAL if question.by else TRUE


def note(row: dict[str, Any], settings: Settings) -> str:
    """What was known and what was true of a line that is no group, and the run that told it."""
    if "deal" not in row:
        return ""
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
    label = settings.labels
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
    if not changes:
        changes.append("close date " + " → ".join(str(side["close_date"] or "none") for side in (known, true)))
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
        kinds |= {f"{side}_close_date": deals.close_date.type}
        kinds |= {f"{side}_probability": deals.probability.type, f"{side}_rate": question.known.rates.c.rate.type}
    given = [values[key] if key in values else cast(null(), kinds[key]) for key in _keys(question)]
    named = (value.label(key) for key, value in zip(_keys(question), given, strict=True))
    return select(literal_column(str(place)).label("place"), *named)


def _keys(question: Question) -> list[str]:
    return [column.key for column in columns(question)]


def _known(question: Question) -> Select[Any]:
    budget, chance = worth(question, question.deals)
    return _line(
        question,
        1,
        name=literal(KNOWN),
        open_amount=exact_sum(budget),
        weighted_amount=weighted_sum(budget, chance),
    ).select_from(question.deals)


def _learnt(question: Question) -> Select[Any]:
    found = learnt(question)
    return _line(question, 2, **{key: found.c[key] for key in _keys(question) if key in found.c}).select_from(found)


def _rates(question: Question) -> list[Select[Any]]:
    """A line for each currency whose rate is known otherwise today: what that does to the truly open opportunities."""
    deals, runs = question.true_deals, question.known.runs
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
