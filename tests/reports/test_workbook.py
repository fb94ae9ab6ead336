"""The workbook of reports: its cover, its tables and its charts, read back by two libraries."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
import python_calamine

from connectors.workbooks import charted
from pipelines.answering import Asked
from pipelines.cli import main
from pipelines.questions.answer import Answer, Answers, Behind, Chart, Column
from pipelines.report_formats.xlsx import pieces, runs
from pipelines.reporting import build_reports
from schemas.errors import RunError
from schemas.known import AsOf
from tests.build import IN_EUROS_TOO, TODAY, an_opportunity, import_rows, store_rates

DAY = date(2026, 11, 25)
MONEY = "[$USD]\\ #,##0.00;[Red][$USD]\\ \\-#,##0.00"
OWNERS = [
    Column("owner", "Owner", "text"),
    Column("id", "Id", "count", shown=False),
    Column("deals", "Deals"),
    Column("amount", "Amount", "money"),
    Column("share", "Share", "percent", added=False),
    Column("days", "Days", "number", added=False),
    Column("last", "Last won", "date"),
]
ANN: dict[str, Any] = {
    "owner": "=ann",
    "id": 7,
    "deals": 2,
    "amount": Decimal("1234.5678"),
    "share": Decimal("0.25"),
    "days": None,
}
BOB: dict[str, Any] = {
    "owner": "bob",
    "id": 8,
    "deals": 1,
    "amount": Decimal("-0.1"),
    "share": None,
    "days": Decimal("3.50"),
}
FORECAST = Answer(
    "total-forecast",
    "What will each owner bring?",
    "USD",
    DAY,
    OWNERS,
    [ANN | {"last": date(2026, 11, 1)}, BOB | {"last": None}],
    {"deals": 3, "amount": Decimal("1234.4678")},
    chart=Chart("bar", "owner", ("amount",)),
)
BEHIND = Behind(
    ("--from 2026-01-01", "--by owner"), {"EUR": Decimal("1.10"), "USD": Decimal(1)}, 1234, (1, 2, 3, 5, 7, 8)
)


def written(*answers: Answer, behind: Behind = BEHIND) -> BytesIO:
    return BytesIO(b"".join(pieces(Answers(list(answers), behind))))


def opened(*answers: Answer, behind: Behind = BEHIND) -> Any:
    return openpyxl.load_workbook(written(*answers, behind=behind))


def texts(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet]


def references(chart: Any) -> list[tuple[str, str, str]]:
    """The title, the categories and the values of each series of a chart."""
    found = []
    for series in chart.series:
        of = (series.xVal, series.yVal) if hasattr(chart, "scatterStyle") else (series.cat, series.val)
        categories, values = ((one.numRef or one.strRef).f for one in of)
        found.append((series.tx.strRef.f, categories, values))
    return found


def long_form(**changed: Any) -> Answer:
    """An answer with several rows of a month."""
    columns = [Column("month", "Month", "text"), Column("label", "Status", "text"), Column("amount", "Amount", "money")]
    cells = [("2026-11", "Open", 1), ("2026-11", "Won", 2), ("2026-12", "Won", 3)]
    rows: list[Any] = [{"month": month, "label": label, "amount": Decimal(n)} for month, label, n in cells]
    told = {"report": "by-month", "columns": columns, "rows": rows, "total": {"amount": Decimal(6)}}
    return replace(FORECAST, **(told | {"chart": Chart("stacked", "month", ("amount",), "label")} | changed))


def test_the_cover_tells_what_the_answers_rest_on() -> None:
    then = AsOf(datetime(2026, 11, 20, 8, tzinfo=UTC))
    before = AsOf(datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC))
    asked = replace(FORECAST, when=then, since=before, as_of=date(2026, 11, 20))
    cover = opened(asked, long_form(when=then))["Cover"]
    assert texts(cover)[:11] == [
        ["Sales reports", None, None],
        [None, None, None],
        ["As of", "2026-11-20 08:00:00 UTC (known then)", None],
        ["Compared with", "2026-10-31 (known then)", None],
        ["Currency", "USD", None],
        ["Rates of the day", "1 EUR = 1.10 USD", None],
        ["Filters", "--from 2026-01-01", None],
        [None, "--by owner", None],
        ["Opportunities", "1,234", None],
        ["Runs behind them", "1–3, 5, 7–8", None],
        ["Made with", "dealport 0.1.0", None],
    ]


def test_the_cover_leads_to_every_sheet() -> None:
    book = opened(FORECAST, long_form())
    assert book.sheetnames == ["Cover", "Total forecast", "By month", "Chart data"]
    assert texts(book["Cover"])[-3:] == [
        ["Sheet", "Question", "Rows"],
        ["Total forecast", "What will each owner bring?", 2],
        ["By month", "What will each owner bring?", 3],
    ]
    links = {cell.coordinate: cell.hyperlink.location for row in book["Cover"] for cell in row if cell.hyperlink}
    assert links == {"A13": "'Total forecast'!A1", "A14": "'By month'!A1"}


def test_a_cover_without_filters_rates_and_runs_says_so() -> None:
    cover = opened(FORECAST, behind=Behind((), {}, 0, ()))["Cover"]
    told = {row[0]: row[1] for row in texts(cover) if row[0]}
    assert told["Total forecast"] == "What will each owner bring?"
    assert (told["Filters"], told["Runs behind them"], "Rates of the day" in told) == ("none", "none", False)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [((), ""), ((4,), "4"), ((1, 2), "1–2"), ((1, 3, 4, 5, 9), "1, 3–5, 9"), ((7, 8, 10), "7–8, 10")],
)
def test_runs_are_told_as_ranges(numbers: Sequence[int], told: str) -> None:
    assert runs(numbers) == told


def test_a_sheet_has_the_table_its_total_and_what_it_is_about() -> None:
    sheet = opened(FORECAST)["Total forecast"]
    assert texts(sheet)[:4] == [
        ["Total forecast", *[None] * 5],
        ["What will each owner bring?", *[None] * 5],
        ["In USD, as of 2026-11-25", *[None] * 5],
        [None] * 6,
    ]
    assert texts(sheet)[4:] == [
        ["Owner", "Deals", "Amount", "Share", "Days", "Last won"],
        ["=ann", 2, 1234.5678, 0.25, None, datetime(2026, 11, 1)],
        ["bob", 1, -0.1, None, 3.5, None],
        ["Grand Total", 3, 1234.4678, None, None, None],
    ]
    assert [cell.data_type for cell in sheet[6]] == ["s", "n", "n", "n", "n", "d"]
    assert [cell.number_format for cell in sheet[6]] == ["@", "#,##0", MONEY, "0.0%", "#,##0.00", "yyyy-mm-dd"]
    assert sheet.freeze_panes == "A6"
    assert sheet.auto_filter.ref == "A5:F7"
    assert sheet["A8"].font.bold
    assert sheet["C8"].border.top.style == "thin"


def test_a_second_reader_finds_the_same() -> None:
    book = python_calamine.load_workbook(written(FORECAST))
    rows = book.get_sheet_by_name("Total forecast").to_python()
    assert rows[5] == ["=ann", 2.0, 1234.5678, 0.25, "", date(2026, 11, 1)]


def test_amounts_are_written_with_their_digits_and_not_as_floats() -> None:
    amounts = [Decimal("9.95"), Decimal("12345678901.2345"), Decimal("0.0001")]
    answer = replace(FORECAST, rows=[ANN | {"amount": amount, "last": None} for amount in amounts])
    with ZipFile(written(answer)) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    assert re.findall(r'<c r="C[678]"[^>]*><v>([^<]*)</v>', sheet) == ["9.95", "12345678901.2345", "0.0001"]


def test_an_exact_amount_shows_all_of_its_decimals() -> None:
    columns = [OWNERS[0], Column("amount", "Amount", "money", exact=True)]
    sheet = opened(replace(FORECAST, columns=columns, chart=None))["Total forecast"]
    assert sheet["B6"].number_format.startswith("[$USD]\\ #,##0.00########;")


def test_notes_stand_in_a_column_of_their_own_and_remarks_below_the_table() -> None:
    long = "Nothing is expected to close in the year 2027. " * 3
    answer = replace(FORECAST, notes=["was 5", "x " * 60], remarks=[long, "=1+1"], chart=None)
    sheet = opened(answer)["Total forecast"]
    assert [row[-1] for row in texts(sheet)[4:8]] == ["Note", "was 5", "x " * 60, None]
    below = [row[0] for row in texts(sheet)[8:]]
    assert (below[0], below[-1]) == (None, "=1+1")
    assert " ".join(below[1:-1]) == long.strip()
    assert max(map(len, below[1:])) <= 100
    assert (sheet.row_dimensions[6].height, sheet.row_dimensions[7].height) == (None, 45)


def test_without_a_total_there_is_no_last_line() -> None:
    assert texts(opened(replace(FORECAST, total={}))["Total forecast"])[-1][0] == "bob"


def test_a_report_without_rows_has_its_headers_and_no_chart() -> None:
    sheet = opened(replace(FORECAST, rows=[]))["Total forecast"]
    assert texts(sheet)[4:] == [
        ["Owner", "Deals", "Amount", "Share", "Days", "Last won"],
        ["Grand Total", 3, 1234.4678, None, None, None],
    ]
    assert sheet._charts == []


def test_days_along_a_chart_are_days() -> None:
    told = replace(FORECAST, chart=Chart("column", "last", ("deals",)))
    (chart,) = opened(told)["Total forecast"]._charts
    assert chart.x_axis.number_format.formatCode == "yyyy-mm-dd"


@pytest.mark.parametrize("chart", [Chart("line", "owner", ("days",)), Chart("bar", "region", ("amount",))])
def test_what_has_no_values_or_no_such_column_is_not_drawn(chart: Chart) -> None:
    rows = [ANN | {"last": None}, BOB | {"days": None, "last": None}]
    assert opened(replace(FORECAST, rows=rows, chart=chart))["Total forecast"]._charts == []


def test_an_answer_without_the_usual_comparison_says_why() -> None:
    told = Answers([FORECAST], BEHIND, "No opportunity was known on 2026-10-31 yet.")
    cover = openpyxl.load_workbook(BytesIO(b"".join(pieces(told))))["Cover"]
    assert ["Not compared", "No opportunity was known on 2026-10-31 yet.", None] in texts(cover)


def test_a_remark_is_no_longer_than_the_table_that_has_a_chart_beside_it() -> None:
    answer = replace(long_form(), remarks=["Nothing is expected to close in the year 2027. " * 3])
    sheet = opened(answer)["By month"]
    assert [len(row[0]) <= 50 for row in texts(sheet)[10:]] == [True] * 3


@pytest.mark.parametrize(("kind", "tag"), [("column", "barChart"), ("bar", "barChart"), ("line", "lineChart")])
def test_a_chart_refers_to_the_cells_of_the_table_without_its_total(kind: Any, tag: str) -> None:
    answer = replace(FORECAST, chart=Chart(kind, "owner", ("amount", "deals")))
    (chart,) = opened(answer)["Total forecast"]._charts
    of = "'Total forecast'!$A$6:$A$7"
    assert references(chart) == [
        ("'Total forecast'!$C$5", of, "'Total forecast'!$C$6:$C$7"),
        ("'Total forecast'!$B$5", of, "'Total forecast'!$B$6:$B$7"),
    ]
    assert chart.tagname == tag
    assert chart.anchor._from.row == 4  # beside the headers
    assert chart.anchor._from.col == 7
    if tag == "barChart":
        assert (chart.barDir, chart.grouping) == ("bar" if kind == "bar" else "col", "clustered")


def test_the_first_bar_is_the_upper_one() -> None:
    (chart,) = opened(FORECAST)["Total forecast"]._charts
    assert chart.x_axis.scaling.orientation == "maxMin"
    assert chart.y_axis.scaling.orientation == "minMax"


def test_lines_over_amounts_are_drawn_to_scale() -> None:
    answer = replace(FORECAST, chart=Chart("line", "amount", ("share",)))
    (chart,) = opened(answer)["Total forecast"]._charts
    assert chart.tagname == "scatterChart"
    assert references(chart) == [("'Total forecast'!$D$5", "'Total forecast'!$C$6:$C$7", "'Total forecast'!$D$6:$D$7")]
    assert (chart.y_axis.scaling.min, chart.y_axis.scaling.max) == (0, 1)


def test_rows_in_long_form_are_stacked_from_a_hidden_sheet() -> None:
    book = opened(long_form())
    assert texts(book["Chart data"]) == [["Month", "Open", "Won"], ["2026-11", 1, 2], ["2026-12", None, 3]]
    assert book["Chart data"].sheet_state == "hidden"
    (chart,) = book["By month"]._charts
    assert chart.grouping == "stacked"
    of = "'Chart data'!$A$2:$A$3"
    assert references(chart) == [
        ("'Chart data'!$B$1", of, "'Chart data'!$B$2:$B$3"),
        ("'Chart data'!$C$1", of, "'Chart data'!$C$2:$C$3"),
    ]


def test_what_is_on_no_sheet_is_drawn_from_the_hidden_one_too() -> None:
    book = opened(long_form(), replace(FORECAST, chart=Chart("column", "owner", ("id", "deals"))))
    assert [row[4:] for row in texts(book["Chart data"])] == [["Owner", "Id", "Deals"], ["=ann", 7, 2], ["bob", 8, 1]]
    (chart,) = book["Total forecast"]._charts
    assert references(chart)[1] == ("'Chart data'!$G$1", "'Chart data'!$E$2:$E$3", "'Chart data'!$G$2:$G$3")


def test_of_many_bars_the_first_are_drawn_and_the_title_says_so() -> None:
    rows = [ANN | {"owner": f"user{n}", "last": None} for n in range(100)]
    with ZipFile(written(replace(FORECAST, rows=rows))) as archive:
        told = archive.read("xl/charts/chart1.xml").decode()
    assert "<a:t>Amount by owner (the first 40)</a:t>" in told
    assert "'Total forecast'!$A$6:$A$45" in told
    for kind in ("line", "column"):
        answer = replace(FORECAST, rows=rows, chart=Chart(kind, "owner", ("amount",)))
        (chart,) = opened(answer)["Total forecast"]._charts
        assert references(chart)[0][1] == "'Total forecast'!$A$6:$A$105"


def test_the_chart_of_a_wide_and_short_table_stands_below_it() -> None:
    columns = [*OWNERS[:4], *(Column(f"c{n}", f"Column {n}") for n in range(12))]
    answer = replace(FORECAST, columns=columns, remarks=["Said."])
    (chart,) = opened(answer)["Total forecast"]._charts
    assert (chart.anchor._from.row, chart.anchor._from.col) == (11, 0)


def test_names_on_the_tabs_are_short_and_each_another() -> None:
    long = replace(FORECAST, report="opportunity-statistics-with-comparison")
    assert opened(long, long, replace(FORECAST, report="cover")).sheetnames == [
        *("Cover", "Opportunity statistics with com", "Opportunity statistics with  2", "Cover 2"),
    ]


def test_the_same_answers_give_the_same_bytes() -> None:
    assert written(FORECAST, long_form()).read() == written(FORECAST, long_form()).read()


def test_text_that_xml_does_not_hold_and_long_text_stay_readable() -> None:
    odd = "\x01 _x000D_ <b> é𝕏"
    answer = replace(FORECAST, rows=[ANN | {"owner": odd, "last": None}, BOB | {"owner": "x" * 40_000, "last": None}])
    rows = python_calamine.load_workbook(written(answer)).get_sheet_by_name("Total forecast").to_python()
    assert rows[5][0] == odd
    assert rows[6][0] == "x" * 32_767


def test_more_rows_than_a_sheet_has_are_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charted, "MAX_ROWS", 7)
    with pytest.raises(RunError, match="Total forecast has 2 rows; an XLSX sheet has 7 in all") as refused:
        written(FORECAST)
    assert "csv or json" in str(refused.value)


def test_the_answers_of_a_database_become_a_workbook(sqlite: str) -> None:
    store_rates(sqlite, EUR="1.10")
    ann = an_opportunity(name="B", owner="ann", probability="10", budget_currency="EUR")
    import_rows(sqlite, an_opportunity(name="A", owner="bob", probability="10"), ann, settings=IN_EUROS_TOO)
    told = build_reports(["forecast", "by-status"], sqlite, IN_EUROS_TOO, Asked(), TODAY)
    book = openpyxl.load_workbook(BytesIO(b"".join(pieces(told))))
    assert texts(book["Forecast"])[4:] == [
        ["Owner", "In progress", "Budget forecast", "Weighted forecast"],
        ["ann", 1, 1100, 110],
        ["bob", 1, 1000, 100],
        ["Grand Total", 2, 2100, 210],
    ]
    told_of = {row[0]: row[1] for row in texts(book["Cover"]) if row[0]}
    assert (told_of["Rates of the day"], told_of["Opportunities"]) == ("1 EUR = 1.1 USD", "2")


def test_a_workbook_on_a_terminal_is_refused_before_the_database_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["report", "forecast", "--format", "xlsx", "--db", f"sqlite:///{tmp_path / 'none.db'}"])
    assert code == 2
    assert "Name a file for it with --output." in capsys.readouterr().err
