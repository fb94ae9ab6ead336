"""Every layout on files in the real dialect of its system: tests/layouts/NAME.csv or .xlsx, with what becomes of it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.exporting import export_file
from pipelines.importing import import_file
from pipelines.judging import open_file
from schemas.errors import UsageError
from schemas.layout import layout_names
from schemas.raw import ReadAs
from schemas.settings import Settings
from tests.build import TODAY, options, read_csv, stored, told

CORPUS = Path(__file__).parent.parent / "layouts"
FILES = sorted(
    path for path in CORPUS.iterdir() if path.suffix in {".csv", ".xlsx"} and path.stem.partition(".")[2] == ""
)
LAYOUT_OF = {
    "orocrm-documentation": "orocrm",
    "hubspot-crm-exports-negocios-2026-11-20": "hubspot",
    "pipedrive-without-prefix": "pipedrive",
    "pipedrive-without-stage": "pipedrive",
    "dynamics-without-phase": "dynamics",
    "salesforce-report-ids": "salesforce-report",
    "salesforce-report-details": "salesforce-report",
    "zoho-potentials": "zoho",
    "zoho-bigin": "zoho",
    "odoo-technical": "odoo",
    "espocrm-labels": "espocrm",
}
"""The layout of a file where it is not its name."""
SETTINGS = Settings(currencies=("USD", "EUR", "PEN"), rules_off=frozenset({"unknown_close_reason", "missing_account"}))


def shown(column: str, value: Any) -> str:
    """A stored value as the corpus writes it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = f"{value * 100 if column == 'probability' else value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value).removesuffix("+00:00")


def test_every_layout_has_a_file() -> None:
    assert sorted({LAYOUT_OF.get(path.stem, path.stem) for path in FILES}) == layout_names()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_recognised(path: Path) -> None:
    raw, recognised = open_file(path, None, ReadAs())
    assert recognised.mapping.layout.name == LAYOUT_OF.get(path.stem, path.stem)
    assert recognised.because.startswith("it has ")
    assert sum(len(batch.row) for batch in raw.batches) >= 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_becomes_the_rows_and_problems_beside_it(path: Path, sqlite: str, tmp_path: Path) -> None:
    how = options(layout=None, rejects=tmp_path / f"rejects{path.suffix}", needs_rates=False)
    imported = import_file(path, sqlite, SETTINGS, how)
    assert imported.layout == LAYOUT_OF.get(path.stem, path.stem)
    assert imported.unknown_headers == (() if path.stem != "pipedrive" else ("Region",))
    problems = read_csv(path.with_name(f"{path.stem}.problems.csv"))
    assert told(imported) == [(int(p["row"]), p["header"], p["code"]) for p in problems]
    rows = read_csv(path.with_name(f"{path.stem}.rows.csv"))
    kept = stored(sqlite, *rows[0])
    assert [{column: shown(column, row[column]) for column in row} for row in kept] == rows


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_same_file_again_changes_nothing(path: Path, sqlite: str, tmp_path: Path) -> None:
    how = options(layout=None, rejects=tmp_path / f"rejects{path.suffix}", needs_rates=False)
    first, again = (import_file(path, sqlite, SETTINGS, how) for _ in range(2))
    assert (again.added, again.updated, again.unchanged) == (0, 0, first.added)


def test_an_export_in_a_layout_that_could_not_bring_the_status_back_is_refused(sqlite: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        export_file(tmp_path / "out.csv", sqlite, SETTINGS, layout="pipedrive", view="all", today=TODAY)
    assert caught.value.why.startswith("Layout 'pipedrive' can be read, not written: it tells the status by rules")
    assert not (tmp_path / "out.csv").exists()
