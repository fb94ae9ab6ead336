"""Plan files: lines of JSON that say what an import would do, the first of what, the last that nothing is lacking.

Between them stands a line for each row that would change, as `changes` gives them, and one for each problem. The last
line holds the SHA-256 of the lines between: an import that is to do what the plan says must give the same.
"""

import gzip
import hashlib
import heapq
import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from pipelines.plan.changes import Change
from schemas.errors import UnreadableFileError
from schemas.problems import Problem

FORM = 1
BIGGEST = 200
FIRST = 20
MAGIC = b'{"dealport_plan":'
PROBLEM = ("row", "column", "header", "code", "value", "why", "fix", "warns")


@dataclass(frozen=True)
class Plan:
    """A plan: its first line as it is, and what its last line sums up; `changes` and `problems` read it again."""

    path: Path
    head: dict[str, Any]
    digest: str
    counted: dict[str, dict[str, int]]
    first: dict[str, list[str]]
    biggest: list[Change]

    def changes(self) -> Iterator[Change]:
        """Every change, in the order of the tables and of the file."""
        for told in _lines(self.path):
            if "table" in told:
                yield _change(told)

    def problems(self) -> Iterator[Problem]:
        """Every problem, in the order of the file."""
        for told in _lines(self.path):
            if "problem" in told:
                yield Problem(**told["problem"])


class Summary:
    """What is kept of changes as they pass: counts of fields, the first new names, those that move the most money."""

    def __init__(self, rates: dict[str, Decimal]) -> None:
        """Take the rates by which amounts of several currencies are compared."""
        self.rates, self.digest = rates, hashlib.sha256()
        self.counted: dict[str, Counter[str]] = {}
        self.first: dict[str, list[str]] = {}
        self._heap: list[tuple[Decimal, int, Change]] = []
        self._number = 0

    def take(self, change: Change) -> None:
        """Count one more change."""
        counted = self.counted.setdefault(change.table, Counter())
        counted.update(["added"] if change.added else ["changed", *change.fields])
        if change.added:
            first = self.first.setdefault(change.table, [])
            if len(first) < FIRST:
                first.append(change.name)
            return
        self._number += 1
        one = (self._moved(change), -self._number, change)
        if len(self._heap) < BIGGEST:
            heapq.heappush(self._heap, one)
        else:
            heapq.heappushpop(self._heap, one)

    def _moved(self, change: Change) -> Decimal:
        """The money that a change adds or takes away; all of it where the status changes."""
        old, new = change.fields.get("budget_amount", (change.amount, change.amount))
        codes = change.fields.get("budget_currency", (change.currency, change.currency))
        before, after = (
            Decimal(amount or 0) * self.rates.get(code or "", Decimal(1))
            for amount, code in zip((old, new), codes, strict=True)
        )
        return max(before, after) if "status" in change.fields else abs(after - before)

    def biggest(self) -> list[Change]:
        """The changes that move most, the most first."""
        return [change for *_, change in sorted(self._heap, key=lambda one: one[:2], reverse=True)]


def write_plan(
    path: Path, head: dict[str, Any], changes: Iterable[Change], problems: Iterable[Problem], rates: dict[str, Decimal]
) -> Plan:
    """Write a plan as its changes come; the caller puts the file into its place."""
    summary = Summary(rates)
    with path.open("wb") as file:
        _write(file, {"dealport_plan": FORM, **head})
        for line in told(changes, problems, summary):
            file.write(line)
        counted = {table: dict(counts) for table, counts in summary.counted.items()}
        biggest, digest = summary.biggest(), summary.digest.hexdigest()
        end = {
            "digest": digest,
            "counted": counted,
            "first": summary.first,
            "biggest": list(map(_told_change, biggest)),
        }
        _write(file, {"end": end})
    return Plan(path, head, digest, counted, summary.first, biggest)


def told(changes: Iterable[Change], problems: Iterable[Problem], summary: Summary) -> Iterator[bytes]:
    """The lines of changes and problems; the summary counts them."""
    for change in changes:
        summary.take(change)
        line = _line(_told_change(change))
        summary.digest.update(line)
        yield line
    for problem in problems:
        line = _line({"problem": {part: getattr(problem, part) for part in PROBLEM}})
        summary.digest.update(line)
        yield line


def digest_of(changes: Iterable[Change], problems: Iterable[Problem]) -> str:
    """The digest that a plan of these changes and problems has."""
    summary = Summary({})
    for _ in told(changes, problems, summary):
        pass
    return summary.digest.hexdigest()


def lines_between(path: Path) -> Iterator[bytes]:
    """The lines of a plan's changes and problems."""
    with path.open("rb") as file:
        next(file, b"")
        yield from (line for line in file if not line.startswith(b'{"end":'))


def digest_of_lines(path: Path) -> str:
    """The digest that the lines of a plan have: that of its last line, unless they were touched."""
    digest = hashlib.sha256()
    for line in lines_between(path):
        digest.update(line)
    return digest.hexdigest()


def is_plan(path: Path) -> bool:
    """Whether a file is a plan."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def read_plan(path: Path) -> Plan:
    """The plan in a file; one that is cut off or of another form is refused."""
    try:
        lines = _lines(path)
        head = next(lines, {})
        last = deque(lines, maxlen=1)
    except OSError as fault:
        raise UnreadableFileError(path, f"cannot be read ({fault.strerror})", "Name a plan.") from fault
    except ValueError as fault:
        raise UnreadableFileError(path, "is not a plan, or is damaged", "Plan the import again.") from fault
    if head.get("dealport_plan") != FORM or not last or "end" not in last[0]:
        raise UnreadableFileError(path, "is not a whole plan of this version", "Plan the import again.")
    end = last[0]["end"]
    return Plan(path, head, end["digest"], end["counted"], end["first"], list(map(_change, end["biggest"])))


def packed(path: Path) -> bytes:
    """A plan as the ledger keeps it."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


def unpacked(content: bytes, path: Path) -> Plan:
    """Put a plan of the ledger into a file and read it."""
    path.write_bytes(gzip.decompress(content))
    return read_plan(path)


def _told_change(change: Change) -> dict[str, Any]:
    fields = {name: new for name, (_, new) in change.fields.items()} if change.added else change.fields
    beside = {part: getattr(change, part) for part in ("account", "amount", "currency") if getattr(change, part)}
    key = {} if change.added else {"id": change.id}
    what = "added" if change.added else "changed"
    return {"table": change.table, "row": change.row, **key, "name": change.name, **beside, what: fields}


def _change(told: dict[str, Any]) -> Change:
    fields: dict[str, tuple[str | None, str | None]]
    fields = {name: (None, new) for name, new in told.get("added", {}).items()}
    fields |= {name: (old, new) for name, (old, new) in told.get("changed", {}).items()}
    account, amount, currency = map(told.get, ("account", "amount", "currency"))
    return Change(told["table"], told["row"], told.get("id"), told["name"], account, amount, currency, fields)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            told = json.loads(line)
            if not isinstance(told, dict):
                raise ValueError(line)
            yield told


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
"""json.dumps would make an encoder for every line."""


def _line(told: dict[str, Any]) -> bytes:
    return _encode(told).encode() + b"\n"


def _write(file: IO[bytes], told: dict[str, Any]) -> None:
    file.write(_line(told))
