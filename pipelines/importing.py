"""Imports: every good row of a file is stored, every other is handed back with what to fix."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from connectors import databases
from connectors.files import fingerprint, read_rows, split_name, write_table, written_at, written_suffix
from pipelines.converting import convert_qualified, converts_on_import, qualified_of
from pipelines.imported import Imported, Inspect, Options, Progress, Reading, Uncommitted
from pipelines.judging import Judged, judge, open_file
from pipelines.merge.recording import close_run, next_moment, open_run
from pipelines.merge.staging import Merge
from pipelines.merge.staleness import installation_key
from pipelines.merging import Merged, Snapshot, balance, end_merge, merge_staged, new_merge, stage_rows
from pipelines.plan.holding import TooMuchError, hold, require_calm, told_facts, told_money
from pipelines.steps.decide import ReconsideredError
from pipelines.steps.locate import locate_row
from pipelines.steps.reject import reject_headers, reject_lines
from schemas.breaker import parse_limit
from schemas.entities import ENTITIES
from schemas.errors import RunError, UsageError
from schemas.features import require_on
from schemas.fields import AMOUNTS
from schemas.problems import Problem
from schemas.reading import Ways
from schemas.settings import Settings


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


def import_file(
    source: Path, database: str, settings: Settings, options: Options, inspect: Inspect | None = None
) -> Imported:
    """Store every good row of a file, in one transaction; write every other, with its problems, to the reject file.

    Unless somebody else inspects it, an import that exceeds the limits of the circuit breaker is held: a HeldError.
    """
    rejects = options.rejects or source.with_name(f"{split_name(source)[0]}.rejects{written_suffix(source)}")
    if rejects.resolve() == source.resolve():
        raise UsageError(f"The reject file {rejects} is the file to import.", "Name another one with --rejects.")
    _require_few_rejects(0, 0, options.max_rejects)
    digest = fingerprint(source)
    raw, recognised = open_file(source, options.layout, options.how)
    require_on(recognised.mapping.layout.entity, settings)
    databases.bring_up_to_date(database)
    ways = options.ways
    while True:
        job = Job(source, digest, rejects, settings, options, Judged(raw, recognised.mapping, recognised.because))
        try:
            return _import(job, database, ways, inspect or require_calm)
        except ReconsideredError as found:
            ways = found.ways
            raw, _ = open_file(source, options.layout, raw.how)
        except TooMuchError as held:
            raise hold(database, held) from held


def _import(job: Job, database: str, ways: Ways, inspect: Inspect) -> Imported:
    """Judge and merge in one transaction, with the columns read in some ways."""
    judged, options = job.judged, job.options
    fields = [*judged.mapping.fields(), *(AMOUNTS[amount] for amount in sorted(ways.signed))]
    try:
        with databases.transaction(database) as connection:
            merge = _begin(connection, job, fields)
            judged.fingerprint_key = installation_key(connection) if merge.has("fingerprint") else None
            rows = _watched(judge(judged, job.settings, ways), judged, options.progress)
            keys = stage_rows(connection, rows, fields, job.settings, merge)
            databases.lock(connection)
            recorded = next_moment(connection, merge.now)
            facts = _facts(job)
            run_id = open_run(connection, merge.now, recorded, facts)
            closed = options.closed_at or recorded
            merge = replace(merge, now=recorded, closed_now=closed, run_id=run_id)
            merged = merge_staged(connection, merge, keys, options.duplicates, _snapshot(job))
            imported = _finish(connection, job, merge, merged)
            converts = merge.entity.name == "lead" and converts_on_import(job.settings)
            announced = _announced(connection, merge, imported) if converts else imported
            inspect(connection, Uncommitted(merge, announced, options, facts))
            if options.dry_run:
                raise _DryRunError(announced)
            _close(connection, job, merge, imported)
            if converts:
                end_merge(connection, merge)
                made = convert_qualified(connection, merge.run_id, job.settings, options.clock)
                imported = replace(imported, converted=made)
    except _DryRunError as dry:
        return replace(dry.imported, run=None)
    return imported


def _announced(connection: Connection, merge: Merge, imported: Imported) -> Imported:
    """An import of leads with the note of how many become opportunities after it."""
    count = len(qualified_of(connection, merge.run_id))
    if not count:
        return imported
    become = (
        "1 qualified lead becomes an opportunity" if count == 1 else f"{count:,} qualified leads become opportunities"
    )
    told = f"{become}, in a run of its own"
    return replace(imported, reading=replace(imported.reading, notes=(*imported.reading.notes, told)))


def _snapshot(job: Job) -> Snapshot | None:
    policy, judged = job.options.snapshot, job.judged
    return Snapshot(policy, judged.refused_ids, judged.without_id) if policy else None


def _begin(connection: Connection, job: Job, fields: list[str]) -> Merge:
    mapping, options = job.judged.mapping, job.options
    if options.snapshot and mapping.layout.entity != "opportunity":
        why = f"A snapshot is of opportunities: what becomes of missing {mapping.layout.noun.several} has no policy."
        raise UsageError(why, "Import it without --snapshot.")
    if options.snapshot and "source_id" not in fields:
        why = f"{job.source} has no ids of deals: which stored ones a snapshot lacks cannot be told by names."
        raise UsageError(why, "Export the id of each deal too, or import without --snapshot.")
    needs_account = "account" in mapping.layout.required and "missing_account" not in job.settings.rules_off
    begun = options.clock()
    return new_merge(
        connection,
        ENTITIES[mapping.layout.entity],
        [*fields, *_besides(job)],
        settings=job.settings,
        source=mapping.layout.source,
        account_required=needs_account,
        mode=options.mode,
        needs_rates=options.needs_rates,
        judges_only=options.judges_only,
        run_id=0,
        now=begun,
        closed_now=begun,
        today=options.today or begun.date(),
    )


def _besides(job: Job) -> Iterator[str]:
    """What the file holds of its rows besides their fields; where rows are only judged, no fingerprint is known."""
    if job.judged.mapping.problem_position is not None:
        yield "shown_row"
    if job.judged.mapping.fingerprint_position is not None and not job.options.judges_only:
        yield "fingerprint"


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
        "written_at": written_at(job.source),
        "held_run_id": job.options.approves,
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
    _require_few_rejects(len(rejected), judged.read, job.options.max_rejects)
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
        _reading(judged, merged),
        merged.missing.deals if merged.missing else None,
        judged.mapping.unknown,
        left_out_headers=judged.mapping.left_out,
    )


def _reading(judged: Judged, merged: Merged) -> Reading:
    raw = judged.raw
    missing = [merged.missing.note] if merged.missing and merged.missing.note else []
    decisions, notes = tuple(judged.decisions), (*raw.notes, *judged.footers.note(), *missing)
    layout = judged.mapping.layout.fingerprint()
    return Reading(judged.because, raw.how, raw.headers, dict(raw.found), decisions, notes, judged.ways_told, layout)


def _hand_back(job: Job, rejected: list[int], unplaced: list[Problem]) -> list[Problem]:
    """Write the reject file, or remove that of an earlier run; gives every problem in its file's words and rows."""
    judged, mapping = job.judged, job.judged.mapping
    if not rejected and job.hands_back():
        job.rejects.unlink(missing_ok=True)
    if not judged.problems:
        return []
    handed_back = rejected if job.hands_back() else []
    wanted = sorted({*handed_back, *(problem.row for problem in unplaced)})
    rows = dict(read_rows(job.source, wanted, judged.raw.how))
    told = {id(problem): locate_row(problem, rows[problem.row], mapping) for problem in unplaced}
    located = sorted(told.get(id(problem), problem) for problem in judged.problems)
    if handed_back:
        lines = reject_lines(rows.items(), located, judged.shown_rows, mapping, judged.ways_told)
        write_table(job.rejects, reject_headers(mapping), lines, judged.raw.dialect)
    return [replace(problem, row=judged.shown_rows.get(problem.row, problem.row)) for problem in located]


def _require_few_rejects(rejected: int, read: int, limit: str | None) -> None:
    """Refuse a run with more rejected rows than a number such as 10 or a share such as 5%."""
    if limit is None:
        return
    most = parse_limit(limit)
    if most is None or (not most.percent and most.most % 1):
        raise UsageError(f"--max-rejects {limit} is not a number or a percentage.", "Write 10 or 5%.")
    if most.exceeded(rejected, read):
        why = f"{rejected} of {read} rows were rejected, more than --max-rejects {limit} allows."
        raise RunError(why, "Nothing was stored. Correct the rows in the reject file, or allow more.")


def _close(connection: Connection, job: Job, merge: Merge, imported: Imported) -> None:
    facts = {**told_facts(imported), "finished_at": max(job.options.clock(), merge.now)}
    close_run(connection, merge.run_id, facts, told_money(imported), imported.problems)
