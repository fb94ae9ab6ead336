"""The flow that empties an inbox."""

from dataclasses import replace
from pathlib import Path

from prefect import flow

from connectors.databases import database_named
from pipelines import planning
from pipelines.flows.forms import Dates, Decimals, KnownLayout, LayoutFile, Probabilities, path_of, settings_of
from pipelines.flows.showing import show_files
from pipelines.flows.tasks import import_task
from pipelines.imported import Duplicates, Imported, Mode, Options
from pipelines.inbox import Taken, new_files, open_inbox, require_all_taken, take_in
from schemas.raw import ReadAs
from schemas.reading import Ways


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
    settings, folders = settings_of(config), open_inbox(Path(inbox), path_of(archive), path_of(rejected))
    options = Options(
        layout=layout,
        mode=mode,
        duplicates=duplicates,
        max_rejects=max_rejects,
        how=ReadAs(encoding=encoding, delimiter=delimiter),
        ways=Ways(dates or "", decimal or "", probability or ""),
    )

    def import_one(source: Path, rejects: Path) -> Imported:
        return import_task(source, database_named(database), settings, replace(options, rejects=rejects))

    taken: list[Taken] = []
    try:
        for source in new_files(folders, quiet_seconds):
            taken.append(take_in(folders, source, import_one))
            if taken[-1].held:
                planning.move_held(taken[-1].held, taken[-1].place, database_named(database))
    finally:
        show_files("import", taken)
    require_all_taken(taken)
    return taken
