"""What a transition of a workflow sets and clears, as SQL, where the row of the file says nothing of it.

What the file says goes before: that it contradicts a transition is for deal_rules.py to tell. A blank cell says
nothing, also of a deal that was there before and still has what the transition gave it: so the same file twice
changes nothing.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Alias, ColumnElement, Table, and_, case, cast, false, func, literal, null, or_

from pipelines.merge.staging import Merge
from schemas.tables import opportunity
from schemas.workflows import START, Transition, Workflow

Value = ColumnElement[Any]
Stored = Table | Alias | None


def new_status(merge: Merge, stored: Stored) -> Value:
    """The status in which the row leaves its deal."""
    if merge.has("status"):
        return merge.stage.c.status
    return null() if stored is None else stored.c.status


def comes_from(workflow: Workflow, sources: tuple[str, ...], stored: Stored) -> Value:
    """Whether a deal comes from one of some statuses, or from the start: new, or from outside of the workflow."""
    if stored is None:
        return literal(START in sources)
    # a row of its own has no stored status, and that is no answer
    told = func.coalesce(stored.c.status.in_([source for source in sources if source != START]), false())
    if START not in sources:
        return told
    return or_(told, stored.c.status.is_(None), stored.c.status.not_in(workflow.statuses()))


def moves(merge: Merge, workflow: Workflow, transition: Transition, stored: Stored) -> Value:
    """Whether the row takes its deal over a transition; one that keeps its status takes none."""
    new = new_status(merge, stored)
    arrives = and_(comes_from(workflow, transition.sources, stored), new.in_(transition.targets))
    return arrives if stored is None else and_(arrives, new.is_distinct_from(stored.c.status))


def _set_by(merge: Merge, field: str) -> Iterator[tuple[Workflow, Transition, str | None]]:
    """Every transition that sets or clears a field, and to what."""
    for workflow in merge.workflows:
        for transition in workflow.transitions:
            for name, value in transition.sets:
                if name == field:
                    yield workflow, transition, value


def set_value(merge: Merge, field: str, value: str | None, stored: Stored) -> Value:
    """What a field is set to."""
    if value is None:
        return null()
    if field == "probability":
        return _default_probability(merge, new_status(merge, stored))
    kind = opportunity.c[field].type
    return cast(literal(Decimal(value), kind), kind) if field == "close_revenue" else literal(value)


def _default_probability(merge: Merge, status: Value) -> Value:
    """The probability that the settings give a status."""
    kind = opportunity.c.probability.type
    default = {one.id: cast(literal(one.probability, kind), kind) for one in merge.settings.statuses}
    return case(default, value=status)


def with_effects(merge: Merge, field: str, stored: Stored, value: Value) -> Value:
    """A field as the row leaves it, after the transition that the row makes."""
    said = merge.stage.c[field].is_not(None) if field in merge.given else false()
    cases = []
    for workflow, transition, new in _set_by(merge, field):
        given = set_value(merge, field, new, stored)
        there = moves(merge, workflow, transition, stored)
        if stored is not None and field in merge.given and new is not None:
            stays = and_(
                new_status(merge, stored) == stored.c.status,
                stored.c.status.in_(transition.targets),
                stored.c[field] == given,
            )
            there = or_(there, stays)
        cases.append((and_(~said, there), given))
    return case(*cases, else_=value) if cases else value


def with_default_probability(merge: Merge, stored: Stored, said: Value, value: Value) -> Value:
    """A probability as the row leaves it, after its transition; `said` is whether the row states a new one."""
    cases = [
        (and_(~said, moves(merge, workflow, transition, stored)), set_value(merge, "probability", new, stored))
        for workflow, transition, new in _set_by(merge, "probability")
    ]
    return case(*cases, else_=value) if cases else value
