"""What moved the open pipeline between two moments: what came, changed and went?

opening + created + reopened + pulled in + increased - decreased ± currency effect ± reassigned - pushed out - won -
lost - removed = closing, to the last digit, from the history alone. A deal counts while it is open and, with --from
and --to, its close date lies in those days. What happened to a deal is split in this order:

1. how it came, stayed or went, at its worth at the opening: pulled in and pushed out (its close date moved into or out
   of the days), reassigned (it went from one group to another: with --by only), won, lost, removed (its import was
   undone, or its status is unknown to the settings). What was not open at the opening, created and reopened, comes at
   its worth at the closing.
2. the amount, at the rate of the opening: increased, decreased; where the currency is another one, all of the change.
3. the rate of the currency: the currency effect.
4. the probability, which moves the weighted pipeline only.

A deal that came and was won or lost between the moments is in both steps. Every step moves `weighted_amount` = amount
× probability likewise: up to 3 at the probability of the opening. `deals` are those that a step concerns.

Source: the pipeline waterfall (opening, added, moved in, moved out, won, lost, closing) of Salesforce's Pipeline
Inspection and of sales planning at large, with price and currency split off as in a variance analysis.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, group_column
from pipelines.questions.moved import LATE, moved
from pipelines.questions.question import Question

TAKES = frozenset({"from", "to"})
NEEDS = frozenset({"since"})
BY = (None, *DIMENSIONS)
TOTAL = "Change"
STEPS = {
    "opening": "Opening",
    "created": "Created",
    "reopened": "Reopened",
    "pulled_in": "Pulled in",
    "increased": "Increased",
    "currency": "Currency effect",
    "probability": "Probability",
    "reassigned": "Reassigned",
    "decreased": "Decreased",
    "pushed_out": "Pushed out",
    "won": "Won",
    "lost": "Lost",
    "removed": "Removed",
    "closing": "Closing",
}
"""The steps, in their order, as people read them."""
LEAVING = ("pushed_out", "won", "lost", "removed")
CHANGES = {"increased": "more", "decreased": "less", "currency": "rate", "probability": "chance"}
MEASURES = ("deals", "amount", "weighted")
Group = tuple[str, Any]
Line = tuple[str, Group, int, Decimal, Decimal]
"""A step of a group: deals, amount, weighted amount."""


def columns(question: Question) -> list[Column]:
    """The group, the step, and what moved in it."""
    return [
        *([group_column(question.by)] if question.by else []),
        Column("step", "Step", "text", shown=False),
        Column("label", "Step", "text"),
        Column("deals", "Deals", added=False),
        Column("amount", "Amount", "money", added=False),
        Column("weighted", "Weighted", "money", added=False, exact=True),
    ]


def chart(question: Question) -> Chart | None:
    """The steps as columns; those of several groups would be a tangle."""
    return None if question.by else Chart("column", "label", ("amount",))


def ask(question: Question) -> Select[Any]:
    """What moved, by the steps in which it did, and since when anything is recorded."""
    runs = question.known.runs
    began = select(func.min(runs.c.recorded_at)).scalar_subquery().label("began")
    return moved(question).add_columns(began)


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The steps of each group; of groups only those in which something moved, beside opening and closing."""
    sums: dict[tuple[Group, str], list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for row in found:
        for step, group, *values in _lines(row):
            sums[group, step] = [one + more for one, more in zip(sums[group, step], values, strict=True)]
    told = {"began": found[0]["began"] if found else None}
    told["late"] = sum(row["deals"] for row in found if row["steps"] == LATE)
    groups = sorted({group for group, _ in sums}, key=lambda group: (group[1] is None, group[1]))
    by = group_column(question.by).key if question.by else "group"
    rows = []
    for group in groups if question.by else [("", 0)]:
        for step in _shown(question):
            if not question.by or step in ("opening", "closing") or (group, step) in sums:
                measured = dict(zip(MEASURES, sums[group, step], strict=True))
                rows.append({by: group[0], "step": step, "label": STEPS[step], **measured, **told})
    return rows


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """What the whole pipeline changed by."""
    sign = {"opening": -1, "closing": 1}
    return {key: sum((sign.get(row["step"], 0) * row[key] for row in rows), Decimal(0)) for key in MEASURES[1:]} | {
        "deals": sum(sign.get(row["step"], 0) * row["deals"] for row in rows)
    }


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """What the history cannot tell."""
    told = ["A change counts from the moment a run recorded it; what changed back in between is in no step."]
    began, late = (rows[0][key] if rows else None for key in ("began", "late"))
    if began and began > question.earlier.moment:
        told.append(f"Nothing was recorded before {began:%Y-%m-%d %H:%M} UTC, so that the opening is empty.")
    if late:
        told.append(f"In no step, as recorded since but closed before: {late} {'deal' if late == 1 else 'deals'}.")
    return told


def _shown(question: Question) -> list[str]:
    """The steps that there are: without days nothing is pulled or pushed, without groups nothing reassigned."""
    none = set() if question.start or question.end else {"pulled_in", "pushed_out"}
    none |= set() if question.by else {"reassigned"}
    return [step for step in STEPS if step not in none]


def _lines(row: Mapping[str, Any]) -> Iterator[Line]:
    """The lines of deals that moved in the same steps between the same groups; together they are closing - opening."""
    steps, deals = row["steps"].split(), row["deals"]
    if LATE in steps:
        return
    then, now = (row["by_then"], row["place_then"]), (row["by_now"], row["place_now"])
    came = steps and steps[0] in ("created", "reopened")
    counted = not steps or steps[0] in LEAVING
    stays = not steps or steps[-1] not in LEAVING
    opening = (row["opening"], row["weighted_opening"])
    closing = (row["closing"], row["weighted_closing"])
    amount, weighted = closing if came else opening
    if counted:
        yield "opening", then, deals, *opening
    if counted and stays and then != now:
        yield "reassigned", then, deals, -amount, -weighted
        yield "reassigned", now, deals, amount, weighted
    for step in steps:
        sign = -1 if step in LEAVING else 1
        yield step, then if counted else now, deals, sign * amount, sign * weighted
    if stays and not came:
        for step, part in CHANGES.items():
            if row[f"{part}_deals"]:
                yield step, now, row[f"{part}_deals"], row.get(part) or Decimal(0), row[f"weighted_{part}"]
    if stays:
        yield "closing", now, deals, *closing
