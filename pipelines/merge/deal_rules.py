"""Judges staged rows by the workflows of the settings: forbidden transitions, what a step needs, what it locks.

Only rows that add or change something are judged, so that what is stored already is never refused for what it is.
Where rows are only judged, without knowing what is stored, no transition is known: then steps alone are judged.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, not_, or_, select

from pipelines.merge.effects import comes_from, moves, new_status, set_value
from pipelines.merge.staging import Merge
from pipelines.merge.values import (
    Value,
    currency,
    field,
    link_differs,
    linked,
    names_link,
    probability,
    restated,
)
from schemas.entities import ENTITIES
from schemas.errors import listed
from schemas.fields import AMOUNTS
from schemas.problems import Problem, problem
from schemas.tables import opportunity
from schemas.workflows import START, Step, Workflow

LINK_OF = {name: column for column, link in ENTITIES["opportunity"].links.items() for name in link.parts}
Words = Callable[[Row[Any]], str]


class _Flag(NamedTuple):
    """A condition that makes a row a problem: code, field, and the detail in words for a row of the query."""

    holds: Value
    code: str
    field: str
    detail: Words


def judge_workflows(connection: Connection, merge: Merge) -> Iterator[Problem]:
    """Every problem that a row has with a workflow; those of a workflow that only warns, warn."""
    for workflow in merge.workflows:
        flags = list(_Judge(merge, workflow).flags())
        if not flags:
            continue
        stage, match = merge.stage, merge.match
        joined = stage.outerjoin(match, match.c.row == stage.c.row)
        source = linked(merge, joined.outerjoin(opportunity, opportunity.c.id == match.c.stored_id))
        stored = [opportunity.c[name].label(f"stored_{name}") for name in ("status", *_SHOWN)]
        facts = [stage.c.row, new_status(merge, opportunity).label("status"), *stored]
        conditions = [flag.holds.label(f"flag_{number}") for number, flag in enumerate(flags)]
        says_something = or_(match.c.row.is_(None), match.c.differs)
        query = select(*facts, *conditions).select_from(source).where(says_something, or_(*(f.holds for f in flags)))
        for row in connection.execute(query.order_by(stage.c.row)):
            for flag, holds in zip(flags, row[len(facts) :], strict=True):
                if holds:
                    told = problem(row.row, flag.field, flag.code, detail=flag.detail(row))
                    yield replace(told, warns=workflow.mode == "warn")


_SHOWN = ("close_reason", "close_date", "budget_amount", "close_revenue", "probability")
"""The stored values that are told beside a change that a step does not allow."""


class _Judge:
    """The conditions of one workflow."""

    def __init__(self, merge: Merge, workflow: Workflow) -> None:
        self.merge, self.workflow = merge, workflow
        self.new = new_status(merge, opportunity)
        self.labels = merge.settings.labels

    def flags(self) -> Iterator[_Flag]:
        """Every condition under which a row has a problem."""
        if not self.merge.judges_only:
            yield from self._forbidden()
            yield from self._contradictions()
            for step in self.workflow.steps:
                yield from self._locked(step)
        yield from self._missing()

    def _label(self, status: str | None) -> str:
        return f"'{self.labels.get(status or '', status)}'"

    def _forbidden(self) -> Iterator[_Flag]:
        workflow, old = self.workflow, opportunity.c.status
        if not workflow.transitions or not self.merge.has("status"):
            return
        allowed = or_(*(moves(self.merge, workflow, one, opportunity) for one in workflow.transitions))
        # where no transition begins, a deal may begin anywhere
        begins = (START,) if any(START in one.sources for one in workflow.transitions) else ()
        judged = comes_from(workflow, (*workflow.statuses(), *begins), opportunity)
        within = and_(self.new.in_(workflow.statuses()), self.new.is_distinct_from(old), judged)

        def detail(row: Row[Any]) -> str:
            known = row.stored_status in workflow.statuses()
            ways = [self.labels[to] for to in workflow.allowed(row.stored_status if known else START)]
            said = f"follow {self._label(row.stored_status)}" if known else "be the first status of a deal"
            return f"{said} in {workflow.name}, which allows {listed(ways) if ways else 'nothing'}"

        yield _Flag(and_(within, not_(allowed)), "forbidden_transition", "status", detail)

    def _contradictions(self) -> Iterator[_Flag]:
        """What the file says of a field that the transition of its row sets or clears."""
        for transition in self.workflow.transitions:
            for name, value in transition.sets:
                if name not in self.merge.given:
                    continue
                given = self.merge.stage.c[name]
                said: Value = given.is_not(None)
                if name == "probability":
                    said = and_(said, or_(opportunity.c.id.is_(None), ~restated(self.merge, opportunity)))
                if value is not None:
                    said = and_(said, given != set_value(self.merge, name, value, opportunity))
                holds = and_(said, moves(self.merge, self.workflow, transition, opportunity))
                yield _Flag(holds, "locked_field", name, self._contradicted(value))

    def _contradicted(self, value: str | None) -> Words:
        sets = "clears it" if value is None else f"sets it to {'that of the status' if value == 'default' else value}"
        return lambda row: f"{self.workflow.name} {sets} on the way to {self._label(row.status)}"

    def _locked(self, step: Step) -> Iterator[_Flag]:
        """What a row changes of the locked fields of a deal that stays in the step."""
        stays = and_(opportunity.c.status.in_(step.statuses), self.new.in_(step.statuses))
        for name in step.locked:
            changed = _changed(self.merge, name)
            if changed is not None:
                yield _Flag(and_(stays, changed), "locked_field", name, self._lock(name))

    def _lock(self, name: str) -> Words:
        def detail(row: Row[Any]) -> str:
            value = getattr(row, f"stored_{name}", None)
            if name == "probability" and value is not None:
                value = f"{(value * 100).normalize():f}"
            stored = f", where it is {'blank' if value is None else repr(str(value))}" if name in _SHOWN else ""
            return f"{self.workflow.name} locks it in {self._label(row.status)}{stored}"

        return detail

    def _missing(self) -> Iterator[_Flag]:
        """The fields that a step or a transition needs, and that the row leaves blank."""
        needed: dict[str, list[Value]] = {}
        for step in self.workflow.steps:
            for name in step.required:
                needed.setdefault(name, []).append(self.new.in_(step.statuses))
        for transition in () if self.merge.judges_only else self.workflow.transitions:
            for name in transition.required:
                needed.setdefault(name, []).append(moves(self.merge, self.workflow, transition, opportunity))

        def detail(row: Row[Any]) -> str:
            return f"{self._label(row.status)} in {self.workflow.name}"

        for name, where in needed.items():
            yield _Flag(and_(or_(*where), _left(self.merge, name).is_(None)), "missing_for_step", name, detail)


def _left(merge: Merge, name: str) -> Value:
    """What a row leaves behind of a field; of an account, customer, contact or owner its name, or the id it keeps."""
    if name in LINK_OF:
        return merge.stage.c[name] if name in merge.stage.c else opportunity.c[LINK_OF[name]]
    return probability(merge, opportunity)[0] if name == "probability" else field(merge, name, opportunity)


def _changed(merge: Merge, name: str) -> Value | None:
    """Whether a row changes a field of its stored opportunity; None where the file does not have it."""
    if name in LINK_OF:
        return link_differs(merge, LINK_OF[name]) if names_link(merge, LINK_OF[name]) else None
    if name == "probability":
        return ~restated(merge, opportunity) if merge.has(name) else None
    if not merge.has(name, AMOUNTS.get(name, name)):
        return None
    changed = field(merge, name, opportunity).is_distinct_from(opportunity.c[name])
    if name in AMOUNTS:
        code = AMOUNTS[name]
        return or_(changed, currency(merge, name, opportunity).is_distinct_from(opportunity.c[code]))
    return changed
