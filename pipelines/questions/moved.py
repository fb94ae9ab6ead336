"""What became of the open pipeline between two moments: how each opportunity came, changed, stayed and went, summed up.

Both moments are joined by opportunity, in one pass. An opportunity counts at a moment while it is open and its close
date lies in the days asked for. What moved it is told by the steps in which it did, in their order: nothing for one
that stayed.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from pipelines.questions.dimensions import dimension
from pipelines.questions.question import Question
from schemas.exact import exact_sum, weighted_sum

LATE = "late"
"""Recorded since the earlier moment, but closed before it: in no step."""
Value = ColumnElement[Any]
NOTHING: Value = literal_column("0")


def moved(question: Question) -> Select[Any]:
    """A row for each two groups and the `steps` in which opportunities moved: their number and sums at both moments.

    `opening` is worth at the earlier moment, `closing` at the later one; between them `more` and `less` are changes of
    the amount at the earlier rate, `rate` those of the rate, of opportunities that stayed or were pulled in. Each has
    its `weighted_…`, and `weighted_chance` is what other probabilities changed.
    """
    then, now = _side(question.earlier, "then"), _side(question, "now")
    joined = then.join(now, now.c.id == then.c.id, full=True)
    steps = _steps(question, then, now).label("steps")
    # what a new amount would be worth at the rate of then; with another currency all of the change is one of the amount
    rates = question.earlier.open_rates.items()
    at = [(now.c.code == code, question.in_currency(now.c.value, rate)) for code, rate in rates]
    then_rate = (
        case((now.c.code == then.c.code, case(*at, else_=now.c.worth)), else_=now.c.worth) if at else now.c.worth
    )
    between = func.coalesce(then_rate, NOTHING).label("between")
    columns = [side.c[key].label(f"{key}_{side.name}") for side in (then, now) for key in ("by", "place")]
    worth = [func.coalesce(side.c.worth, NOTHING).label(f"worth_{side.name}") for side in (then, now)]
    chance = [func.coalesce(side.c.chance, NOTHING).label(f"chance_{side.name}") for side in (then, now)]
    deal = select(steps, between, *columns, *worth, *chance).select_from(joined).where(steps.is_not(None)).cte("deal")
    groups = [deal.c.steps, *(deal.c[column.name] for column in columns)]
    return select(*groups, func.count().label("deals"), *_sums(deal.c)).group_by(*groups)


def _side(question: Question, name: str) -> Subquery:
    """Each opportunity at a moment: its state, whether its close date counts, its group and what it is worth."""
    deals = question.deals
    source: FromClause = deals
    by: Value = literal("")
    place: Value = literal(0)
    if question.by:
        source, by, place = dimension(question.by).joined(question, deals)
    state = case((question.is_open(deals), "open"), (question.is_won(deals), "won"), else_="lost")
    return (
        select(
            deals.c.id,
            state.label("state"),
            func.coalesce(question.in_period(deals), literal(False)).label("inside"),
            by.label("by"),
            place.label("place"),
            deals.c.budget_amount.label("value"),
            deals.c.budget_currency.label("code"),
            question.amount("budget_amount", deals).label("worth"),
            question.probability(deals).label("chance"),
            deals.c.closed_at,
            deals.c.close_date,
        )
        .select_from(source)
        .subquery(name)
    )


def _steps(question: Question, then: FromClause, now: FromClause) -> Value:
    """The steps in which an opportunity moved, joined by a blank; null for one that is no part of the pipeline."""
    earlier, closed = question.earlier, now.c.state.in_(("won", "lost"))
    was_open, is_open = then.c.state == "open", now.c.state == "open"
    # one that came and was closed between the moments; not an old one that was only recorded between them
    lately = and_(now.c.closed_at > earlier.moment, or_(now.c.close_date.is_(None), now.c.close_date >= earlier.today))
    is_new, inside = then.c.id.is_(None), now.c.inside
    return case(
        (and_(was_open, then.c.inside, is_open, inside), ""),
        (and_(was_open, then.c.inside, is_open), "pushed_out"),
        (and_(was_open, then.c.inside, closed), now.c.state),
        (and_(was_open, then.c.inside), "removed"),
        (and_(was_open, is_open, inside), "pulled_in"),
        (and_(was_open, closed, inside), literal("pulled_in ").concat(now.c.state)),
        (and_(is_new, is_open, inside), "created"),
        (and_(is_open, inside), "reopened"),
        (and_(is_new, closed, inside, lately), literal("created ").concat(now.c.state)),
        (and_(is_new, closed, inside), LATE),
    )


def _sums(deal: Any) -> list[Value]:
    """The sums of a group of opportunities that moved in the same steps."""
    more, rate = deal.between - deal.worth_then, deal.worth_now - deal.between
    chance = deal.chance_now - deal.chance_then
    parts: dict[str, tuple[Value, Value]] = {
        "opening": (deal.worth_then, deal.chance_then),
        "closing": (deal.worth_now, deal.chance_now),
        "more": (case((more > NOTHING, more)), deal.chance_then),
        "less": (case((more < NOTHING, more)), deal.chance_then),
        "rate": (case((rate != NOTHING, rate)), deal.chance_then),
    }
    sums = [exact_sum(amount).label(name) for name, (amount, _) in parts.items()]
    sums += [weighted_sum(*part).label(f"weighted_{name}") for name, part in parts.items()]
    counts = [func.count(parts[name][0]).label(f"{name}_deals") for name in ("more", "less", "rate")]
    return [
        *sums,
        *counts,
        weighted_sum(deal.worth_now, chance).label("weighted_chance"),
        func.count(case((and_(chance != NOTHING, deal.worth_now != NOTHING), 1))).label("chance_deals"),
    ]
