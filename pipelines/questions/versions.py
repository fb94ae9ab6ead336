"""Every version of an opportunity until the moment asked for, and how far back the history tells of it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, cast, func, null, select, true, union_all

from pipelines.questions.question import Question
from schemas.errors import UsageError

BEGAN, PRUNED = "began", "pruned"


def versions(question: Question, *columns: str, among: ColumnElement[bool] | None = None) -> Subquery:
    """The versions of the opportunities asked for, or of some `among` them, with some columns of each.

    Each has its `id`, its `valid_from` and its `until`, which is null for the one that stands. What an undo took back
    is none: it was never true.
    """
    if question.when.effective:
        why = "How deals went is told by what was known, not by what is known today."
        raise UsageError(why, "Leave out --effective.")
    deals, (_, past) = question.deals, question.known.versions
    counted = true() if among is None else among
    standing = select(
        deals.c.id,
        deals.c.valid_from,
        cast(null(), deals.c.valid_from.type).label("until"),
        *(deals.c[column] for column in columns),
    ).where(counted)
    runs = question.known.runs
    ended = [past.c.valid_to <= question.when.moment] if question.when.moment else []
    earlier = select(
        past.c.id, past.c.valid_from, past.c.valid_to.label("until"), *(past.c[column] for column in columns)
    ).where(
        *ended,
        past.c.id.in_(select(deals.c.id).where(counted)),
        past.c.replaced_by_run_id.not_in(select(runs.c.id).where(runs.c.kind == "undo")),
    )
    return union_all(standing, earlier).subquery("version")


def recorded(question: Question) -> Select[Any]:
    """Since when anything is recorded, and before when the history was removed."""
    runs = question.known.runs
    return select(func.min(runs.c.recorded_at).label(BEGAN), func.max(runs.c.pruned_before).label(PRUNED))


def not_recorded(facts: dict[str, Any]) -> list[str]:
    """What the history cannot tell."""
    if not facts[PRUNED]:
        return []
    return [f"The history before {facts[PRUNED]:%Y-%m-%d} was removed: what happened before is in no number."]
