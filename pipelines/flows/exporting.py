"""The flow that writes a view to files."""

from datetime import date
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from connectors.databases import database_named
from pipelines.exporting import Wanted
from pipelines.exports.wanted import own_view, split_names
from pipelines.flows.forms import KnownLayout, LayoutFile, View, settings_of
from pipelines.flows.tasks import export_task
from pipelines.markdown import escaped
from schemas.clock import utc_now
from schemas.known import read_as_of
from schemas.layout_files import load_layout
from schemas.views import View as SettingsView


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
    settings, when = settings_of(config), read_as_of(as_of, utc_now(), effective=effective)
    day = when.today(today)
    own = own_view(view, settings)
    layout = layout or (own or SettingsView("")).written_as
    named = split_names(columns) if columns else ()
    shown = where or None, named, sort or None, limit, split_rows, currency or None
    wanted = Wanted(layout, day, view, when, for_editing, *shown)
    done = export_task(Path(target), database_named(database), settings, wanted)
    several, files = load_layout(layout).noun.several, ", ".join(map(str, done.files))
    said = f"{escaped(files)}: {done.rows} {several}, view {view}, layout {escaped(layout)}"
    create_markdown_artifact(f"{said}, as of {when.told(day)}", key="export")
    return done.rows
