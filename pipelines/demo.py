"""The demonstration: the sample data imported, reported and exported, in a folder of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

from connectors.files import write_pieces
from pipelines.answering import Asked
from pipelines.exporting import export_file
from pipelines.imported import Imported, Options
from pipelines.importing import import_file
from pipelines.rating import import_rates
from pipelines.report_formats import csv, json, table
from pipelines.reporting import build_reports
from schemas.errors import RunError
from schemas.settings import load_settings

DAY = date(2026, 11, 20)
"""The day that the demonstration takes for today, so that it tells the same on any other."""

SAMPLES = ("dealport.toml", "rates.csv", "opportunities.csv", "opportunities_with_problems.csv")
_DATABASE = ("dealport.db", "dealport.db-journal", "dealport.db-wal", "dealport.db-shm")


def demonstrate(folder: Path) -> Iterator[str | Imported]:
    """Import, report and export the sample data, in a folder; tells each step. A second time begins anew."""
    samples = _lay_out(folder)
    database = f"sqlite:///{folder / 'dealport.db'}"
    settings = load_settings(samples / "dealport.toml")
    morning = Options(today=DAY, clock=lambda: datetime(DAY.year, DAY.month, DAY.day, 8, tzinfo=UTC))

    rates = import_rates(samples / "rates.csv", database, settings, clock=morning.clock)
    yield f"1. Exchange rates: {rates.added} from {rates.file}\n"
    yield "2. A file from a CRM"
    yield import_file(samples / "opportunities.csv", database, settings, morning)
    yield "\n3. A file with mistakes: the good rows are stored, the others come back"
    rejects = folder / "rejects.csv"
    source = samples / "opportunities_with_problems.csv"
    yield import_file(source, database, settings, replace(morning, rejects=rejects))

    forecast = build_reports(["forecast"], database, settings, Asked(), DAY)
    yield f"\n4. What the open opportunities will bring\n\n{''.join(table.pieces(forecast))}"
    write_pieces(folder / "forecast.json", json.pieces(forecast))
    by_status = build_reports(["by-status"], database, settings, Asked(), DAY)
    write_pieces(folder / "by-status.csv", csv.pieces(by_status))
    export = folder / "opportunities.csv"
    count = export_file(export, database, settings, layout="orocrm", view="all", today=DAY)
    yield f"5. An export of {count} opportunities, and reports as files\n"
    yield _told(folder)


def _lay_out(folder: Path) -> Path:
    """Put the samples into a folder, and the database of an earlier time away; gives where they lie."""
    samples = folder / "sample_data"
    try:
        samples.mkdir(parents=True, exist_ok=True)
        for name in _DATABASE:
            (folder / name).unlink(missing_ok=True)
        for name in SAMPLES:
            (samples / name).write_bytes(files("sample_data").joinpath(name).read_bytes())
    except OSError as fault:
        why = f"{folder} cannot be written: {fault.strerror}."
        raise RunError(why, "Name a folder you may write to, such as: dealport demo my-folder") from fault
    return samples


def _told(folder: Path) -> str:
    """Where everything lies, and what to try next."""
    about = {
        "dealport.db": "the database, an SQLite file",
        "opportunities.csv": "the export; import it again: nothing changes",
        "forecast.json": "the report above",
        "by-status.csv": "the report by-status",
        "rejects.csv": "the rows that came back, each with what to fix",
        "sample_data": "what was imported, with rates and settings",
    }
    lines = [f"  {folder / name}\n      {what}" for name, what in about.items()]
    next_ = f"  dealport report won-by-period --db {folder / 'dealport.db'} \\"
    config = f"      --config {folder / 'sample_data' / 'dealport.toml'} --today {DAY}"
    return "\n".join([*lines, "", "Try next:", next_, config])
