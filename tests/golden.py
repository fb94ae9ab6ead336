"""Writes the expected outputs in sample_data/ anew: `python -m tests.golden`. Read the diff before you commit it."""

import csv
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors.files import write_table
from pipelines.demo import DAY
from pipelines.importing import Imported, Options, import_file
from pipelines.rating import import_rates
from schemas.settings import Settings, load_settings

SAMPLES = Path(__file__).parent.parent / "sample_data"
CLEAN = SAMPLES / "opportunities.csv"
WORKBOOK = SAMPLES / "opportunities.xlsx"
PROBLEMS = SAMPLES / "opportunities_with_problems.csv"
EXPECTED_REJECTS = SAMPLES / "opportunities_with_problems.expected.csv"


def sample_settings() -> Settings:
    """The settings of the sample data."""
    return load_settings(SAMPLES / "dealport.toml")


def sample_options(rejects: Path) -> Options:
    """The day of the demonstration, at eight in the morning."""
    return Options(rejects=rejects, today=DAY, clock=lambda: datetime(2026, 11, 20, 8, tzinfo=UTC))


def import_sample(source: Path, database: str, rejects: Path, **changed: str) -> Imported:
    """Import a file as the demonstration does."""
    options = replace(sample_options(rejects), **changed)  # type: ignore[arg-type]  # mypy cannot see the names
    return import_file(source, database, sample_settings(), options)


def sample_database(folder: Path) -> str:
    """The URL of a new SQLite file in a folder that holds the sample rates and the clean file."""
    database = f"sqlite:///{folder / 'samples.db'}"
    import_rates(SAMPLES / "rates.csv", database, sample_settings())
    import_sample(CLEAN, database, folder / "none.csv")
    return database


def write_workbook(target: Path) -> None:
    """Write the rows of the clean file as a workbook."""
    with CLEAN.open(encoding="utf-8", newline="") as file:
        headers, *lines = csv.reader(file)
    write_table(target, headers, lines)


def write_expected_rejects(target: Path) -> None:
    """Write what comes back of the file with problems once the clean file is stored."""
    with TemporaryDirectory() as folder:
        import_sample(PROBLEMS, sample_database(Path(folder)), target)


def main() -> None:
    """Write every expected output."""
    for write, target in ((write_workbook, WORKBOOK), (write_expected_rejects, EXPECTED_REJECTS)):
        before = target.read_bytes() if target.exists() else None
        write(target)
        said = "unchanged" if target.read_bytes() == before else "written anew"
        sys.stdout.write(f"sample_data/{target.name}: {said}\n")


if __name__ == "__main__":
    main()
