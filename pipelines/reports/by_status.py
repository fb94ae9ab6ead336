"""How many opportunities stand in each status, and what are they worth?

Formula: number of opportunities; Σ close revenue of the won and the lost; Σ budget amount of all.

What counts: every opportunity. Every status is shown, in pipeline order, also one without opportunities; one that the
settings know no more comes last, by its id. Days asked for limit the close date, and leave every status in its place;
so does --by, which shows every status of each group that has opportunities.

Source: OroCRM's report "Opportunities By Status".
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.parts import Part, Parts
from pipelines.questions.question import Question

TAKES = frozenset({"from", "to"})
BY = (None, *(name for name in DIMENSIONS if name != "status"))


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        *([group_column(question.by)] if question.by else []),
        Column("status", "Status", "text", shown=False),
        Column("label", "Label", "text"),
        Column("opportunities", "Number"),
        Column("close_revenue", "Close revenue", "money"),
        Column("budget_amount", "Budget amount", "money"),
    ]


def chart(question: Question) -> Chart:
    """The budget of each status as bars, of groups one upon the other."""
    if question.by is None:
        return Chart("bar", "label", ("budget_amount",))
    return Chart("stacked", group_column(question.by).key, ("budget_amount",), series="label")


def parts(question: Question) -> Parts:
    """The opportunities of each status, by its label."""
    deals = question.deals
    labels = question.settings.labels
    line = case(labels, value=deals.c.status, else_=deals.c.status)
    cells = {
        "close_revenue": (Part("close_revenue", only=~question.is_open()),),
        "budget_amount": (Part("budget_amount"),),
    }
    return Parts("status", deals, line, deals.c.status, question.in_period(), cells)


def ask(question: Question) -> Select[Any]:
    """One row for each status with opportunities, of each group where they are grouped."""
    told = parts(question)
    if question.by is None:
        return told.sums(question)
    source, group, order = dimension(question.by).joined(question, question.deals)
    found = replace(told, source=source).sums(question)
    return found.add_columns(group.label("group"), order.label("group_order")).group_by(group, order)


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """One row for each status, of each group: those of the settings, then any other that is stored."""
    if question.by is None:
        return list(_statuses(found, question))
    key, rows = group_column(question.by).key, []
    groups = {(row["group_order"], row["group"]): None for row in found}
    for _, group in sorted(groups):
        of_group = [row for row in found if row["group"] == group]
        rows += [{key: group} | line for line in _statuses(of_group, question)]
    return rows


def _statuses(found: list[dict[str, Any]], question: Question) -> Iterator[dict[str, Any]]:
    lines = {status.id: _line(status.id, status.label) for status in question.settings.statuses}
    for row in sorted(found, key=lambda row: row["place"]):
        line = lines.setdefault(row["place"], _line(row["place"], row["place"]))
        line |= {key: row[key] or line[key] for key in ("opportunities", "close_revenue", "budget_amount")}
    yield from lines.values()


def _line(status: str, label: str) -> dict[str, Any]:
    nothing = {"opportunities": 0, "close_revenue": Decimal(0), "budget_amount": Decimal(0)}
    return {"status": status, "label": label} | nothing
