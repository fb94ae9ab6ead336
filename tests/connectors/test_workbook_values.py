"""What the cells of an XLSX workbook hold: numbers, percentages, days and texts, to the digit."""

import datetime
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from connectors.workbooks.rows import Row
from connectors.workbooks.sheet_xml import Form, SheetXml
from connectors.workbooks.shown import Shown, format_of
from connectors.workbooks.texts import moment_text, number_text, percent_text
from tests.workbooks import header, read, xlsx


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    return tmp_path / "deals.xlsx"


@pytest.mark.parametrize(
    ("in_xml", "text"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("12", "12"),
        ("12.0", "12"),
        ("12.50", "12.5"),
        ("1197.68", "1197.68"),
        ("-1197.68", "-1197.68"),
        ("1E-05", "0.00001"),
        ("1.5E+3", "1500"),
        ("9007199254740993", "9007199254740993"),
        ("12345678901234567890", "12345678901234567890"),
        ("10000000000000000001", "10000000000000000001"),
        ("1.2345678901234568E+16", "12345678901234568"),
        ("12345678901234.5678", "12345678901234.5678"),
        ("0.28999999999999998", "0.29"),  # as Excel writes 0.29
        ("1197.6800000000001", "1197.68"),
        ("7.0000000000000007E-2", "0.07"),
        ("0.30000000000000004", "0.30000000000000004"),  # is what came out of 0.1 + 0.2
        ("0.1343642441124012", "0.1343642441124012"),
        (" 5 ", "5"),
        ("1E999999999", "1E999999999"),
        ("NaN", "NaN"),
        ("12,5", "12,5"),
    ],
)
def test_numbers_keep_their_digits_and_lose_the_noise(in_xml: str, text: str) -> None:
    assert number_text(in_xml) == text


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=4))
def test_amounts_come_back_exactly_as_excel_or_python_write_them(amount: object) -> None:
    for written in (f"{amount}", repr(float(str(amount))), format(float(str(amount)), ".17g")):
        assert float(number_text(written)) == float(str(amount))
        assert len(number_text(written).lstrip("-0.").replace(".", "")) <= 15


@pytest.mark.parametrize(
    ("in_xml", "text"),
    [
        ("0.25", "25%"),
        ("1", "100%"),
        ("0", "0%"),
        ("0.075", "7.5%"),
        ("0.28999999999999998", "29%"),
        ("7.0000000000000007E-2", "7%"),
        ("-0.05", "-5%"),
        ("0.001", "0.1%"),
        ("12", "1200%"),
        ("0.3333333333333333", "33.33333333333333%"),
        ("x", "x"),
    ],
)
def test_percentages_are_moved_by_two_digits_exactly(in_xml: str, text: str) -> None:
    assert percent_text(in_xml) == text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", Shown.NUMBER),
        ("0.00", Shown.NUMBER),
        ("#,##0.00 [$€-407]", Shown.NUMBER),
        ('0.00" %"', Shown.NUMBER),
        ('0" days"', Shown.NUMBER),
        ("0\\%", Shown.NUMBER),
        ("0.00E+00", Shown.NUMBER),
        ("[Red]#,##0;[Red]-#,##0", Shown.NUMBER),
        ("_-* #,##0.00\\ _€_-", Shown.NUMBER),
        ("0%", Shown.PERCENT),
        ("0.0%;[Red]-0.0%", Shown.PERCENT),
        ("[Color10]0.00\\ %", Shown.PERCENT),
        ("dd/mm/yyyy", Shown.MOMENT),
        ("[$-409]mmm\\ d\\,\\ yyyy;@", Shown.MOMENT),
        ("h:mm AM/PM", Shown.MOMENT),
        ("[h]:mm:ss", Shown.SPAN),
    ],
)
def test_a_number_format_tells_what_a_number_stands_for(code: str, kind: Shown) -> None:
    assert format_of(code).shown == kind


@pytest.mark.parametrize(
    ("serial", "since_1904", "text"),
    [
        ("46112", False, "2026-03-31"),
        ("44650", True, "2026-03-31"),
        ("46112.586909722222", False, "2026-03-31T14:05:09"),
        ("46112.99999999", False, "2026-04-01"),
        ("0.586909722222222", False, "14:05:09"),
        ("1", False, "1900-01-01"),
        ("59", False, "1900-02-28"),
        ("60", False, "60"),  # 29 February 1900 was no day
        ("61", False, "1900-03-01"),
        ("2958465", False, "9999-12-31"),
        ("2958466", False, "2958466"),
        ("-1", False, "-1"),
        ("20260331", False, "20260331"),
    ],
)
def test_serial_days_of_both_systems(serial: str, since_1904: bool, text: str) -> None:
    assert moment_text(serial, since_1904) == text


