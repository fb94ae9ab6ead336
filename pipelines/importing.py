"""Imports: every good row of a file is stored, every other is handed back with what to fix."""

import getpass
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update

from connectors import databases
from connectors.files import fingerprint, read_rows, write_table
from pipelines.judging import Judged, judge, open_file
from pipelines.merge.balancing import Sums
from pipelines.merge.staging import Merge
from pipelines.merging import Merged, balance, merge_staged, new_merge, stage_rows
from pipelines.steps.locate import locate_row
from pipelines.steps.reject import reject_headers, reject_lines
from schemas.errors import RunError, UsageError
from schemas.problems import Problem
from schemas.settings import Settings
from schemas.tables import problem as problem_table
from schemas.tables import run, run_money

Progress = Callable[[int], None]


def utc_now() -> datetime:
    """The moment, in UTC; the one clock of dealport unless another is given."""
    return datetime.now(UTC)


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
    today: date | None = None
    clock: Callable[[], datetime] = utc_now
    progress: Progress | None = None


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
    unknown_headers: tuple[str, ...] = ()
    left_out_headers: tuple[str, ...] = ()
    balanced: bool = True
    about: dict[str, Any] = field(default_factory=dict)


class _DryRunError(Exception):
    """Rolls a dry run back; carries what it found."""

    def __init__(self, imported: Imported) -> None:
        super().__init__()
        self.imported = imported


def import_file(source: Path, database: str, settings: Settings, options: Options) -> Imported:
    """Store every good row of a file, in one transaction; write every other, with its problems, to the reject file."""
    rejects = options.rejects or source.with_name(f"{source.stem}.rejects{source.suffix}")
    if rejects.resolve() == source.resolve():
        raise UsageError(f"The reject file {rejects} is the file to import.", "Name another one with --rejects.")
    digest = fingerprint(source)
    raw, mapping = open_file(source, options.layout)
    judged = Judged(mapping, raw.sheet)
    databases.bring_up_to_date(database)
    try:
        with databases.transaction(database) as connection:
            given = [*mapping.positions, *(["shown_row"] if mapping.problem_position is not None else [])]
            merge, begun = _begin(connection, given, judged, settings, options)
            batches = _watched(judge(raw, judged, settings), judged, options.progress)
            keys = stage_rows(connection, batches, list(mapping.positions), settings, merge)
            databases.lock(connection)
            merge = replace(merge, run_id=_open_run(connection, begun, source, digest, judged, settings, options))
            merged = merge_staged(connection, merge, keys, options.duplicates)
            imported = _finish(connection, source, merge, judged, merged, rejects, options, digest)
            if options.dry_run:
                raise _DryRunError(imported)
            _close_run(connection, merge, imported, options)
    except _DryRunError as dry:
        return replace(dry.imported, run=None)
    return imported


def _begin(
    connection: Connection, given: list[str], judged: Judged, settings: Settings, options: Options
) -> tuple[Merge, datetime]:
    latest = connection.execute(select(func.max(run.c.started_at))).scalar()
    now = options.clock()
    # a clock that was set back must not make history run backwards
    begun = max(now, latest) if latest else now
    merge = new_merge(
        connection,
        given,
        settings=settings,
        source=judged.mapping.layout.name,
        account_required="account" in judged.mapping.layout.required and "missing_account" not in settings.rules_off,
        mode=options.mode,
        needs_rates=options.needs_rates,
        run_id=0,
        now=begun,
        today=options.today or begun.date(),
    )
    return merge, begun


def _watched(batches: Any, judged: Judged, progress: Progress | None) -> Any:
    for rows in batches:
        yield rows
        if progress is not None:
            progress(judged.read)


def _open_run(
    connection: Connection, begun: datetime, source: Path, digest: tuple[str, int], judged: Judged, settings: Settings, options: Options
) -> int:
    facts = {
        "kind": "import",
        "started_at": begun,
        "done_by": _user(),
        "version": version("dealport"),
        "settings": settings.fingerprint(),
        "file": str(source),
        "sheet": judged.sheet,
        "sha256": digest[0],
        "size": digest[1],
        "layout": judged.mapping.layout.name,
        "mode": options.mode,
        "duplicates": options.duplicates,
    }
    key = connection.execute(insert(run).values(facts)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _finish(
    connection: Connection,
    source: Path,
    merge: Merge,
    judged: Judged,
    merged: Merged,
    rejects: Path,
    options: Options,
    digest: tuple[str, int],
) -> Imported:
    judged.problems += merged.problems
    rejected = judged.rejected_rows()
    money = balance(connection, merge, merged, judged.read, len(rejected), (judged.money, judged.rejected_money))
    problems = _hand_back(source, judged, rejected, merged.problems, rejects if not options.dry_run or options.rejects else None)
    if fingerprint(source) != digest:
        raise RunError(f"{source} was changed while it was read.", "Nothing was stored. Import it again.")
    require_few_rejects(len(rejected), judged.read, options.max_rejects)
    counts = merged.written
    return Imported(
        merge.run_id,
        source,
        judged.mapping.layout.name,
        judged.read,
        counts.added,
        counts.updated,
        counts.unchanged,
        merged.repeated.copies,
        len(rejected),
        problems,
        money,
        rejects if rejected and (not options.dry_run or options.rejects) else None,
        judged.mapping.unknown,
        judged.mapping.left_out,
    )


def _hand_back(
    source: Path, judged: Judged, rejected: list[int], unplaced: list[Problem], rejects: Path | None
) -> list[Problem]:
    """Write the reject file, or remove that of an earlier run; gives every problem in its file's words and rows."""
    if not rejected:
        if rejects is not None:
            rejects.unlink(missing_ok=True)
        return []
    mapping = judged.mapping
    rows = dict(read_rows(source, rejected))
    told = {id(problem): locate_row(problem, rows[problem.row], mapping) for problem in unplaced}
    located = sorted(told.get(id(problem), problem) for problem in judged.problems)
    shown = [replace(problem, row=judged.shown_rows.get(problem.row, problem.row)) for problem in located]
    if rejects is not None:
        write_table(rejects, reject_headers(mapping), reject_lines(rows.items(), located, judged.shown_rows, mapping))
    return shown


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


def _close_run(connection: Connection, merge: Merge, imported: Imported, options: Options) -> None:
    counts = {part: getattr(imported, part) for part in ("read", "added", "updated", "unchanged", "duplicate", "rejected")}
    facts = {"finished_at": max(options.clock(), merge.now), "problems": len(imported.problems)}
    rejects = str(imported.rejects) if imported.rejects else None
    connection.execute(update(run).where(run.c.id == merge.run_id).values(**counts, **facts, rejects=rejects))
    if imported.money:
        lines = [{"run_id": merge.run_id, "currency": code, **vars(sums)} for code, sums in imported.money.items()]
        connection.execute(insert(run_money), lines)
    if imported.problems:
        parts = ("row", "header", "code", "value", "why", "fix")
        told = [
            {"run_id": merge.run_id, "number": number} | {part: getattr(problem, part).replace("\0", "�") if part not in ("row",) else problem.row for part in parts}
            for number, problem in enumerate(imported.problems, 1)
        ]
        connection.execute(insert(problem_table), told)
