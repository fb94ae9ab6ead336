"""Which open opportunities has nobody changed for long, and for how many days?

Formula: days = from the day of the last change (UTC) to today, of every open opportunity on which that is more than
`stale_after_days` of the settings ([reports], 30 unless told otherwise). A change is what an import or an undo wrote: a
file that states the same again changes nothing. One a line, the longest unchanged first, with its budget amount and
that × probability; with --by a line for each group, the largest amount first, with the days of its longest unchanged
one. Days asked for limit the close date.

OroCRM has no such report.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select

from pipelines.questions import neglected
from pipelines.questions.answer import Column
from pipelines.questions.question import Question
from schemas.days import utc_day

TAKES = frozenset({"from", "to"})
BY = neglected.BY


def columns(question: Question) -> list[Column]:
    """The opportunity or group, the days, and the amounts."""
    return neglected.columns(question)


def ask(question: Question) -> Select[Any]:
    """The open opportunities that were last changed too long ago."""
    changed = question.deals.c.valid_from
    return neglected.ask(question, neglected.is_stale(question), changed, utc_day(changed))


def lists(question: Question) -> bool:
    """Whether every opportunity is told."""
    return neglected.lists(question)


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The groups in their order."""
    return neglected.work_out(rows, question)


def remark(rows: Sequence[dict[str, Any]], question: Question) -> list[str]:
    """After how many days an opportunity is told here."""
    return [f"Open opportunities without any change for more than {question.settings.reports.stale_after_days} days."]
