"""Which open deals' expected close date was pushed past its period, how often, and by how many days?

A push is a change of the close date, from one version of a deal to the next while it was open, to a later month (or
quarter or year: --period) than it had. `pushes` counts them, `days` adds up by how many days each moved it, `first` is
the close date before the first of them; all since --since, or ever. A close date that moved within its period did not
slip, one that moved back takes nothing off. Days asked for limit the present close date. By owner, account and so on
it tells how many of the open deals slipped, and their share.

Source: the push count and close date changes of Salesforce's Pipeline Inspection and of HubSpot's "close date pushed".
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, Subquery, and_, case, cast, extract, func, select, true

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, NONE, dimension, group_column
from pipelines.questions.intervals import share
from pipelines.questions.question import Question
from pipelines.questions.versions import not_recorded, recorded, versions
from schemas.days import days_between
from schemas.exact import exact_sum

TAKES = frozenset({"from", "to", "since", "period"})
BY = (None, *DIMENSIONS)
COMPARES = False


def columns(question: Question) -> list[Column]:
    """The deals with what became of their close dates; by groups, how many of the open ones."""
    pushed = [Column("pushes", "Pushes"), Column("days", "Days"), Column("amount", "Budget amount", "money")]
    if question.by:
        part = Column("share", "Share", "percent")
        return [group_column(question.by), Column("open", "Open"), Column("slipped", "Slipped"), part, *pushed]
    return [
        Column("name", "Opportunity", "text"),
        Column("owner", "Owner", "text"),
        Column("first", "First", "date"),
        Column("close_date", "Close date", "date"),
        *pushed,
    ]


def chart(question: Question) -> Chart:
    """The days, as bars."""
    return Chart("bar", columns(question)[0].key, ("days",))


def ask(question: Question) -> Select[Any]:
    """The deals that slipped most often first; or the groups."""
    deals, owners, push = question.deals, question.known.owners, _pushes(question)
    counted, amount = and_(question.is_open(), question.in_period()), question.amount("budget_amount")
    if question.by:
        source, group, place = dimension(question.by).joined(question, deals)
        return (
            select(
                group.label(group_column(question.by).key),
                func.count().label("open"),
                func.count(push.c.id).label("slipped"),
                func.sum(push.c.pushes).label("pushes"),
                func.sum(push.c.days).label("days"),
                exact_sum(case((push.c.id.is_not(None), amount))).label("amount"),
            )
            .select_from(source.outerjoin(push, push.c.id == deals.c.id))
            .where(counted)
            .group_by(group, place)
            .order_by(place)
        )
    owner = func.coalesce(owners.c.name, NONE).label("owner")
    pushed = push.c.pushes, push.c.days, amount.label("amount")
    return (
        select(deals.c.name, owner, push.c.first, deals.c.close_date, *pushed)
        .select_from(deals.join(push, push.c.id == deals.c.id).outerjoin(owners, owners.c.id == deals.c.owner_id))
        .where(counted)
        .order_by(push.c.pushes.desc(), push.c.days.desc(), deals.c.name, deals.c.id)
    )


def lists(question: Question) -> bool:
    """Whether every deal that slipped is told."""
    return not question.by


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The groups with the share of their open deals that slipped, and whole numbers."""
    for row in found:
        row |= {key: int(row[key] or 0) for key in ("pushes", "days")}
        row["share"] = share(row["slipped"], row["open"])
    return found


def in_total(rows: Sequence[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The share of all."""
    if not question.by:
        return {}
    return {"share": share(*(sum(row[key] for row in rows) for key in ("slipped", "open")))}


def beside(question: Question) -> Select[Any]:
    """How far back the history tells."""
    return recorded(question)


def left_out(facts: dict[str, Any], question: Question) -> list[str]:
    """What the history cannot tell."""
    return not_recorded(facts)


def _pushes(question: Question) -> Subquery:
    """Each deal that was pushed: how often, by how many days, and its close date before."""
    version = versions(question, "status", "close_date", among=question.is_open())
    # one that was closed or undated in between goes on from the close date that it had
    dated = and_(question.is_open(version), version.c.close_date.is_not(None))
    before = func.lag(version.c.close_date, type_=Date()).over(partition_by=version.c.id, order_by=version.c.valid_from)
    moved = (
        select(version.c.id, version.c.valid_from, version.c.close_date, before.label("before"))
        .where(dated)
        .subquery("moved")
    )
    day, earlier = moved.c.close_date, moved.c.before
    late = and_(
        day > earlier, true() if question.period == "day" else _number(question, day) > _number(question, earlier)
    )
    since = [moved.c.valid_from > question.before.when.moment] if question.before else []
    first = (
        func.first_value(earlier, type_=Date())
        .over(partition_by=moved.c.id, order_by=moved.c.valid_from)
        .label("first")
    )
    push = select(moved.c.id, first, days_between(day, earlier).label("days")).where(late, *since).subquery("push")
    sums = func.count().label("pushes"), func.sum(push.c.days).label("days"), func.max(push.c.first).label("first")
    return select(push.c.id, *sums).group_by(push.c.id).subquery("pushed")


def _number(question: Question, day: ColumnElement[Any]) -> ColumnElement[int]:
    """The number of the period of a day, counted on from year to year."""
    year, month = (cast(extract(part, day), Integer) for part in ("year", "month"))
    if question.period == "year":
        return year
    return year * 4 + (month + 2) // 3 if question.period == "quarter" else year * 12 + month
