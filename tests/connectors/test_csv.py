import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files import read_table
from connectors.texts.numbered_rows import BLOCK_BYTES
from schemas.errors import UnreadableFileError, UsageError
from schemas.raw import ReadAs
from tests.raw import see

Numbered = list[tuple[int, tuple[str, ...]]]


def read(path: Path, content: bytes) -> tuple[tuple[str, ...], Numbered, Numbered]:
    """Headers, rows and ragged rows of a file with this content."""
    path.write_bytes(content)
    seen = see(path)
    return seen.headers, seen.rows, seen.ragged


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return tmp_path / "deals.csv"


@pytest.mark.parametrize("text", ["a,b\r\n1,2\r\n\x1a", "a,b\n1,2\x1a"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_the_mark_of_dos_at_the_end_of_a_text_is_no_part_of_it(deals: Path, text: str, encoding: str) -> None:
    assert read(deals, text.encode(encoding)) == (("a", "b"), [(2, ("1", "2"))], [])


def test_such_a_mark_behind_the_headers_is_none_of_theirs(deals: Path) -> None:
    assert read(deals, b"a,b\x1a") == (("a", "b"), [], [])


def test_only_the_very_last_character_is_such_a_mark(deals: Path) -> None:
    found = read(deals, b"a,b\n\x1a,2\n\x1a\n\x1a\x1a")
    assert found == (("a", "b"), [(2, ("\x1a", "2"))], [(3, ("\x1a",)), (4, ("\x1a",))])


@pytest.mark.parametrize("short", range(4))
def test_the_mark_is_found_where_a_block_ends(deals: Path, short: int) -> None:
    text = b"a,b\n1," + b"x" * (BLOCK_BYTES - 10 - short) + b"\n\x1a"
    _, rows, ragged = read(deals, text)
    assert ([row for row, _ in rows], ragged) == ([2], [])


def test_cells_stay_what_they_are(deals: Path) -> None:
    found = read(deals, 'n,v\nNA,007\nnull," x "\n"",1.50\n"a ""b""","c\nd"\né,TRUE\n'.encode())
    assert found == (
        ("n", "v"),
        [
            (2, ("NA", "007")),
            (3, ("null", " x ")),
            (4, ("", "1.50")),
            (5, ('a "b"', "c\nd")),
            (6, ("é", "TRUE")),
        ],
        [],
    )


def test_headers_are_as_found_even_with_a_byte_order_mark_and_a_line_break(deals: Path) -> None:
    found = read(deals, b'\xef\xbb\xbf"Deal\nname", Amount \n1,2\n')
    assert found == (("Deal\nname", " Amount "), [(2, ("1", "2"))], [])


def test_rows_are_numbered_as_a_spreadsheet_shows_them(deals: Path) -> None:
    found = read(deals, b'a,b\r\n1,2\r\n\r\n"x\r\ny",3\r\nshort\r\n,\r\n1,2,3\r\n7,8\r\n\r\n\r\n')
    assert found == (
        ("a", "b"),
        [(2, ("1", "2")), (4, ("x\r\ny", "3")), (8, ("7", "8"))],
        [(5, ("short",)), (7, ("1", "2", "3"))],
    )


def test_blank_lines_before_the_headers_count(deals: Path) -> None:
    assert read(deals, b"\n,\na,b\n\n1,2") == (("a", "b"), [(5, ("1", "2"))], [])


def test_a_blank_line_in_a_file_of_one_column_is_no_row(deals: Path) -> None:
    assert read(deals, b'a\n1\n\n""\n2\n') == (("a",), [(2, ("1",)), (5, ("2",))], [])


@pytest.mark.parametrize("content", [b"a,b", b"a,b\n", b"a,b\r\n\r\n"])
def test_headers_alone_are_a_table_without_rows(deals: Path, content: bytes) -> None:
    assert read(deals, content) == (("a", "b"), [], [])


def test_a_nul_byte_survives(deals: Path) -> None:
    assert read(deals, b"a,b\n1\x00,2\n\x00\n")[1:] == ([(2, ("1\x00", "2"))], [(3, ("\x00",))])


def test_row_numbers_are_exact_across_blocks(deals: Path) -> None:
    rows: Numbered = []
    ragged: Numbered = []
    lines = []
    for row in range(2, 400_002):
        if row % 1009 == 0:
            lines.append("")
        elif row % 997 == 0:
            ragged.append((row, (f"only {row}",)))
            lines.append(f"only {row}")
        elif row % 499 == 0:
            rows.append((row, (f"{row}\r\n", "")))
            lines.append(f'"{row}\r\n",')
        else:
            rows.append((row, (f"{row}", "value")))
            lines.append(f"{row},value")
    found = read(deals, ("a,b\n" + "\n".join(lines)).encode())
    assert found[1:] == (rows, ragged)


def test_a_line_break_in_a_cell_survives_the_border_of_two_blocks(deals: Path) -> None:
    # The blocks of two megabytes end between \r and \n of the same cell for one of these.
    for shift in range(4):
        filling = "x" * (2 * 1024 * 1024 - 20 + shift)
        content = f'a\n{filling}\n"1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n0\r\n1"\n'
        last = "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n0\r\n1"
        assert read(deals, content.encode())[1] == [(2, (filling,)), (3, (last,))]


def test_a_cell_of_a_megabyte_is_read(deals: Path) -> None:
    assert read(deals, b"a,b\n1," + b"x" * 1_000_000 + b"\n")[1] == [(2, ("1", "x" * 1_000_000))]


def test_an_endless_row_is_refused_by_its_number(deals: Path) -> None:
    with pytest.raises(UnreadableFileError, match="longer than 2,097,152 bytes, row 4") as refused:
        read(deals, b'a,b\n1,"x\ny"\n\n"2,3\n' + b"4,5\n" * 2_000_000)
    assert refused.value.fix == 'Close the quote, or write a quote inside a cell twice ("").'


@pytest.mark.parametrize("row", ['"1,2', '1,"2', '1,"', '1,2,"3', '"', '1,"2""'])
def test_an_unclosed_quote_is_refused_by_the_row_it_opens_in(deals: Path, row: str) -> None:
    with pytest.raises(UnreadableFileError, match="opens a quote in row 3 and never closes it"):
        read(deals, f"a,b\n1,2\n{row}\n5,6\n".encode())


def test_an_unclosed_quote_in_the_headers_is_refused(deals: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no readable row of headers"):
        read(deals, b'a,"b\n1,2\n')


@pytest.mark.parametrize("cells", [b"1,Caf\xe9", b"Caf\xe9"])
def test_text_that_stops_being_utf8_is_refused_with_its_place(deals: Path, cells: bytes) -> None:
    before = "a,b\nZürich,2\n".encode() + b"1,2\n" * 1_000_000
    place = len(before) + cells.index(b"\xe9") + 1
    with pytest.raises(UnreadableFileError) as refused:
        read(deals, before + cells + b"\n")
    assert f"is not UTF-8 text (byte {place:,}, after " in refused.value.why
    assert "Caf')" in refused.value.why
    assert refused.value.fix.startswith("Save it again as 'CSV UTF-8 (comma delimited)'")


def test_a_letter_that_lies_across_two_blocks_is_read(deals: Path) -> None:
    for shift in range(2):
        cells = "x" * shift + "é" * 900_000
        assert read(deals, f"a\n{cells}\n{cells}\n".encode())[1] == [(2, (cells,)), (3, (cells,))]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "has no row of headers"),
        (b"\n , \n\n", "has no row of headers"),
        (b"PK\x03\x04...", "is an XLSX or ZIP file"),
    ],
)
def test_what_is_no_table_is_refused(deals: Path, content: bytes, why: str) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        read(deals, content)


