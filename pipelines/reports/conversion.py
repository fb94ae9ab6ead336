"""How many deals entered each status, how many went on, were won and lost, and how long were they there?

From the versions of each deal: it `entered` a status in which it was ever known, `advanced` if it was in a later open
status or won after that, in pipeline order, and is `here` while it is in it now; `won` and `lost` are those that
entered it and are closed so now. The days are all that a deal spent in the status, from the day on which a run recorded
it there to the day on which one recorded it elsewhere, or today; `mean` and `median` of the deals that entered. The
last line is of the deals that were ever known in any open status, and the days of all of these. What an undo took back
does not count; days asked for limit the close date.

Source: the stage conversion and time in stage of HubSpot's deal funnel and Salesforce's opportunity history. OroCRM has
no such report.
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Select, String, case, func, literal, select, union_all

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.intervals import share
from pipelines.questions.question import Question
from pipelines.questions.versions import not_recorded, recorded, versions
from schemas.days import days_between, utc_day

TAKES = frozenset({"from", "to"})
BY = (None, *DIMENSIONS)
CHART = Chart("bar", "label", ("entered", "advanced", "won"))
TOTAL = "Any of them"
ANY = ""
"""Stands for all open statuses together."""
COUNTS = {"entered": "Entered", "advanced": "On", "won": "Won", "lost": "Lost", "here": "Here"}


def columns(question: Question) -> list[Column]:
    """The status, what became of the deals that entered it, and how long they were there."""
    group = [group_column(question.by)] if question.by else []
    counts = [Column(name, heading, added=False) for name, heading in COUNTS.items()]
    return [
        *group,
        Column("step", "Status", "text", shown=False),
        Column("label", "Status", "text"),
        *counts[:2],
        Column("rate", "Rate", "percent"),
        *counts[2:],
        Column("mean", "Mean", "number"),
        Column("median", "Median", "number"),
    ]


def ask(question: Question) -> Select[Any]:
    """The number of deals by group, status, what became of them and days."""
    entered = _entered(question)
    source: FromClause = entered
    group: ColumnElement[Any] = literal("")
    place: ColumnElement[Any] = literal(0)
    if question.by:
        source, group, place = dimension(question.by).joined(question, question.deals)
        source = source.join(entered, entered.c.id == question.deals.c.id)
    told = [entered.c[name] for name in ("step", "advanced", "end", "days")]
    rows = select(group.label("group"), place.label("place"), *told).select_from(source).subquery("told")
    return select(*rows.c, func.count().label("number")).group_by(*rows.c)


def _entered(question: Question) -> CTE:
    """Each deal and open status in which it was, how long, whether it went on, its end; and all of them together."""
    statuses = question.settings.statuses
    ranks = {status.id: place for place, status in enumerate(statuses) if status.kind == "open"}
    ranks |= {status.id: len(statuses) for status in statuses if status.kind == "won"}
    version = versions(question, "status", among=question.in_period())
    rank = case(ranks, value=version.c.status, else_=-1)
    # of the versions after it
    after: dict[str, Any] = {"partition_by": version.c.id, "order_by": version.c.valid_from, "rows": (1, None)}
    later = func.max(rank).over(**after)
    # the status of the last version: of the joined deals it would be the same, but takes twice as long
    last = func.coalesce(func.last_value(version.c.status, type_=String()).over(**after), version.c.status)
    closed = {id_: kind for kind in ("won", "lost") for id_ in question.settings.ids(kind)}
    end = case(closed, value=last, else_=last).label("end")
    until = func.coalesce(utc_day(version.c.until), question.today)
    days = days_between(until, utc_day(version.c.valid_from))
    kept = version.c.id, version.c.status, rank.label("rank"), later.label("later"), days.label("days"), end
    stay = select(*kept).cte("stay")
    is_open = stay.c.status.in_(question.settings.ids("open"))
    advanced = func.max(case((stay.c.later > stay.c.rank, 1), else_=0)).label("advanced")
    each = select(stay.c.id, stay.c.status.label("step"), advanced, func.sum(stay.c.days).label("days"))
    each = each.add_columns(func.max(stay.c.end).label("end"))
    one = each.where(is_open).group_by(stay.c.id, stay.c.status).cte("one")
    whole = func.sum(one.c.days), func.max(one.c.end)
    every = select(one.c.id, literal(ANY), literal(0), *whole).group_by(one.c.id)
    return union_all(select(one), every).cte("entered")


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The open statuses in pipeline order, of each group only those that deals entered; with what all of them make."""
    statuses = [status for status in question.settings.statuses if status.kind == "open"]
    groups = sorted({(row["place"], row["group"]) for row in found}) if question.by else [(0, "")]
    by = group_column(question.by).key if question.by else "group"
    of: dict[tuple[Any, str], list[dict[str, Any]]] = {}
    for row in found:
        of.setdefault((row["group"], row["step"]), []).append(row)
    of_all = _told([row for row in found if row["step"] == ANY], ANY) | {"advanced": None, "rate": None, "here": None}
    rows = []
    for _, group in groups:
        for status in statuses:
            some = of.get((group, status.id), [])
            if some or not question.by:
                line = {by: group, "step": status.id, "label": status.label, "of_all": of_all}
                rows.append(line | _told(some, status.id))
    return rows


def _told(found: list[dict[str, Any]], step: str) -> dict[str, Any]:
    """What became of the deals that entered a status, and how long they were there."""
    lengths: Counter[int] = Counter()
    counts = dict.fromkeys(COUNTS, 0)
    for row in found:
        number = row["number"]
        lengths[int(row["days"])] += number
        added = {"entered": 1, "advanced": row["advanced"], "here": row["end"] == step}
        added |= {kind: row["end"] == kind for kind in ("won", "lost")}
        counts = {name: counts[name] + number * added[name] for name in COUNTS}
    days = sum(length * number for length, number in lengths.items())
    mean, entered = share(days, counts["entered"]), counts["entered"]
    return {**counts, "rate": share(counts["advanced"], entered), "mean": mean, "median": median(lengths)}


def median(lengths: Mapping[int, int]) -> Decimal | None:
    """The middle of so many numbers each, or the mean of the two in the middle; of none there is none."""
    number = sum(lengths.values())
    middle, seen = ((number + 1) // 2, number // 2 + 1), 0
    found: list[int] = []
    for length in sorted(lengths):
        found += [length for place in middle if seen < place <= seen + lengths[length]]
        seen += lengths[length]
    return Decimal(sum(found)) / 2 if number else None


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """What became of the deals that were in any open status."""
    nothing = dict.fromkeys(COUNTS, 0) | {"advanced": None, "here": None, "rate": None, "mean": None, "median": None}
    return rows[0]["of_all"] if rows else nothing


def beside(question: Question) -> Select[Any]:
    """How far back the history tells."""
    return recorded(question)


def left_out(facts: dict[str, Any], question: Question) -> list[str]:
    """What the history cannot tell."""
    return not_recorded(facts)
