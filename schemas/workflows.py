"""Workflows: which steps a deal goes through, from where to where, and what each step needs, locks, sets and clears."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from schemas.errors import did_you_mean
from schemas.fields import AMOUNTS, FIELD
from schemas.settings_reader import Reader
from schemas.statuses import Status

Mode = Literal["off", "warn", "enforce"]
START = "__start__"
"""Where a deal comes from that is new, or that stood in a status outside of the workflow."""
OPPORTUNITY_FLOW = "opportunity_flow"
JUDGED = tuple(field for field in FIELD if field not in {"source_id", "status", "closed_at", "tags", *AMOUNTS.values()})
"""The fields that a workflow may require or lock; an amount goes with its currency."""
CLEARED = ("close_reason", "close_date", "close_revenue", "lead", "customer_need", "proposed_solution", "notes")
SETS = ("close_reason", "close_revenue", "probability")


@dataclass(frozen=True, slots=True)
class Step:
    """Some statuses; a deal there needs the `required` fields, and keeps the `locked` ones while it stays there."""

    name: str
    statuses: tuple[str, ...]
    required: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """The way from some statuses (or the start) to others; `sets` is what it gives to fields, None for nothing."""

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    required: tuple[str, ...] = ()
    sets: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """Steps and the transitions between them; `mode` is warn or enforce."""

    name: str
    mode: Mode
    steps: tuple[Step, ...]
    transitions: tuple[Transition, ...] = ()

    def statuses(self) -> list[str]:
        """The statuses that it judges."""
        return [status for step in self.steps for status in step.statuses]

    def allowed(self, source: str) -> list[str]:
        """The statuses that a deal may go to from a status, or from the start."""
        return [to for transition in self.transitions if source in transition.sources for to in transition.targets]


def opportunity_flow(mode: Mode, statuses: Collection[Status], close_reasons: Collection[str]) -> Workflow:
    """OroCRM's Opportunity Management Flow over the statuses of each kind."""
    is_open, won, lost = (tuple(s.id for s in statuses if s.kind == kind) for kind in ("open", "won", "lost"))
    closing = ("account", "customer", "probability", "budget_amount", "close_revenue", "close_date", "close_reason")
    blank: tuple[tuple[str, str | None], ...] = (("close_revenue", None), ("close_reason", None))
    of_won = (("close_reason", "Won"),) if "Won" in close_reasons else ()
    default = ("probability", "default")
    return Workflow(
        OPPORTUNITY_FLOW,
        mode,
        (
            Step("open", is_open, locked=("close_revenue", "close_reason")),
            Step("won", won, locked=closing),
            Step("lost", lost, locked=closing),
        ),
        (
            Transition(START, (START,), is_open, sets=blank),
            Transition("develop", is_open, is_open),
            Transition("close_won", is_open, won, ("close_date",), (*of_won, default)),
            Transition("close_lost", is_open, lost, ("close_reason", "close_date"), (("close_revenue", "0"), default)),
            Transition("reopen", (*won, *lost), is_open, sets=blank),
        ),
    )


def read_workflows(
    reader: Reader, statuses: Collection[Status], close_reasons: Collection[str]
) -> tuple[Workflow, ...]:
    """The workflows that are on, OroCRM's first, from the table [workflows]."""
    mode = reader.take(OPPORTUNITY_FLOW, str, "off", get_args(Mode))
    found = [opportunity_flow(mode, statuses, close_reasons)]  # type: ignore[arg-type]  # one of the modes
    for name in list(reader.table):
        if not isinstance(reader.table[name], dict):
            fix = f"{did_you_mean(name, [OPPORTUNITY_FLOW])} One of your own is a table: [workflows.{name}]."
            raise reader.refuse(name, f"is {reader.table[name]!r}, not a table", fix)
        table = Reader(reader.file, f"{reader.place}{name}.", reader.take(name, dict))
        found.append(_Own(table, name, [status.id for status in statuses], close_reasons).read())
    reader.done()
    return tuple(workflow for workflow in found if workflow.mode != "off")


