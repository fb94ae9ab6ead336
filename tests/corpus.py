"""The corpus: files of every kind, each with what becomes of it beside it.

NAME.rows.csv holds the stored rows, NAME.problems.csv the problems, NAME.told.txt what a summary tells of the reading,
NAME.stops.txt why the run stops. Where a file has rows and stops, an option settles what it leaves open.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.imported import Imported
from pipelines.importing import import_file
from schemas.layout_files import load_layout
from schemas.settings import Settings
from tests.build import kept, options, read_csv, told

SETTINGS = Settings(
    currencies=("USD", "EUR", "PEN", "CHF", "GBP", "INR", "SEK", "NOK"),
    rules_off=frozenset({"unknown_close_reason", "missing_account"}),
)
BESIDE = (".rows.csv", ".problems.csv", ".told.txt", ".stops.txt")


def files(folder: str) -> list[Path]:
    """The files of a folder of tests/ that are to be imported."""
    every = sorted((Path(__file__).parent / folder).iterdir())
    return [path for path in every if not path.name.startswith(".") and not path.name.endswith(BESIDE)]


def name_of(path: Path) -> str:
    """The name that a file shares with what stands beside it."""
    return path.name.partition(".")[0]


def beside(path: Path, suffix: str) -> Path:
    """What stands beside a file, such as its .rows.csv."""
    return path.with_name(f"{name_of(path)}{suffix}")


def import_alone(path: Path, database: str, folder: Path, **changed: Any) -> Imported:
    """Import a file by the layout that is recognised; its rejected rows go to a folder."""
    rejects = folder / f"rejects{path.suffix if path.suffix in {'.csv', '.xlsx'} else '.csv'}"
    how = options(layout=None, rejects=rejects, needs_rates=False, **changed)
    return import_file(path, database, SETTINGS, how)


def require_rows_and_problems(path: Path, database: str, imported: Imported) -> None:
    """Fail unless the stored rows and the problems are those beside the file."""
    problems = read_csv(beside(path, ".problems.csv"))
    assert told(imported) == [(int(p["row"]), p["header"], p["code"]) for p in problems]
    columns = beside(path, ".rows.csv").read_text(encoding="utf-8").partition("\n")[0].split(",")
    entity = load_layout(imported.layout).entity
    rows = [{column: _shown(column, row[column]) for column in row} for row in kept(database, entity, *columns)]
    assert rows == read_csv(beside(path, ".rows.csv"))
    assert imported.balanced


def told_of(imported: Imported) -> str:
    """What a summary tells of how a file was read: what was found out, decided and left out, a line for each."""
    reading = imported.reading
    found = (f"{what} {value}" for what, value in reading.found.items())
    return "".join(f"{line}\n" for line in (*found, *reading.decisions, *reading.notes))


def _shown(column: str, value: Any) -> str:
    """A stored value as the corpus writes it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = f"{value * 100 if column == 'probability' else value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value).removesuffix("+00:00")
