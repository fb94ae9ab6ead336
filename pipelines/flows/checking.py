"""The flow that judges a file without a database."""

from pathlib import Path

from prefect import flow

from pipelines.flows.forms import Dates, Decimals, KnownLayout, LayoutFile, Probabilities, path_of, settings_of
from pipelines.flows.showing import show_files
from pipelines.flows.tasks import check_task
from pipelines.imported import Duplicates, Imported, Options
from pipelines.inbox import Taken
from schemas.raw import ReadAs
from schemas.reading import Ways


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
        rejects=path_of(rejects),
        max_rejects=max_rejects,
        how=ReadAs(sheet, encoding, delimiter, header_row),
        ways=Ways(dates or "", decimal or "", probability or ""),
    )
    checked = check_task(Path(source), settings_of(config), options)
    show_files("check", [Taken(checked.file, checked.file, checked)])
    return checked
