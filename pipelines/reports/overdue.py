"""Which open opportunities should have closed by now, and for how many days?

Formula: days = from the close date to today, of every open opportunity with a close date before today. One a line, the
longest overdue first, with its budget amount and that × probability; with --by a line for each group, the largest
amount first, with the days of its longest overdue one. Days asked for limit the close date.

Source: OroCRM's view "Overdue Opportunities" (close date before today, status neither won nor lost), which adds
nothing up.
"""

from typing import Any

from sqlalchemy import Select

from pipelines.questions import neglected
from pipelines.questions.answer import Column
from pipelines.questions.question import Question

TAKES = frozenset({"from", "to"})
BY = neglected.BY


def columns(question: Question) -> list[Column]:
    """The opportunity or group, the days, and the amounts."""
    return neglected.columns(question)


def ask(question: Question) -> Select[Any]:
    """The open opportunities with a close date before today."""
    day = question.deals.c.close_date
    return neglected.ask(question, neglected.is_overdue(question), day, day)


def lists(question: Question) -> bool:
    """Whether every opportunity is told."""
    return neglected.lists(question)


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The groups in their order."""
    return neglected.work_out(rows, question)
