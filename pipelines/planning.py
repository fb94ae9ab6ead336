"""Plans of imports: what a file would do, and doing exactly that later; held imports, approved or refused."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, select, update

from connectors.databases import reading, writing
from connectors.files import fingerprint
from connectors.finished import writing_whole
from pipelines.imported import Imported, Options, Uncommitted
from pipelines.importing import import_file
from pipelines.merge.recording import user_name
from pipelines.merge.staging import Merge
from pipelines.plan.changes import changes
from pipelines.plan.file import Plan, Summary, digest_of, digest_of_lines, lines_between, read_plan, told, unpacked
from pipelines.plan.heading import asked_again
from pipelines.plan.holding import plan_of
from schemas.clock import utc_now
from schemas.entities import name_of
from schemas.errors import RunError, UnknownNameError, UsageError
from schemas.settings import Settings
from schemas.tables import HISTORY, held_plan, installation, opportunity, run

AGAIN = "Plan the import again, and look at what it would do now."
SHOWN = 5
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Planned:
    """What an import would do: its counts, and its plan in a file."""

    imported: Imported
    plan: Plan


def plan_import(source: Path, database: str, settings: Settings, options: Options, target: Path) -> Planned:
    """Do an import, write down what it did, and take all of it back."""
    found: list[Plan] = []
    with writing_whole(target) as part:

        def inspect(connection: Connection, done: Uncommitted) -> None:
            found.append(replace(plan_of(connection, done, part), path=target))

        imported = import_file(source, database, settings, replace(options, dry_run=True), inspect)
    return Planned(imported, found[-1])


def apply_plan(path: Path, database: str, settings: Settings, *, clock: Clock = utc_now) -> Imported:
    """Do exactly what a plan says, or nothing: its file, the settings and what it touches must be as they were."""
    return _apply(read_plan(path), database, settings, None, None, clock)


def approve_run(
    number: int, database: str, settings: Settings, *, file: Path | None = None, clock: Clock = utc_now
) -> Imported:
    """Do what a held run was about to do; `file` is where its file lies now, if it was moved."""
    with tempfile.TemporaryDirectory(prefix="dealport-plan-") as folder:
        plan = plan_of_run(number, database, Path(folder) / "plan", undecided=True)
        if file is None:
            with reading(database) as connection:
                file = Path(connection.scalar(select(run.c.file).where(run.c.id == number)) or "")
        return _apply(plan, database, settings, number, file, clock)


def refuse_run(number: int, database: str) -> None:
    """Drop a held run; it stays in the ledger."""
    with writing(database) as connection:
        _held(connection, number, undecided=True)
        _decide(connection, number, "refused")


def move_held(number: int, place: Path, database: str) -> None:
    """Remember where the file of a held run lies now."""
    with writing(database) as connection:
        connection.execute(update(run).where(run.c.id == number).values(file=str(place)))


def plan_of_run(number: int, database: str, path: Path, *, undecided: bool = False) -> Plan:
    """The plan of a run that was held, put into a file."""
    with reading(database) as connection:
        return unpacked(_held(connection, number, undecided=undecided), path)


def _held(connection: Connection, number: int, *, undecided: bool) -> bytes:
    query = select(run.c.state, held_plan.c.plan).outerjoin(held_plan).where(run.c.id == number)
    found = connection.execute(query).one_or_none()
    if found is None or found.plan is None:
        held = connection.scalars(select(run.c.id).where(run.c.state == "held").order_by(run.c.id))
        raise UnknownNameError("held run", str(number), map(str, held))
    if undecided and found.state != "held":
        raise UsageError(f"Run {number} was {found.state} already.", "`dealport runs` lists what is held.")
    content: bytes = found.plan
    return content


def _decide(connection: Connection, number: int, state: str) -> None:
    decided = f"{state} by {user_name()}"
    reason = run.c.reason + f"\n{decided}"
    connection.execute(update(run).where(run.c.id == number).values(state=state, reason=reason))


def _apply(
    plan: Plan, database: str, settings: Settings, number: int | None, file: Path | None, clock: Clock
) -> Imported:
    head, source = plan.head, file or Path(plan.head["file"])
    _require_same(head, database, settings, source)
    options = replace(asked_again(head, clock), approves=number)

    def inspect(connection: Connection, done: Uncommitted) -> None:
        _require_untouched(connection, done.merge, head)
        _require_as_planned(connection, done, plan)
        if number is not None:
            _held(connection, number, undecided=True)
            _decide(connection, number, "approved")

    return import_file(source, database, settings, options, inspect)


def _require_same(head: dict[str, Any], database: str, settings: Settings, source: Path) -> None:
    """Refuse a plan for another database, other settings, or another file."""
    with reading(database) as connection:
        if connection.scalar(select(installation.c.key)) != head["database"]:
            raise RunError("The plan was made for another database.", "Name that one with --db, or plan again.")
    if settings.fingerprint() != head["settings"]:
        raise RunError("The settings have changed since the plan was made.", AGAIN)
    sha256, size = fingerprint(source)
    if sha256 != head["sha256"]:
        why = f"{source} has changed since the plan was made: {size:,} bytes, {head['size']:,} then."
        raise RunError(why, AGAIN)


def _require_untouched(connection: Connection, merge: Merge, head: dict[str, Any]) -> None:
    """Refuse where what is stored and the import touches has another version than when the plan was made."""
    since = datetime.fromisoformat(head["after_moment"]) if head["after_moment"] else None
    if since is None:
        return
    image = HISTORY[merge.entity.table]
    touched = image.c.replaced_by_run_id == merge.run_id, image.c.valid_from > since
    query = select(name_of(image).label("name"), run.c.id, run.c.kind, run.c.file).join(
        run, run.c.recorded_at == image.c.valid_from
    )
    found = connection.execute(query.where(*touched).order_by(image.c.id).limit(SHOWN + 1)).all()
    if found:
        shown = "; ".join(f"'{name}' by run {by} ({file or kind})" for name, by, kind, file in found[:SHOWN])
        more = "; …" if len(found) > SHOWN else ""
        what = "deals" if merge.entity.table is opportunity else merge.entity.noun.several
        raise RunError(f"Stored {what} that the plan changes were changed since: {shown}{more}.", AGAIN)


def _require_as_planned(connection: Connection, done: Uncommitted, plan: Plan) -> None:
    """Refuse where the import does anything else than the plan says."""
    number, problems = done.merge.run_id, done.imported.problems
    if plan.head["reading"]["layout_hash"] != done.imported.reading.layout_hash:
        raise RunError(f"The layout {done.imported.layout} has changed since the plan was made.", AGAIN)
    if digest_of_lines(plan.path) != plan.digest:
        raise RunError(f"The plan's lines do not match its digest: {plan.path} was edited or damaged.", AGAIN)
    with changes(connection, number) as changed:
        if digest_of(changed, problems) == plan.digest:
            return
    since = _runs_since(connection, done.merge, plan.head)
    with changes(connection, number) as changed:
        lines = told(changed, problems, Summary({}))
        pairs = zip_longest(lines_between(plan.path), lines)
        planned, is_now = next(pair for pair in pairs if pair[0] != pair[1])
    why = f"The import would not do what was planned. Planned: {_shown(planned)}. Now: {_shown(is_now)}.{since}"
    raise RunError(why, AGAIN)


def _runs_since(connection: Connection, merge: Merge, head: dict[str, Any]) -> str:
    """The runs that came between a plan and its application."""
    later = run.c.recorded_at < merge.now
    if head["after_moment"]:
        later = and_(later, run.c.recorded_at > datetime.fromisoformat(head["after_moment"]))
    query = select(run.c.id, run.c.kind, run.c.file).where(later).order_by(run.c.id).limit(SHOWN)
    named = [f"{number} ({file or kind})" for number, kind, file in connection.execute(query)]
    return f" Runs since: {', '.join(named)}." if named else ""


def _shown(line: bytes | None) -> str:
    if line is None:
        return "nothing"
    one = json.loads(line)
    if "problem" in one:
        return "row {row}: {why}".format_map(one["problem"])
    what = "add" if "added" in one else "change"
    fields = ", ".join(one.get("changed", one.get("added", {})))
    row = f"row {one['row']}: " if one["row"] else ""
    return f"{row}{what} the {one['table']} '{one['name']}' ({fields})"
