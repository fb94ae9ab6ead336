"""Whatever can be written as delimited text is read back equal: found where it tells enough, else as it is named."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files import read_table
from connectors.texts.delimited import DELIMITERS
from schemas.errors import UnreadableFileError
from schemas.raw import ReadAs
from tests.raw import Seen, knows, see

ENCODINGS = [
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be",
    "windows-1252", "windows-1250", "windows-1251", "iso-8859-15", "shift-jis",
]  # fmt: skip
HEADERS = ("Name", "Amount, net", "Stage; \t|")
texts = st.text(st.sampled_from("aB1 ,;\t|\"'\r\nüèŁДя€😀山=-#"), max_size=8)


def written(lines: list[tuple[str, ...]], delimiter: str, line_end: str, quoting: Any) -> str:
    """Text as a writer of this dialect writes it, every line end in a cell quoted."""
    text = io.StringIO()
    for line in lines:
        risky = any("\r" in cell or "\n" in cell for cell in line)
        style: Any = csv.QUOTE_ALL if risky else quoting
        csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=style).writerow(line)
    return text.getvalue()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.tuples(texts, texts, texts), max_size=6),
    dialect=st.tuples(
        st.sampled_from(sorted(DELIMITERS.values())),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ),
    encoding=st.sampled_from(ENCODINGS),
    above=st.integers(0, 3),
)
def test_a_table_in_any_dialect_is_read_back_equal(
    tmp_path: Path, lines: list[tuple[str, str, str]], dialect: tuple[str, str, Any], encoding: str, above: int
) -> None:
    delimiter, line_end, quoting = dialect
    preamble: list[tuple[str, ...]] = [("Deals, of; all",)] * above
    text = written([*preamble, HEADERS, *lines], delimiter, line_end, quoting)
    path = tmp_path / "deals.csv"
    try:
        path.write_bytes(text.encode(encoding))
    except UnicodeEncodeError:
        return  # this encoding cannot hold the table
    expected = [(row, line) for row, line in enumerate(lines, start=above + 2) if any(line)]
    fits = knows(*HEADERS)
    named = see(path, ReadAs(None, encoding, delimiter, above + 1), fits)
    assert (named.headers, named.rows, named.ragged) == (HEADERS, expected, [])
    try:
        found: Seen | None = see(path, fits=fits)
    except UnreadableFileError as question:
        found = None
        asked = question.fix
    if found is None:
        assert "--encoding" in asked
        assert not encoding.startswith("utf")
        return
    if encoding.startswith("utf") or found.how.encoding == encoding:
        assert (found.headers, found.rows, found.ragged) == (HEADERS, expected, [])
    assert (found.how.delimiter, found.how.header_row) == (delimiter, above + 1)
    assert see(path, found.how, fits) == found


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16", "windows-1251"])
def test_a_large_file_is_read_in_batches_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "deals.csv"
    cells = 'Ромашка;"a\r\n\r\nб"' if encoding == "windows-1251" else 'Müller;"é\r\n\r\nGenève"'
    path.write_bytes(("a;b\r\n" + f"{cells}\r\n" * 300_000).encode(encoding))
    first, second = cells.replace('"', "").split(";")
    sizes = []
    for batch in read_table(path).batches:
        assert set(batch.cells.column(0).to_pylist()) == {first}
        assert set(batch.cells.column(1).to_pylist()) == {second}
        sizes.append(len(batch.row))
    assert (sum(sizes), len(sizes) > 3) == (300_000, True)
