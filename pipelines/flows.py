"""Prefect flows: the use cases with a form to fill in, a schedule, retries, and what became of each run.

Annotations stay real objects here, never text: served flows cannot read a form out of text.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

from prefect import Task, flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run
from prefect.input import RunInput
from pydantic import WithJsonSchema

from connectors.files import write_pieces
from pipelines import answering, checking, exporting, importing, planning, report_modules, reporting
from pipelines.exports.wanted import own_view, split_names
from pipelines.imported import Imported, Options
from pipelines.inbox import Taken, new_files, open_inbox, require_all_taken, take_in
from pipelines.markdown import as_markdown, escaped
from pipelines.plan.holding import HeldError
from pipelines.plan_reports.text import pieces as plan_as_text
from pipelines.questions.dimensions import DIMENSIONS
from pipelines.questions.question import Period
from schemas.clock import utc_now
from schemas.errors import RunError, UnreachableDatabaseError
from schemas.features import layouts_on, settings_here
from schemas.known import read_as_of
from schemas.layout import load_layout
from schemas.raw import ReadAs
from schemas.reading import Ways
from schemas.settings import Settings, load_settings
from schemas.views import View as SettingsView

P = ParamSpec("P")
R = TypeVar("R")

POLL_SECONDS = 10
RETRY_DELAY_SECONDS = [10.0, 60.0, 300.0]


def _choice(kind: str, names: Iterable[str]) -> WithJsonSchema:
    """A drop-down in Prefect's form; what is not among the names is refused when a run is asked for."""
    return WithJsonSchema({"type": "string", "title": kind, "enum": list(names)})


Mode = Literal["upsert", "insert", "update"]
SnapshotPolicy = Literal["keep", "close-lost", "mark-missing"] | None
Duplicates = Literal["equal", "last"]
Dates = Literal["dmy", "mdy", "ymd"] | None
Decimals = Literal[".", ","] | None
Probabilities = Literal["percent", "fraction"] | None
HERE = settings_here()
"""The settings of the folder in which the flows are served: what they switch off is in no drop-down."""
KnownLayout = Annotated[str, _choice("Known layout", layouts_on(HERE))]
LayoutFile = Annotated[str, WithJsonSchema({"type": "string", "title": "Layout file", "pattern": r"\.toml$"})]
View = Annotated[str, _choice("View", [*exporting.VIEWS, *(view.name for view in HERE.views)])]
Dimension = Annotated[str, _choice("Dimension", DIMENSIONS)]
Report = Annotated[str, _choice("Report", [*report_modules.report_names(HERE), *report_modules.bundle_names(HERE)])]
ReportFormat = Annotated[str, _choice("Report format", reporting.format_names())]