@dataclass(frozen=True)
class _Own:
    """Reads one workflow of the settings' own."""

    reader: Reader
    name: str
    statuses: Collection[str]
    close_reasons: Collection[str]

    def read(self) -> Workflow:
        reader = self.reader
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise reader.refuse("mode", f"belongs to '{self.name}'", "Use small letters, digits and underscores.")
        mode: Any = reader.take("mode", str, "enforce", get_args(Mode))
        steps = [self._step(table) for table in self._tables("steps")]
        if not steps:
            raise reader.refuse("steps", "is missing", f"Add [[{reader.place}steps]] with name and statuses.")
        for what, names in (("name", [s.name for s in steps]), ("status", [i for s in steps for i in s.statuses])):
            if len(set(names)) < len(names):
                raise reader.refuse("steps", f"has the same {what} twice", f"Give each {what} to one step.")
        transitions = [self._transition(table, steps) for table in self._tables("transitions")]
        ways = [(source, target) for t in transitions for source in t.sources for target in t.targets]
        twice = next((way for way in ways if ways.count(way) > 1), None)
        if twice:
            why = f"has two ways from '{twice[0]}' to '{twice[1]}'"
            raise reader.refuse("transitions", why, "Leave one of them out: nobody could tell which is meant.")
        reader.done()
        return Workflow(self.name, mode, tuple(steps), tuple(transitions))

    def _tables(self, key: str) -> Iterator[Reader]:
        for number, table in enumerate(self.reader.take(key, list, []), 1):
            if not isinstance(table, dict):
                fix = f"Write each under [[{self.reader.place}{key}]]."
                raise self.reader.refuse(key, "is not a list of tables", fix)
            yield Reader(self.reader.file, f"{self.reader.place}{key}[{number}].", table)

    def _step(self, reader: Reader) -> Step:
        name = reader.take("name", str)
        statuses = self._from(reader, "statuses", self.statuses)
        if not statuses:
            raise reader.refuse("statuses", "is empty", "Name at least one status.")
        step = Step(name, statuses, self._from(reader, "required", JUDGED), self._from(reader, "locked", JUDGED))
        reader.done()
        return step

    def _transition(self, reader: Reader, steps: list[Step]) -> Transition:
        statuses_of: dict[str, tuple[str, ...]] = {status: (status,) for step in steps for status in step.statuses}
        statuses_of |= {step.name: step.statuses for step in steps}
        named = {
            "from": self._from(reader, "from", [*statuses_of, START]),
            "to": self._from(reader, "to", list(statuses_of)),
        }
        for key, names in named.items():
            if not names:
                raise reader.refuse(key, "is missing", "Name steps or statuses of this workflow.")
        sources, targets = (
            tuple(dict.fromkeys(status for name in names for status in statuses_of.get(name, (name,))))
            for names in named.values()
        )
        name = reader.take("name", str, f"{named['from'][0]} to {named['to'][0]}")
        required = self._from(reader, "required", JUDGED)
        cleared = tuple((field, None) for field in self._from(reader, "clear", CLEARED))
        given = Reader(reader.file, f"{reader.place}set.", reader.take("set", dict, {}))
        sets = tuple((field, self._set(given, field)) for field in SETS if field in given.table)
        given.known += [field for field in SETS if field not in given.known]
        given.done()
        reader.done()
        if {field for field, _ in cleared} & {field for field, _ in sets}:
            raise reader.refuse("set", "names a field that is cleared too", "Name it in one of the two.")
        return Transition(name, sources, targets, required, (*cleared, *sets))

    def _from(self, reader: Reader, key: str, known: Collection[str]) -> tuple[str, ...]:
        words = reader.texts(key, ())
        for word in words:
            if word not in known:
                raise reader.refuse(key, f"holds '{word}'", did_you_mean(word, known))
        return words

    def _set(self, reader: Reader, field: str) -> str:
        """What a field is set to: a known close reason, no revenue, or the status's own probability."""
        if field == "close_revenue":
            if reader.take(field, int) != 0:
                raise reader.refuse(field, "is not 0", "Only a file states an amount; a transition may set it to 0.")
            return "0"
        known = tuple(self.close_reasons) if field == "close_reason" else ("default",)
        return reader.take(field, str, one_of=known)
