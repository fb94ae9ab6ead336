"""Every layout on files in the real dialect of its system: tests/layouts/NAME.csv or .xlsx, with what becomes of it."""

from pathlib import Path

import pytest

from pipelines.exporting import export_file
from pipelines.importing import import_file
from pipelines.judging import open_file
from schemas.layout_files import layout_names
from schemas.raw import ReadAs
from tests.build import TODAY, options, stored
from tests.corpus import SETTINGS, files, import_alone, require_rows_and_problems

FILES = files("layouts")
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
CHOSEN = {"stage", "run_id", "valid_from"}
"""What changes of a deal whose stage an export had to choose."""


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
    imported = import_alone(path, sqlite, tmp_path)
    assert imported.layout == LAYOUT_OF.get(path.stem, path.stem)
    assert imported.unknown_headers == (() if path.stem != "pipedrive" else ("Region",))
    require_rows_and_problems(path, sqlite, imported)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_same_file_again_changes_nothing(path: Path, sqlite: str, tmp_path: Path) -> None:
    first, again = (import_alone(path, sqlite, tmp_path) for _ in range(2))
    assert (again.added, again.updated, again.unchanged) == (0, 0, first.added)


def test_values_per_month_of_close_can_be_left_out_by_a_layout_of_ones_own(sqlite: str, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "layouts.md").read_text(encoding="utf-8")
    own = page.partition('extends = "close"')[2].partition("```")[0]
    (tmp_path / "own.toml").write_text(f'title = "Own"\nextends = "close"{own}', encoding="utf-8")
    close = next(path for path in FILES if path.stem == "close")
    how = options(layout=str(tmp_path / "own.toml"))
    imported = import_file(close, sqlite, SETTINGS, how)
    assert imported.reading.notes == ("1 row marked by 'value_period' was left out",)
    assert [row["source_id"] for row in stored(sqlite, "source_id")] == ["oppo_1", "oppo_2", "oppo_4"]
    assert {row["source"] for row in stored(sqlite, "source")} == {"close"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_came_in_a_layout_goes_out_in_it_and_changes_nothing(path: Path, sqlite: str, tmp_path: Path) -> None:
    layout = import_alone(path, sqlite, tmp_path).layout
    before = stored(sqlite)
    export_file(tmp_path / "out.csv", sqlite, SETTINGS, layout=layout, view="all", today=TODAY)
    again = import_file(tmp_path / "out.csv", sqlite, SETTINGS, options(layout=layout, needs_rates=False))
    # without a column for the stage, an open deal is at the first one
    chosen = 1 if path.stem == "pipedrive-without-stage" else 0
    assert (again.added, again.updated, again.rejected) == (0, chosen, 0)
    kept = [{field: value for field, value in row.items() if field not in CHOSEN} for row in before]
    assert [{field: row[field] for field in kept[0]} for row in stored(sqlite)] == kept
