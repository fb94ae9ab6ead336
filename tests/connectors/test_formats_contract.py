from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files import read_table, write_table
from connectors.workbooks.suffixes import READ_ONLY
from schemas.choices import choices, first_sentence
from schemas.errors import UnreadableFileError

FORMATS = choices("connectors.formats")
WRITTEN = [name for name in FORMATS if f".{name}" not in READ_ONLY]
HEADERS_IN_ROWS = {"jsonl"}
"""Formats that tell the headers with each row: without rows there is nothing to tell."""
HEADERS = ("Name", "Amount, gross", 'A "quoted"\nheader')


def read(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    """The numbered rows of a file, ragged ones too."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    for batch in read_table(path).batches:
        lines = zip(*(column.to_pylist() for column in batch.cells.columns), strict=True)
        rows += zip(batch.row.to_pylist(), lines, strict=True)
        rows += [(one.row, one.cells) for one in batch.ragged]
    return sorted(rows)


def test_the_formats_are_found() -> None:
    assert {"csv", "xlsx"} <= set(WRITTEN)
    assert {"ods", "xls", "xlsb", "xlsm"} <= set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_it_is(name: str) -> None:
    assert first_sentence("connectors.formats", name).endswith(".")


@pytest.mark.parametrize("name", WRITTEN)
def test_a_format_reads_back_what_it_wrote_with_row_numbers(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"deals.{name}"
    write_table(path, HEADERS, [("x", "1.50", ""), ("", "", ""), ("=1+1", "007", "a\nb")])
    assert read_table(path).headers == HEADERS
    assert read(path) == [(2, ("x", "1.50", "")), (4, ("=1+1", "007", "a\nb"))]


@pytest.mark.parametrize("name", WRITTEN)
def test_columns_are_named_by_their_position(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"deals.{name}"
    write_table(path, HEADERS, [("x", "1.50", "y")])
    (batch,) = read_table(path).batches
    assert batch.cells.schema.names == ["0", "1", "2"]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_format_writes_the_same_bytes_again(tmp_path: Path, name: str) -> None:
    for place in ("one", "two"):
        write_table(tmp_path / f"{place}.{name}", HEADERS, [("x", "1.50", "y")])
    assert (tmp_path / f"one.{name}").read_bytes() == (tmp_path / f"two.{name}").read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"deals.{name}").touch()
    with pytest.raises(UnreadableFileError, match="is empty"):
        read_table(tmp_path / f"deals.{name}")


# NUL is left to the formats; the other two are no characters.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=20)


@pytest.mark.parametrize("name", WRITTEN)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(texts, texts, texts), max_size=8))
def test_any_text_comes_back_equal(tmp_path: Path, name: str, lines: list[tuple[str, str, str]]) -> None:
    path = tmp_path / f"deals.{name}"
    write_table(path, HEADERS, lines)
    if not lines and name in HEADERS_IN_ROWS:
        assert path.read_bytes() == b""
        return
    assert read(path) == [(row, line) for row, line in enumerate(lines, start=2) if any(line)]
