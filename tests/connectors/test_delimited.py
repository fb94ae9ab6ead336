from pathlib import Path

import pytest

from connectors.files import read_rows
from schemas.errors import RunError, UnreadableFileError, UsageError
from schemas.raw import ReadAs
from tests.raw import knows, see


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return tmp_path / "deals.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(deals: Path, delimiter: str, line_end: str) -> None:
    lines = ["Name,Amount", '"Acme, ; | \t Inc","1,50"', "Bolt,2"]
    quoted = line_end.join(lines).replace(",", delimiter).replace(f'"Acme{delimiter}', '"Acme,')
    quoted = quoted.replace(f'"1{delimiter}50"', '"1,50"')
    deals.write_bytes(quoted.encode())
    seen = see(deals)
    assert seen.headers == ("Name", "Amount")
    assert seen.rows == [(2, ("Acme, ; | \t Inc", "1,50")), (3, ("Bolt", "2"))]
    assert seen.how == ReadAs(None, "utf-8", delimiter, 1)
    assert seen.found == ({} if delimiter == "," else {"delimiter": delimiter})


def test_line_ends_may_be_mixed(deals: Path) -> None:
    deals.write_bytes(b'a;b\r1;2\n3;4\r\n"5\r";6\r\r\n7;8')
    assert see(deals).rows == [(2, ("1", "2")), (3, ("3", "4")), (4, ("5\r", "6")), (6, ("7", "8"))]


def test_a_file_of_one_column_has_no_delimiter(deals: Path) -> None:
    deals.write_text("Name\nAcme; Inc\nBolt | Co\n")
    assert see(deals).rows == [(2, ("Acme; Inc",)), (3, ("Bolt | Co",))]


def test_known_headers_decide_before_widths(deals: Path) -> None:
    deals.write_text("Name;Amount, net\nAcme;1,50\nBolt;2,00\n")
    seen = see(deals, fits=knows("Name", "Amount, net"))
    assert (seen.headers, seen.rows) == (("Name", "Amount, net"), [(2, ("Acme", "1,50")), (3, ("Bolt", "2,00"))])


def test_where_no_header_is_known_the_delimiter_of_even_rows_is_taken(deals: Path) -> None:
    deals.write_text("Kunde;Betrag, netto\nAcme;1\nBolt;2,50\nCold;3\n")
    assert see(deals).headers == ("Kunde", "Betrag, netto")


def test_two_delimiters_that_are_equally_plausible_are_a_question(deals: Path) -> None:
    deals.write_text("Kunde;Betrag, netto\nAcme;1,50\nBolt;2,00\n")
    with pytest.raises(UnreadableFileError) as asked:
        see(deals)
    assert asked.value.why.endswith(
        "has 2 columns separated by commas or 2 columns separated by semicolons, as far as its first rows tell."
    )
    assert asked.value.fix == "Say which: --delimiter comma or --delimiter semicolon."
    assert see(deals, ReadAs(delimiter="semicolon")).headers == ("Kunde", "Betrag, netto")
    assert see(deals, ReadAs(delimiter=",")).headers == ("Kunde;Betrag", " netto")


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "€", "colon"])
def test_what_is_no_delimiter_is_refused(deals: Path, delimiter: str) -> None:
    deals.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="is no delimiter"):
        see(deals, ReadAs(delimiter=delimiter))


def test_any_other_character_may_be_named(deals: Path) -> None:
    deals.write_text("a:b\n1:2\n")
    assert see(deals, ReadAs(delimiter=":")).rows == [(2, ("1", "2"))]


