from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files import write_table
from connectors.texts.places import cell_places
from schemas.raw import ReadAs


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deals.csv"


def places(
    path: Path, text: str, *cells: tuple[int, int], written: str = "utf-8", **how: Any
) -> list[tuple[int, int] | None]:
    path.write_bytes(text.encode(written))
    wanted: dict[int, set[int]] = {}
    for row, column in cells:
        wanted.setdefault(row, set()).add(column)
    found = cell_places(path, ReadAs(**how), wanted)
    return [found.get(cell) for cell in cells]


def test_a_cell_is_placed_at_its_line_and_character(path: Path) -> None:
    assert places(path, "a,b,c\n1,22,333\n", (2, 1), (2, 2), (2, 3)) == [(2, 1), (2, 3), (2, 6)]


def test_line_breaks_in_cells_shift_the_lines_and_not_the_rows(path: Path) -> None:
    text = 'a,b\n"x\ny",1\n\n2,"p\r\nq\nr",z\n3,4\n'
    assert places(path, text, (2, 1), (2, 2), (4, 2), (4, 3), (5, 2)) == [(2, 1), (3, 4), (5, 3), (7, 4), (8, 3)]


def test_quotes_hide_delimiters_and_quotes(path: Path) -> None:
    assert places(path, 'a,b,c\n"x, ""y""",2,3\n', (2, 2), (2, 3)) == [(2, 12), (2, 14)]


@pytest.mark.parametrize(
    ("written", "how"),
    [("utf-8-sig", {}), ("utf-16", {"encoding": "utf-16"}), ("cp1252", {"encoding": "cp1252"})],
)
def test_characters_are_counted_whatever_the_encoding(path: Path, written: str, how: dict[str, str]) -> None:
    assert places(path, "é;b\nüö;2\n", (1, 2), (2, 2), written=written, delimiter=";", **how) == [(1, 3), (2, 4)]


def test_a_column_that_a_row_does_not_have_has_no_place(path: Path) -> None:
    assert places(path, "a,b\n1\n2,3", (2, 2), (3, 2), (9, 1)) == [None, (3, 3), None]


def test_an_unclosed_quote_ends_nothing_but_itself(path: Path) -> None:
    assert places(path, 'a,b\n1,2\n"3,4\n', (2, 2), (3, 1)) == [(2, 3), (3, 1)]


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(texts, texts, texts), max_size=6))
def test_at_the_place_of_a_cell_stands_the_cell(path: Path, lines: list[tuple[str, str, str]]) -> None:
    write_table(path, ("a", "b", "c"), lines)
    with path.open(encoding="utf-8", newline="") as file:
        text = list(file)
    wanted = {row: {1, 2, 3} for row in range(2, len(lines) + 2)}
    found = cell_places(path, ReadAs(), wanted)
    for row, line in enumerate(lines, start=2):
        for column, cell in enumerate(line, start=1):
            place = found[row, column]
            rest = "".join([text[place[0] - 1][place[1] - 1 :], *text[place[0] :]])
            quoted = '"' + cell.replace('"', '""') + '"'
            assert rest.startswith((f"{cell},", f"{cell}\n", f"{quoted},", f"{quoted}\n"))
