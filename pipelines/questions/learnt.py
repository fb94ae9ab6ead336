"""What was learnt of opportunities after a past moment: what was known of each then, and what was true as known today.

Only opportunities of which a version began or ended since can differ: what was known of them is a past version, and
what was true is told by their present ones. Both states are stacked, what was known with the sign -1 and what was true
with +1, and summed up by opportunity: that gives the effect of each exactly, also of one that only one of them has.
"""

from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from pipelines.questions.question import Question
from schemas.exact import exact_sum, weighted_sum
from schemas.hindsight import hindsight
from schemas.known import Known

FACTS = ("status", "amount", "currency", "probability", "owner", "close_date")
SIDES = ("known", "true")
COMPARED = ("deal", "status", "amount", "currency", "probability", "owner_id", "counts")
"""What tells a difference; a close date does where it takes an opportunity in or out of the days asked for."""
Value = ColumnElement[Any]


def worth(question: Question, deals: FromClause) -> tuple[Value, Value]:
    """What an opportunity counts for in the pipeline: its amount, none unless it is open, and its probability."""
    counts = and_(question.is_open(deals), question.in_period(deals))
    return case((counts, question.open_amount("budget_amount", deals))), question.probability(deals)


class Sides(NamedTuple):
    """The opportunities of a past moment that meet the condition: those of which no version began or ended since, and
    of the others what was known and what was true; `began` are the versions since, whatever they meet.
    """

    unchanged: FromClause
    known: FromClause
    true: FromClause
    began: CTE


def sides(question: Question) -> Sides:
    """What was known then of opportunities and what was true, apart where the two can differ."""
    present, past = question.known.versions
    moment, columns = question.moment, [column.name for column in present.c]
    began = select(*present.c).where(present.c.valid_from > moment).cte("began_since")
    alike = present.c.valid_from <= moment, question.meets(present)
    ended = past.c.valid_from <= moment, past.c.valid_to > moment, question.meets(past)
    true = hindsight(moment, question.settings, began)
    return Sides(
        select(*present.c).where(*alike).subquery("unchanged"),
        select(*(past.c[name] for name in columns)).where(*ended).subquery("known"),
        select(*true.c).where(question.meets(true, question.true)).subquery("true"),
        began,
    )


def learnt(question: Question) -> FromClause:
    """A row for each opportunity of which something else was known than was true: `known_…` and `true_…` facts.

    With the effect of each on the open and on the weighted pipeline, the day of a closing, and the run that told it.
    """
    found = sides(question)
    stacked = _side(question, question.known, found.known, -1), _side(question, question.true, found.true, 1)
    side = union_all(*stacked).subquery("side")

    def of(fact: str, sign: int) -> Value:
        return func.max(case((side.c.sign == sign, side.c[fact])), type_=side.c[fact].type)

    facts = {f"{name}_{fact}": of(fact, sign) for fact in FACTS for name, sign in zip(SIDES, (-1, 1), strict=True)}
    other = [of(fact, -1).is_distinct_from(of(fact, 1)) for fact in COMPARED]
    deal = (
        select(
            side.c.deal,
            func.coalesce(of("name", 1), of("name", -1)).label("name"),
            of("run_id", 1).label("stated_by"),
            of("closed_at", 1).label("closed_at"),
            exact_sum(side.c.sign * side.c.budget).label("open_amount"),
            weighted_sum(side.c.sign * side.c.budget, side.c.chance).label("weighted_amount"),
            *(value.label(key) for key, value in facts.items()),
        )
        .group_by(side.c.deal)
        .having(and_(or_(*other), func.max(side.c.counts) == 1))
        .cte("deal")
    )
    return _told(question, deal, found.began)


def _side(question: Question, known: Known, deals: FromClause, sign: int) -> Select[Any]:
    """What was known, or was true, of opportunities."""
    owners = known.owners
    budget, chance = worth(question, deals)
    facts: dict[str, Value] = {"amount": deals.c.budget_amount, "currency": deals.c.budget_currency}
    facts |= {"owner": owners.c.name, "probability": chance, "budget": budget, "chance": chance}
    kept = ("name", "status", "close_date", "closed_at", "owner_id", "run_id")
    return select(
        literal_column(str(sign)).label("sign"),
        deals.c.id.label("deal"),
        case((question.in_period(deals), 1), else_=0).label("counts"),
        *(deals.c[column] for column in kept),
        *(value.label(fact) for fact, value in facts.items()),
    ).select_from(deals.outerjoin(owners, owners.c.id == deals.c.owner_id))


def _told(question: Question, deal: FromClause, began: FromClause) -> FromClause:
    """With the day of the closing, and the run that told what was true: the first one after the moment to do so."""
    runs, since = question.known.runs, _since(question, deal, began)
    day: Value = case((deal.c.closed_at <= question.moment, func.substr(cast(deal.c.closed_at, String), 1, 10)))
    if question.settings.closing_rate == "close_date":
        day = func.coalesce(day, cast(deal.c.true_close_date, String))
    closed_on = case((deal.c.true_status.not_in(question.settings.ids("open")), day))
    told = runs.c.id.label("run"), runs.c.file, since.c.at.label("learnt_at")
    source = deal.join(since, since.c.deal == deal.c.deal).outerjoin(runs, runs.c.recorded_at == since.c.at)
    return select(*deal.c, closed_on.label("closed_on"), *told).select_from(source).subquery("learnt")


def _since(question: Question, deal: FromClause, began: FromClause) -> FromClause:
    """When what was true of each opportunity was known first; of one that is there no more, when it went."""

    def of(versions: FromClause) -> Select[Any]:
        closed = and_(versions.c.status == deal.c.true_status, versions.c.closed_at == deal.c.closed_at)
        same = and_(versions.c.valid_from > question.moment, or_(closed, versions.c.run_id == deal.c.stated_by))
        end = versions.c.valid_to if "valid_to" in versions.c else cast(null(), versions.c.valid_from.type)
        when = case((deal.c.true_status.is_(None), end), (same, versions.c.valid_from))
        there = deal.join(versions, versions.c.id == deal.c.deal)
        return select(deal.c.deal, deal.c.true_status, when.label("at")).select_from(there)

    told = union_all(of(began), of(question.known.versions[1])).subquery("told")
    gone = told.c.true_status.is_(None)
    at = case((gone, func.max(told.c.at)), else_=func.min(told.c.at)).label("at")
    return select(told.c.deal, at).group_by(told.c.deal, told.c.true_status).subquery("since")