def test_a_file_of_ragged_rows_only_is_refused_instead_of_filling_the_memory(deals: Path) -> None:
    with pytest.raises(UnreadableFileError, match="has 100,000 rows, up to row 100001, with more or fewer"):
        read(deals, b"a,b\n" + b"1,2,3\n" * 100_001)


def test_ragged_rows_after_the_last_good_one_are_kept(deals: Path) -> None:
    assert read(deals, b"a,b\n1,2\n" + b"1\n" * 3)[2] == [(3, ("1",)), (4, ("1",)), (5, ("1",))]


def test_a_csv_file_has_no_sheets(deals: Path) -> None:
    deals.write_text("a\n1\n")
    with pytest.raises(UsageError, match="has no sheets"):
        read_table(deals, ReadAs(sheet="Deals"))


def test_an_iterator_that_is_given_up_closes_the_file(deals: Path) -> None:
    deals.write_bytes(b"a,b\n" + b"1,2\n" * 2_000_000)
    batches = read_table(deals).batches
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert list(batches) == []
    assert all(str(deals) != str(link.resolve()) for link in Path("/proc/self/fd").iterdir())


texts = st.text(st.sampled_from('a,"\n\ré \0'), max_size=6)


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.lists(texts, max_size=4), max_size=12),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_file_reads_as_the_standard_library_reads_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], line_end: str
) -> None:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([["h", "i"], *lines])
    expected = [
        (row, tuple(cells))
        for row, cells in enumerate(csv.reader(io.StringIO(written.getvalue(), newline="")), start=1)
        if row > 1 and any(cells if len(cells) == 2 else map(str.strip, cells))
    ]
    path = tmp_path_factory.mktemp("csv") / "deals.csv"
    _, rows, ragged = read(path, written.getvalue().encode())
    assert sorted(rows + ragged) == expected