def test_styles_decide_between_number_percentage_and_day(deals: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["plain", "percent", "custom", "quoted", "day", "number in a column of days", "text"])
    sheet.append([0.25, 0.25, 0.125, 0.25, datetime.date(2026, 3, 31), 46112, "25%"])
    for place, code in (("B2", "0%"), ("C2", "0.0%;[Red]-0.0%"), ("D2", '0.00" %"')):
        sheet[place].number_format = code
    workbook.save(deals)
    table, lines, _ = read(deals)
    assert lines == [(2, ("0.25", "25%", "12.5%", "0.25", "2026-03-31", "46112", "25%"))]
    assert table.epoch_1904 is False


def test_days_that_count_from_1904(deals: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["day", "number"])
    sheet.append([datetime.date(2026, 3, 31), 44650])
    workbook.save(deals)
    table, lines, _ = read(deals)
    assert (table.epoch_1904, lines) == (True, [(2, ("2026-03-31", "44650"))])


def test_texts_in_every_way_that_xml_can_write_them(deals: Path) -> None:
    shared = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>plain</t></si><si/>'
        '<si><r><t xml:space="preserve">in </t></r><r><rPr><b/></rPr><t>pieces</t></r>'
        "<rPh sb='0' eb='1'><t>reading</t></rPh></si><si><t>A &amp; B_x000D_&#xE9;</t></si></sst>"
    )
    cells = [
        ('t="s"><v>0</v>', "plain"),
        ('t="s"><v>1</v>', ""),
        ('t="s"><v>2</v>', "in pieces"),
        ('t="s"><v>3</v>', "A & B\ré"),
        ('t="str"><f>A1&amp;"x"</f><v>plainx</v>', "plainx"),
        ('t="inlineStr"><is><r><t>rich</t></r><r><t>er</t></r></is>', "richer"),
        ('t="inlineStr"><is><t><![CDATA[</row> & <more>]]></t></is>', "</row> & <more>"),
        ('t="str"><!-- <v>no</v> --><v>yes</v>', "yes"),
        ('t="d"><v>2026-03-31T00:00:00</v>', "2026-03-31"),
        ('t="b"><v>1</v>', "TRUE"),
        (">\n <v>5</v>\n", "5"),
        ('t="inlineStr"><is><t>a\r\nb</t></is>', "a\nb"),
    ]
    rows = ""
    for row, (xml, _) in enumerate(cells, start=2):
        rows += f'<row r="{row}"><c r="A{row}" {xml}</c><c r="B{row}"><v>1</v></c></row>'
    path = xlsx(deals, header("a", "b") + rows, sharedStrings=shared)
    assert [line[0] for _, line in read(path)[1]] == [text for _, text in cells]


PLAIN_CELLS = st.tuples(
    st.sampled_from(["", ' s="1"', ' t="s"', ' s="1" t="str"', ' t="n"', ' t="e"', ' cm="1" t="b"']),
    st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="<>&\ufffe\uffff"))),
)


def rows_of(xml: str) -> list[Row]:
    """The rows of a sheet whose forms mark what they were given."""

    def form(attributes: dict[str, str]) -> Form:
        told = f"{attributes.get('t')}/{attributes.get('s')}"
        return Form(lambda text: f"{told}:{text}", "€" if attributes.get("s") == "1" else "")

    return list(SheetXml(form).rows(io.StringIO(f"<worksheet><sheetData>{xml}</sheetData></worksheet>")))


@settings(deadline=None)
@given(st.lists(st.lists(PLAIN_CELLS, min_size=1, max_size=6), max_size=6))
def test_the_fast_way_reads_what_the_parser_reads(lines: list[list[tuple[str, str | None]]]) -> None:
    def written(quote: str) -> str:
        rows = ""
        for row, cells in enumerate(lines, start=3):
            rows += f"<row r={quote}{row}{quote}>"
            for place, (attributes, text) in enumerate(cells):
                address = f"{'ABCDEFGH'[place]}{row}"
                rows += f"<c r={quote}{address}{quote}{attributes}" + ("/>" if text is None else f"><v>{text}</v></c>")
            rows += "</row>"
        return rows

    assert [row for row in rows_of(written('"')) if any(row.cells)] == rows_of(written("'"))