@pytest.mark.parametrize("sep", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_sep_line_of_excel_names_the_delimiter_and_is_row_1(deals: Path, sep: str) -> None:
    deals.write_text(f"\ufeff{sep}\r\nName;Betrag, netto\r\nAcme;1,50\r\n", encoding="utf-8", newline="")
    seen = see(deals)
    assert (seen.headers, seen.rows) == (("Name", "Betrag, netto"), [(3, ("Acme", "1,50"))])
    assert seen.how == ReadAs(None, "utf-8", ";", 2)
    assert seen.notes == [f"row 1 ({sep}) names the delimiter; Excel hides it and counts one row less"]
    assert see(deals, seen.how) == seen


def test_rows_above_the_headers_are_left_out_and_told(deals: Path) -> None:
    deals.write_text('Pipeline\n\n"As of, today"\nName,Amount,Stage\nAcme,1,Open\n')
    seen = see(deals, fits=knows("Name", "Stage"))
    assert (seen.headers, seen.rows, seen.ragged) == (("Name", "Amount", "Stage"), [(5, ("Acme", "1", "Open"))], [])
    assert seen.found == {"header_row": "4"}
    assert seen.notes == ["rows 1 to 3 stand above the headers and were left out"]


def test_one_known_header_is_not_enough_to_pass_rows_over(deals: Path) -> None:
    deals.write_text("Customer,Value\nName,1\n")
    assert see(deals, fits=knows("Name")).headers == ("Customer", "Value")


def test_the_row_with_most_known_headers_is_taken_and_of_equals_the_first(deals: Path) -> None:
    deals.write_text("Name,Stage,x\nName,Stage,Amount\nName,Stage,Amount\n")
    seen = see(deals, fits=knows("Name", "Stage", "Amount"))
    assert (seen.how.header_row, seen.notes) == (2, ["row 1 stands above the headers and was left out"])
    assert seen.rows == [(3, ("Name", "Stage", "Amount"))]


def test_blank_rows_above_the_headers_are_nothing_to_tell(deals: Path) -> None:
    deals.write_text("\n,,\nName,Amount\nAcme,1\n")
    assert (see(deals).how.header_row, see(deals).notes) == (3, [])


def test_the_row_of_headers_may_be_named(deals: Path) -> None:
    deals.write_text("Deals;of;all\nKunde;Betrag\nAcme;1\n")
    seen = see(deals, ReadAs(header_row=2))
    assert (seen.headers, seen.rows) == (("Kunde", "Betrag"), [(3, ("Acme", "1"))])


def test_a_row_far_down_may_be_named(deals: Path) -> None:
    deals.write_text("note\n" * 200 + "a,b\n1,2\n")
    assert see(deals, ReadAs(header_row=201)).rows == [(202, ("1", "2"))]


@pytest.mark.parametrize("row", [-1, 0, 2, 9])
def test_a_named_row_without_headers_is_refused(deals: Path, row: int) -> None:
    deals.write_text("a,b\n,\n1,2\n")
    with pytest.raises(UsageError, match=f"row {row} holds no headers"):
        see(deals, ReadAs(header_row=row))


def test_columns_with_cells_but_without_a_header_are_told(deals: Path) -> None:
    deals.write_text("a,, ,b,\n1,x,,2,\n3,,,4, y\n")
    assert see(deals).notes == ["columns B, E have cells but no header"]


def test_a_column_without_header_and_cells_is_nothing_to_tell(deals: Path) -> None:
    deals.write_text("a,b,\n1,2,\n3,4, \n")
    assert see(deals).notes == []


def test_a_file_read_as_it_was_read_gives_the_same(deals: Path) -> None:
    deals.write_bytes("Übersicht\nName;Betrag;\nMüller;1,50;x\nkurz\n".encode("cp1252"))
    seen = see(deals, fits=knows("Name", "Betrag"))
    assert seen.how == ReadAs(None, "windows-1252", ";", 2)
    assert see(deals, seen.how) == seen
    assert list(read_rows(deals, [3, 4], seen.how)) == [(3, ("Müller", "1,50", "x")), (4, ("kurz",))]


def test_a_quote_that_opens_in_a_row_of_semicolons_is_refused_by_its_row(deals: Path) -> None:
    deals.write_text('a;b\n1;2\n3;"4\n5;6\n')
    with pytest.raises(RunError, match="opens a quote in row 3 and never closes it"):
        see(deals)


@pytest.mark.parametrize("suffix", ["txt", "tsv", "tab", "TXT"])
def test_text_goes_by_other_suffixes_too(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"deals.{suffix}"
    path.write_text("a\tb\n1\t2\n")
    assert see(path).rows == [(2, ("1", "2"))]
