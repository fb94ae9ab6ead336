"""Imports: every good row of a file is stored, every other is handed back with what to fix."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from sqlalchemy import Connection

from connectors import databases
from connectors.files import fingerprint, read_rows, split_name, write_table, written_suffix
from pipelines.converting import convert_qualified, converts_on_import
from pipelines.judging import Judged, judge, open_file
from pipelines.leads import Changed
from pipelines.merge.balancing import Sums
from pipelines.merge.recording import COUNTS, close_run, next_moment, open_run
from pipelines.merge.staging import Merge
from pipelines.merging import Merged, balance, end_merge, merge_staged, new_merge, stage_rows
from pipelines.steps.decide import ReconsideredError
from pipelines.steps.locate import locate_row
from pipelines.steps.reject import reject_headers, reject_lines
from schemas.clock import utc_now
from schemas.entities import ENTITIES
from schemas.errors import RunError, UsageError
from schemas.features import require_on
from schemas.fields import AMOUNTS
from schemas.problems import Problem
from schemas.raw import ReadAs
from schemas.reading import Ways
from schemas.settings import Settings

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Options:
    """How a file is imported; `rejects` is where rejected rows go, by default beside the file."""

    layout: str | None = None
    mode: Literal["upsert", "insert", "update"] = "upsert"
    duplicates: Literal["equal", "last"] = "equal"
    rejects: Path | None = None
    max_rejects: str | None = None
    dry_run: bool = False
    needs_rates: bool = True
    judges_only: bool = False
    how: ReadAs = field(default_factory=ReadAs)
    ways: Ways = field(default_factory=Ways)
    today: date | None = None
    clock: Callable[[], datetime] = utc_now
    progress: Progress | None = None


@dataclass(frozen=True)
class Reading:
    """How a file was read: why by its layout, how, its headers, what was found out and decided, what was left out.

    `ways` is how columns were read unlike, or without, the layout's word: it goes with the rejected rows.
    """

    because: str
    how: ReadAs
    headers: tuple[str, ...]
    found: dict[str, str]
    decisions: tuple[str, ...]
    notes: tuple[str, ...]
    ways: dict[str, str]


@dataclass(frozen=True)
class Imported:
    """What became of a file; `run` is None for a dry run, `rejects` where no row was rejected."""

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
    unknown_headers: tuple[str, ...] = ()
    left_out_headers: tuple[str, ...] = ()
    converted: Changed | None = None

    @property
    def balanced(self) -> bool:
        """Whether every row and every cent of the file is accounted for."""
        parts = (self.added, self.updated, self.unchanged, self.duplicate, self.rejected)
        return self.read == sum(parts) and all(sums.balanced() for sums in self.money.values())


class _DryRunError(Exception):
    """Rolls a dry run back; carries what it found."""

    def __init__(self, imported: Imported) -> None:
        super().__init__()
        self.imported = imported


@dataclass(frozen=True)
class Job:
    """One import under way: the file with its fingerprint (SHA-256 and size), how it is read, and where rejects go."""

    source: Path
    digest: tuple[str, int]
    rejects: Path
    settings: Settings
    options: Options
    judged: Judged

    def hands_back(self) -> bool:
        """Whether a reject file is written: always, but for a dry run only where it is named."""
        return not self.options.dry_run or self.options.rejects is not None


def import_file(source: Path, database: str, settings: Settings, options: Options) -> Imported:
    """Store every good row of a file, in one transaction; write every other, with its problems, to the reject file."""
    rejects = options.rejects or source.with_name(f"{split_name(source)[0]}.rejects{written_suffix(source)}")
    if rejects.resolve() == source.resolve():
        raise UsageError(f"The reject file {rejects} is the file to import.", "Name another one with --rejects.")
    require_few_rejects(0, 0, options.max_rejects)
    digest = fingerprint(source)
    raw, recognised = open_file(source, options.layout, options.how)
    require_on(recognised.mapping.layout.entity, settings)
    databases.bring_up_to_date(database)
    ways = options.ways
    while True:
        job = Job(source, digest, rejects, settings, options, Judged(raw, recognised.mapping, recognised.because))
        try:
            return _import(job, database, ways)
        except ReconsideredError as found:
            ways = found.ways
            raw, _ = open_file(source, options.layout, raw.how)


def _import(job: Job, database: str, ways: Ways) -> Imported:
    """Judge and merge in one transaction, with the columns read in some ways."""
    judged, options = job.judged, job.options
    fields = [*judged.mapping.fields(), *(AMOUNTS[amount] for amount in sorted(ways.signed))]
    try:
        with databases.transaction(database) as connection:
            merge = _begin(connection, job, fields)
            rows = _watched(judge(judged, job.settings, ways), judged, options.progress)
            keys = stage_rows(connection, rows, fields, job.settings, merge)
            databases.lock(connection)
            recorded = next_moment(connection, merge.now)
            run_id = open_run(connection, merge.now, recorded, _facts(job))
            merge = replace(merge, now=recorded, closed_now=recorded, run_id=run_id)
            imported = _finish(connection, job, merge, merge_staged(connection, merge, keys, options.duplicates))
            if options.dry_run:
                raise _DryRunError(imported)
            _close(connection, job, merge, imported)
            if merge.entity.name == "lead" and converts_on_import(job.settings):
                end_merge(connection, merge)
                made = convert_qualified(connection, merge.run_id, job.settings, options.clock)
                imported = replace(imported, converted=made)
    except _DryRunError as dry:
        return replace(dry.imported, run=None)
    return imported


def _begin(connection: Connection, job: Job, fields: list[str]) -> Merge:
    mapping, options = job.judged.mapping, job.options
    needs_account = "account" in mapping.layout.required and "missing_account" not in job.settings.rules_off
    begun = options.clock()
    return new_merge(
        connection,
        ENTITIES[mapping.layout.entity],
        [*fields, *(["shown_row"] if mapping.problem_position is not None else [])],
        settings=job.settings,
        source=mapping.layout.name,
        account_required=needs_account,
        mode=options.mode,
        needs_rates=options.needs_rates,
        judges_only=options.judges_only,
        run_id=0,
        now=begun,
        closed_now=begun,
        today=options.today or begun.date(),
    )


def _watched(batches: Iterable[pa.Table], judged: Judged, progress: Progress | None) -> Iterator[pa.Table]:
    for rows in batches:
        yield rows
        if progress is not None:
            progress(judged.read)


def _facts(job: Job) -> dict[str, Any]:
    return {
        "kind": "import",
        "settings": job.settings.fingerprint(),
        "file": str(job.source),
        "sheet": job.judged.raw.how.sheet,
        "sha256": job.digest[0],
        "size": job.digest[1],
        "layout": job.judged.mapping.layout.name,
        "mode": job.options.mode,
        "duplicates": job.options.duplicates,
    }


def _finish(connection: Connection, job: Job, merge: Merge, merged: Merged) -> Imported:
    """Prove the balance, hand the rejected rows back, and refuse what must not be committed."""
    judged = job.judged
    judged.problems += merged.problems
    rejected = judged.rejected_rows()
    money = balance(connection, merge, merged, judged.read, len(rejected), (judged.money, judged.rejected_money))
    problems = _hand_back(job, rejected, merged.problems)
    if fingerprint(job.source) != job.digest:
        raise RunError(f"{job.source} was changed while it was read.", "Nothing was stored. Import it again.")
    require_few_rejects(len(rejected), judged.read, job.options.max_rejects)
    return Imported(
        merge.run_id,
        job.source,
        judged.mapping.layout.name,
        judged.read,
        merged.written.added,
        merged.written.updated,
        merged.written.unchanged,
        merged.repeated.copies,
        len(rejected),
        problems,
        money,
        job.rejects if rejected and job.hands_back() else None,
        _reading(judged),
        judged.mapping.unknown,
        judged.mapping.left_out,
    )


def _reading(judged: Judged) -> Reading:
    raw = judged.raw
    decisions, notes = tuple(judged.decisions), (*raw.notes, *judged.footers.note())
    return Reading(judged.because, raw.how, raw.headers, dict(raw.found), decisions, notes, judged.ways_told)


def _hand_back(job: Job, rejected: list[int], unplaced: list[Problem]) -> list[Problem]:
    """Write the reject file, or remove that of an earlier run; gives every problem in its file's words and rows."""
    judged, mapping = job.judged, job.judged.mapping
    if not rejected:
        if job.hands_back():
            job.rejects.unlink(missing_ok=True)
        return []
    wanted = rejected if job.hands_back() else sorted({problem.row for problem in unplaced})
    rows = dict(read_rows(job.source, wanted, judged.raw.how))
    told = {id(problem): locate_row(problem, rows[problem.row], mapping) for problem in unplaced}
    located = sorted(told.get(id(problem), problem) for problem in judged.problems)
    if job.hands_back():
        lines = reject_lines(rows.items(), located, judged.shown_rows, mapping, judged.ways_told)
        write_table(job.rejects, reject_headers(mapping), lines)
    return [replace(problem, row=judged.shown_rows.get(problem.row, problem.row)) for problem in located]


def require_few_rejects(rejected: int, read: int, limit: str | None) -> None:
    """Refuse a run with more rejected rows than a number such as 10 or a share such as 5%."""
    if limit is None:
        return
    number = limit.removesuffix("%")
    if not number.isdecimal():
        raise UsageError(f"--max-rejects {limit} is not a number or a percentage.", "Write 10 or 5%.")
    most = int(number) * read / 100 if limit.endswith("%") else int(number)
    if rejected > most:
        why = f"{rejected} of {read} rows were rejected, more than --max-rejects {limit} allows."
        raise RunError(why, "Nothing was stored. Correct the rows in the reject file, or allow more.")


def _close(connection: Connection, job: Job, merge: Merge, imported: Imported) -> None:
    counts = {part: getattr(imported, part) for part in COUNTS}
    rejects = str(imported.rejects) if imported.rejects else None
    reading = json.dumps(asdict(imported.reading), ensure_ascii=False)
    facts = {**counts, "finished_at": max(job.options.clock(), merge.now), "rejects": rejects, "reading": reading}
    money = {code: vars(sums) for code, sums in imported.money.items()}
    close_run(connection, merge.run_id, facts, money, imported.problems)
