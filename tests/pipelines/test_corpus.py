"""Files with one trap each: tests/texts, tests/values and tests/sheets, with what becomes of each beside it."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import RunError
from schemas.raw import ReadAs
from schemas.reading import Ways
from tests.corpus import beside, files, import_alone, name_of, require_rows_and_problems, told_of

FILES = [path for folder in ("texts", "values", "sheets") for path in files(folder)]
STOPPED = [path for path in FILES if beside(path, ".stops.txt").exists()]
IMPORTED = [path for path in FILES if beside(path, ".rows.csv").exists()]
SETTLED_BY: dict[str, dict[str, Any]] = {
    "dates-of-either-order": {"ways": Ways(dates="dmy")},
    "one-day-against-the-layout": {"ways": Ways(dates="dmy")},
    "decimals-of-either-kind": {"ways": Ways(decimal=".")},
    "one-comma-against-the-layout": {"ways": Ways(decimal=",")},
    "fraction-or-percent": {"ways": Ways(probability="fraction")},
    "fractions-without-percent": {"ways": Ways(probability="fraction")},
    "encoding-open": {"how": ReadAs(encoding="windows-1254")},
}
"""The options that settle what a file leaves open."""


def test_every_file_has_its_outcome_and_every_outcome_its_file() -> None:
    assert len(FILES) >= 60
    assert {*STOPPED, *IMPORTED} == set(FILES)
    assert {name_of(path) for path in {*STOPPED} & {*IMPORTED}} == set(SETTLED_BY)
    assert [path for path in IMPORTED if not beside(path, ".problems.csv").exists()] == []
    for folder in {path.parent for path in FILES}:
        there = {path.name.partition(".")[0] for path in folder.iterdir()} - {""}
        assert there == {name_of(path) for path in FILES if path.parent == folder}


@pytest.mark.parametrize("path", IMPORTED, ids=lambda path: path.name)
def test_a_file_becomes_the_rows_and_problems_beside_it_once(path: Path, sqlite: str, tmp_path: Path) -> None:
    settled = SETTLED_BY.get(name_of(path), {})
    imported = import_alone(path, sqlite, tmp_path, **settled)
    require_rows_and_problems(path, sqlite, imported)
    telling = beside(path, ".told.txt")
    assert told_of(imported) == (telling.read_text(encoding="utf-8") if telling.exists() else "")
    again = import_alone(path, sqlite, tmp_path, **settled)
    assert (again.added, again.updated, again.unchanged) == (0, 0, imported.added)


@pytest.mark.parametrize("path", STOPPED, ids=lambda path: path.name)
def test_a_file_that_leaves_something_open_stops_the_run(path: Path, sqlite: str, tmp_path: Path) -> None:
    with pytest.raises(RunError) as stopped:
        import_alone(path, sqlite, tmp_path)
    why = stopped.value.why.replace(str(path), path.name)
    assert why == beside(path, ".stops.txt").read_text(encoding="utf-8").removesuffix("\n")
    assert stopped.value.fix
