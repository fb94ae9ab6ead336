"""The flow that imports one file."""

from pathlib import Path

from prefect import flow

from connectors.databases import database_named
from pipelines.flows.forms import Dates, Decimals, KnownLayout, LayoutFile, Probabilities, path_of, settings_of
from pipelines.flows.holding import decided
from pipelines.flows.showing import show_files
from pipelines.flows.tasks import import_task
from pipelines.imported import Duplicates, Imported, Mode, Options, Snapshot
from pipelines.inbox import Taken
from pipelines.plan.holding import HeldError
from schemas.raw import ReadAs
from schemas.reading import Ways


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
    snapshot: Snapshot | None = None,
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
        rejects=path_of(rejects),
        max_rejects=max_rejects,
        snapshot=snapshot,
        dry_run=dry_run,
        how=ReadAs(sheet, encoding, delimiter, header_row),
        ways=Ways(dates or "", decimal or "", probability or ""),
    )
    settings = settings_of(config)
    try:
        imported = import_task(Path(source), database_named(database), settings, options)
    except HeldError as held:
        imported = decided(held, database_named(database), settings, approval_hours)
    show_files("import", [Taken(imported.file, imported.file, imported)])
    return imported