def database_failed(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a task is worth another try: the database was locked or out of reach."""
    return isinstance(state.result(raise_on_failure=False), UnreachableDatabaseError)


def _task(name: str, use_case: Callable[P, R]) -> Task[P, R]:
    # never cached: a use case reads files and a database that may have changed
    return task(
        name=name,
        retries=len(RETRY_DELAY_SECONDS),
        retry_delay_seconds=RETRY_DELAY_SECONDS,
        retry_condition_fn=database_failed,
        cache_policy=NO_CACHE,
    )(use_case)


import_task = _task("import-file", importing.import_file)
approve_task = _task("approve-run", planning.approve_run)
check_task = _task("check-file", checking.check_file)
export_task = _task("export-view", exporting.export)
report_task = _task("run-report", reporting.build_reports)


@flow(name="import-file")
def import_file(  # noqa: PLR0913, PLR0917 -- each parameter is a field of Prefect's form
    source: str,
    database: str | None = None,
    config: str | None = None,
    layout: KnownLayout | LayoutFile | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    sheet: str | None = None,
    dates: Dates = None,
    decimal: Decimals = None,
    probability: Probabilities = None,
    mode: Mode = "upsert",
    duplicates: Duplicates = "equal",
    rejects: str | None = None,
    max_rejects: str | None = None,
    snapshot: SnapshotPolicy = None,
    dry_run: bool = False,
    approval_hours: float = 24,
) -> Imported:
    """Store every good row of a file; hand every other back in the reject file.

    An import that the circuit breaker holds waits for a person, who sees its plan: resume the run with approve, or
    without.

    Args:
        source: Path of the CSV or XLSX file, also packed (.gz, .zip).
        database: URL of the database. Without one DEALPORT_DATABASE_URL counts, else dealport.db.
        config: Path of the settings. Without one dealport.toml in the working folder counts, if it is there.
        layout: How the file is laid out. Without one it is recognised.
        encoding: Of a text file, such as windows-1252. Without one it is found out.
        delimiter: Of a text file: a character, or comma, semicolon, tab or pipe. Without one it is found out.
        header_row: The row that holds the headers. Without one it is found out.
        sheet: The sheet of a workbook. Without one it is found out.
        dates: Order of day, month and year in a column such as 03/04/2026. Without one the column has to tell.
        decimal: Decimal mark in a column such as 1,234. Without one the column has to tell.
        probability: What 0.4 means where no probability is above 1. Without one the layout has to tell.
        mode: upsert adds and updates, insert only adds, update only updates.
        duplicates: An opportunity twice in the file: refuse copies that differ (equal), or take the last.
        rejects: Path of the reject file. Without one it lies beside the source.
        max_rejects: Store nothing when more rows are rejected: a number such as 10, or a share such as 5%.
        snapshot: The file holds all deals of its source: what becomes of stored ones that it lacks.
        dry_run: Say what would happen, and store nothing.
        approval_hours: How long a held import waits for a decision. Then, or at once with 0, it fails and stays held.
    """
    options = Options(
        layout=layout,
        mode=mode,
        duplicates=duplicates,
        rejects=_path(rejects),
        max_rejects=max_rejects,
        snapshot=snapshot,
        dry_run=dry_run,
        how=ReadAs(sheet, encoding, delimiter, header_row),
        ways=Ways(dates or "", decimal or "", probability or ""),
    )
    settings = load_settings(_path(config))
    try:
        imported = import_task(Path(source), _database(database), settings, options)
    except HeldError as held:
        imported = _decided(held, _database(database), settings, approval_hours)
    _show("import", [Taken(imported.file, imported.file, imported)])
    return imported


class Decision(RunInput):
    """What becomes of a held import."""

    approve: bool = False


def _decided(held: HeldError, database: str, settings: Settings, hours: float) -> Imported:
    """Show the plan of a held import, wait for a person, and do what they decide."""
    with TemporaryDirectory(prefix="dealport-plan-") as folder:
        plan = "".join(plan_as_text(planning.plan_of_run(held.run, database, Path(folder) / "plan")))
    told = f"{escaped(held.why)}\n\n```text\n{plan}```"
    create_markdown_artifact(told, key="held-import", description=f"The plan of run {held.run}, which is held")
    if not hours:
        raise held
    try:
        decision = pause_flow_run(Decision, timeout=round(hours * 3600), poll_interval=POLL_SECONDS)
    except FlowPauseTimeout:
        raise held from None
    if decision.approve:
        return approve_task(held.run, database, settings)
    planning.refuse_run(held.run, database)
    raise RunError(f"Run {held.run} was refused: nothing was stored.", "Correct the file and import it again.")


@flow(name="import-inbox")
def import_inbox(  # noqa: PLR0913, PLR0917 -- each parameter is a field of Prefect's form
    inbox: str,
    archive: str | None = None,
    rejected: str | None = None,
    database: str | None = None,
    config: str | None = None,
    layout: KnownLayout | LayoutFile | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    dates: Dates = None,
    decimal: Decimals = None,
    probability: Probabilities = None,
    mode: Mode = "upsert",
    duplicates: Duplicates = "equal",
    max_rejects: str | None = None,
    quiet_seconds: float = 5,
) -> list[Taken]:
    """Import every new file of a folder and file it away; one that cannot be imported stops no other.

    Args:
        inbox: Path of the folder; its CSV and XLSX files, packed ones too, are imported in the order of their names.
        archive: Path of the folder for files without rejected rows. Without one: archive in the inbox.
        rejected: Path of the folder for all others, with what to fix. Without one: rejected in the inbox.
        database: URL of the database. Without one DEALPORT_DATABASE_URL counts, else dealport.db.
        config: Path of the settings. Without one dealport.toml in the working folder counts, if it is there.
        layout: How the files are laid out. Without one it is recognised, file by file.
        encoding: Of the text files, such as windows-1252. Without one it is found out, file by file.
        delimiter: Of the text files: a character, or comma, semicolon, tab or pipe. Without one it is found out.
        dates: Order of day, month and year in columns such as 03/04/2026. Without one the column has to tell.
        decimal: Decimal mark in columns such as 1,234. Without one the column has to tell.
        probability: What 0.4 means where no probability is above 1. Without one the layout has to tell.
        mode: upsert adds and updates, insert only adds, update only updates.
        duplicates: An opportunity twice in one file: refuse copies that differ (equal), or take the last.
        max_rejects: Refuse a file with more rejected rows: a number such as 10, or a share such as 5%.
        quiet_seconds: Leave a file for the next run when it was written less than this many seconds ago.
    """
    settings, folders = load_settings(_path(config)), open_inbox(Path(inbox), _path(archive), _path(rejected))
    options = Options(
        layout=layout,
        mode=mode,
        duplicates=duplicates,
        max_rejects=max_rejects,
        how=ReadAs(encoding=encoding, delimiter=delimiter),
        ways=Ways(dates or "", decimal or "", probability or ""),
    )

    def import_one(source: Path, rejects: Path) -> Imported:
        return import_task(source, _database(database), settings, replace(options, rejects=rejects))

    taken: list[Taken] = []
    try:
        for source in new_files(folders, quiet_seconds):
            taken.append(take_in(folders, source, import_one))
            if taken[-1].held:
                planning.move_held(taken[-1].held, taken[-1].place, _database(database))
    finally:
        _show("import", taken)
    require_all_taken(taken)
    return taken


@flow(name="check-file")
def check_file(  # noqa: PLR0913, PLR0917 -- each parameter is a field of Prefect's form
    source: str,
    config: str | None = None,
    layout: KnownLayout | LayoutFile | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    sheet: str | None = None,
    dates: Dates = None,
    decimal: Decimals = None,
    probability: Probabilities = None,
    duplicates: Duplicates = "equal",
    rejects: str | None = None,
    max_rejects: str | None = None,
) -> Imported:
    """Judge every row of a file without a database; nothing is stored.

    Args:
        source: Path of the CSV or XLSX file, also packed (.gz, .zip).
        config: Path of the settings. Without one dealport.toml in the working folder counts, if it is there.
        layout: How the file is laid out. Without one it is recognised.
        encoding: Of a text file, such as windows-1252. Without one it is found out.
        delimiter: Of a text file: a character, or comma, semicolon, tab or pipe. Without one it is found out.
        header_row: The row that holds the headers. Without one it is found out.
        sheet: The sheet of a workbook. Without one it is found out.
        dates: Order of day, month and year in a column such as 03/04/2026. Without one the column has to tell.
        decimal: Decimal mark in a column such as 1,234. Without one the column has to tell.
        probability: What 0.4 means where no probability is above 1. Without one the layout has to tell.
        duplicates: An opportunity twice in the file: refuse copies that differ (equal), or take the last.
        rejects: Path of a reject file to write. Without one none is written.
        max_rejects: Fail when more rows are rejected: a number such as 10, or a share such as 5%.
    """
    options = Options(
        layout=layout,
        duplicates=duplicates,
        rejects=_path(rejects),
        max_rejects=max_rejects,
        how=ReadAs(sheet, encoding, delimiter, header_row),
        ways=Ways(dates or "", decimal or "", probability or ""),
    )
    checked = check_task(Path(source), load_settings(_path(config)), options)
    _show("check", [Taken(checked.file, checked.file, checked)])
    return checked


@flow(name="export-view")
def export_view(  # noqa: PLR0913, PLR0917 -- each parameter is a field of Prefect's form
    target: str,
    view: View = "all",
    layout: KnownLayout | LayoutFile | None = None,
    database: str | None = None,
    config: str | None = None,
    today: date | None = None,
    as_of: str | None = None,
    effective: bool = False,
    for_editing: bool = False,
    where: str | None = None,
    columns: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    split_rows: int | None = None,
    currency: str | None = None,
) -> int:
    """Write the rows of a view to a file, or to several, and give their number.

    Args:
        target: Path of the file to write: .csv, .xlsx, .jsonl or .parquet; one that is there is replaced.
        view: Which opportunities: all, open, overdue or recently-closed; or a view of the settings.
        layout: How the file is laid out. Without one that of the view, else OroCRM's.
        database: URL of the database. Without one DEALPORT_DATABASE_URL counts, else dealport.db.
        config: Path of the settings. Without one dealport.toml in the working folder counts, if it is there.
        today: The day to take for today. Without one that of as_of, else today, in UTC.
        as_of: As known until the end of a past day (2026-11-20) or at a moment (2026-11-20T08:00+01:00), else in UTC.
        effective: As it was at that moment by what is known today.
        for_editing: Add a column that tells rows which changed here before the file comes back.
        where: Only rows that meet a condition, such as owner = 'user07' and budget_amount > 10000.
        columns: Fields or headers of the layout, in their order, separated by commas. Without any all of them.
        sort: Fields, each rising or falling, such as close_date desc, name. Without any the order of the view.
        limit: Only so many of the first rows.
        split_rows: Several files of so many rows: deals-1.csv, deals-2.csv and so on.
        currency: Code of the currency to convert amounts into. Without one each is in its own.
    """
    settings, when = load_settings(_path(config)), read_as_of(as_of, utc_now(), effective=effective)
    day = today or when.day() or utc_now().date()
    own = own_view(view, settings)
    layout = layout or (own or SettingsView("")).written_as
    named = split_names(columns) if columns else ()
    shown = where or None, named, sort or None, limit, split_rows, currency or None
    wanted = exporting.Wanted(layout, day, view, when, for_editing, *shown)
    done = export_task(Path(target), _database(database), settings, wanted)
    several, files = load_layout(layout).noun.several, ", ".join(map(str, done.files))
    said = f"{escaped(files)}: {done.rows} {several}, view {view}, layout {escaped(layout)}"
    create_markdown_artifact(f"{said}, as of {when.told(day)}", key="export")
    return done.rows


@flow(name="run-report")
def run_report(  # noqa: PLR0913, PLR0917 -- each parameter is a field of Prefect's form
    report: Report,
    target: str | None = None,
    output_format: ReportFormat = "csv",
    currency: str | None = None,
    start: date | None = None,
    end: date | None = None,
    period: Period | None = None,
    account: str | None = None,
    by: Dimension | None = None,
    since: str | None = None,
    database: str | None = None,
    config: str | None = None,
    today: date | None = None,
    as_of: str | None = None,
    effective: bool = False,
    where: str | None = None,
    reach: Decimal | None = None,
) -> str:
    """Answer a question about what is stored: as text, or in a file as a workbook or a page.

    Args:
        report: Which question; pipeline is several, and as html the page with every deal.
        target: Path of a file to write the answer to. Without one it is only shown; xlsx needs one.
        output_format: How the answer is written.
        currency: Code of the currency of the amounts. Without one the base currency.
        start: First close date.
        end: Last close date.
        period: Of won-by-period: what the answer is grouped by. Without one months.
        account: Of customer-history: the account or business customer. Without one all of them.
        by: What the answer is grouped by, of the reports that can be grouped.
        since: The past day or moment to compare with, of the reports that compare.
        database: URL of the database. Without one DEALPORT_DATABASE_URL counts, else dealport.db.
        config: Path of the settings. Without one dealport.toml in the working folder counts, if it is there.
        today: The day to take for today, also for exchange rates. Without one that of as_of, else today, in UTC.
        as_of: As known until the end of a past day (2026-11-20) or at a moment (2026-11-20T08:00+01:00), else in UTC.
        effective: As it was at that moment by what is known today.
        where: Only rows that meet a condition, such as owner = 'user07' and budget_amount > 10000.
        reach: Of range: the amount whose chance to be reached is asked for, such as 250000.
    """
    settings, when = load_settings(_path(config)), read_as_of(as_of, utc_now(), effective=effective)
    day = today or when.day() or utc_now().date()
    if target is None:
        reporting.require_text(output_format, "Name a target, a file to write it to.")
    words: dict[str, Any] = {"by": by, "since": read_as_of(since, utc_now()), "where": where or None, "target": reach}
    asked = answering.Asked(currency, start, end, period, when, account, **words)
    found = report_task([report], _database(database), settings, asked, day, output_format)
    pieces = list(reporting.written(found, output_format))
    if target is not None:
        write_pieces(Path(target), pieces)
    for answer in found.answers:
        every = (*answer.rows, *([answer.total] if answer.total else []))
        lines = [{column.heading: str(line.get(column.key, "")) for column in answer.columns} for line in every]
        told = f"{answer.title} Amounts in {answer.currency}, as of {answer.when.told(day)}; the last line is the total"
        create_table_artifact(lines, key=f"report-{answer.report}", description=told)
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _database(url: str | None) -> str:
    return url or os.environ.get("DEALPORT_DATABASE_URL") or "sqlite:///dealport.db"


def _show(key: str, taken: Sequence[Taken]) -> None:
    """Put what became of files, and the first problems, where Prefect shows them with the run."""
    if taken:
        create_markdown_artifact(as_markdown(taken), key=key)
