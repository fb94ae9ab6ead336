"""What an import is told, and what became of the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from pipelines.leads import Changed
from pipelines.merge.balancing import Sums
from pipelines.merge.staging import Merge
from schemas.clock import utc_now
from schemas.problems import Problem
from schemas.raw import ReadAs
from schemas.reading import Ways

Progress = Callable[[int], None]
Mode = Literal["upsert", "insert", "update"]
Duplicates = Literal["equal", "last"]
Snapshot = Literal["keep", "close-lost", "mark-missing"]


@dataclass(frozen=True)
class Options:
    """How a file is imported; `rejects` is where rejected rows go, by default beside the file.

    `snapshot`: the file holds all deals of its source; what becomes of stored ones that it lacks. `closed_at`: when
    deals are closed of which the file does not say it, by default the moment of the run. `approves`: the run that was
    held and is now done.
    """

    layout: str | None = None
    mode: Mode = "upsert"
    duplicates: Duplicates = "equal"
    rejects: Path | None = None
    max_rejects: str | None = None
    dry_run: bool = False
    needs_rates: bool = True
    judges_only: bool = False
    how: ReadAs = field(default_factory=ReadAs)
    ways: Ways = field(default_factory=Ways)
    snapshot: Snapshot | None = None
    today: date | None = None
    closed_at: datetime | None = None
    approves: int | None = None
    clock: Callable[[], datetime] = utc_now
    progress: Progress | None = None


@dataclass(frozen=True)
class Reading:
    """How a file was read: why by its layout, how, its headers, what was found out and decided, what was left out.

    `ways` is how columns were read unlike, or without, the layout's word: it goes with the rejected rows. `layout_hash`
    tells one definition of a layout from another.
    """

    because: str
    how: ReadAs
    headers: tuple[str, ...]
    found: dict[str, str]
    decisions: tuple[str, ...]
    notes: tuple[str, ...]
    ways: dict[str, str]
    layout_hash: str = ""


@dataclass(frozen=True)
class Imported:
    """What became of a file; `run` is None for a dry run, `rejects` where no row was rejected.

    `missing` are the stored deals that a snapshot lacks; None where the file is none. `converted` is what became of the
    qualified leads of the file, where the settings make opportunities of them.
    """

    run: int | None
    file: Path
    layout: str
    read: int
    added: int
    updated: int
    unchanged: int
    duplicate: int
    rejected: int
    problems: list[Problem]
    money: dict[str, Sums]
    rejects: Path | None
    reading: Reading
    missing: int | None = None
    unknown_headers: tuple[str, ...] = ()
    left_out_headers: tuple[str, ...] = ()
    converted: Changed | None = None

    @property
    def balanced(self) -> bool:
        """Whether every row and every cent of the file is accounted for."""
        parts = (self.added, self.updated, self.unchanged, self.duplicate, self.rejected)
        return self.read == sum(parts) and all(sums.balanced() for sums in self.money.values())


@dataclass(frozen=True)
class Uncommitted:
    """An import that is merged and proven, and not committed yet; `facts` are those of its run in the ledger."""

    merge: Merge
    imported: Imported
    options: Options
    facts: Mapping[str, Any]


Inspect = Callable[[Connection, Uncommitted], None]
"""What is asked of an import before its commit; an error rolls all back."""
