"""XLSX: a workbook with a cover, and a sheet for each answer: its table, its total, what it remarks, and its chart."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from tempfile import TemporaryFile

from connectors.workbooks.charted import Cover, Sheet, write_charted
from connectors.workbooks.charts import SheetChart
from connectors.workbooks.looks import AS_DAY, AS_TEXT
from connectors.workbooks.shown_tables import Table, TableColumn
from pipelines.questions.answer import Answer, Answers, Behind, Column
from pipelines.questions.charted import charted

BINARY = True
PIECE_BYTES = 1 << 20
FORMATS = {"text": AS_TEXT, "date": AS_DAY, "count": "#,##0", "percent": "0.0%", "number": "#,##0.00"}
TITLE = "Sales reports"
NONE = "none"


def pieces(told: Answers) -> Iterator[bytes]:
    """The workbook."""
    with TemporaryFile() as file:
        write_charted(file, _cover(told), list(map(_sheet, told.answers)))
        file.seek(0)
        yield from iter(lambda: file.read(PIECE_BYTES), b"")


def _cover(told: Answers) -> Cover:
    first, behind, maker = told.answers[0], told.behind, f"dealport {version('dealport')}"
    compared = next((answer.compared_with for answer in told.answers if answer.compared_with), "")
    facts = [("As of", first.when.told(first.as_of))]
    facts += [("Compared with", compared)] if compared else []
    facts += [("Not compared", told.uncompared)] if told.uncompared else []
    facts += [("Currency", first.currency), *_rates(behind, first.currency)]
    facts += [("Filters", "\n".join(behind.filters) or NONE)]
    facts += [("Opportunities", f"{behind.deals:,}"), ("Runs behind them", runs(behind.runs) or NONE)]
    title = TITLE if len(told.answers) > 1 else first.name
    return Cover(title, [*facts, ("Made with", maker)], first.as_of, maker)


def _rates(behind: Behind, currency: str) -> Iterator[tuple[str, str]]:
    told = [f"1 {code} = {rate:f} {currency}" for code, rate in behind.rates.items() if code != currency]
    if told:
        yield "Rates of the day", "\n".join(told)


def runs(numbers: Sequence[int]) -> str:
    """Numbers in their order as ranges: 1–7, 9."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1] = [ranges[-1][0], number]
        else:
            ranges.append([number])
    return ", ".join("–".join(map(str, ends)) for ends in ranges)


def _sheet(answer: Answer) -> Sheet:
    since = f", compared with {answer.compared_with}" if answer.compared_with else ""
    when = f"In {answer.currency}, as of {answer.when.told(answer.as_of)}{since}"
    columns = [_column(column, answer.currency) for column in answer.shown]
    keys = [column.key for column in answer.shown]
    rows = [[row.get(key) for key in keys] for row in answer.rows]
    last = [answer.last_line.get(key) for key in keys] if answer.total else []
    if answer.notes:
        columns.append(TableColumn("Note"))
        rows = [[*row, note] for row, note in zip(rows, answer.notes, strict=True)]
        last += [None] if last else []
    return Sheet(answer.name, (answer.title, when), Table(columns, rows), last, answer.remarks, _chart(answer))


def _column(column: Column, currency: str) -> TableColumn:
    if column.kind == "money":
        number = "#,##0.00########" if column.exact else "#,##0.00"
        return TableColumn(column.heading, f"[${currency}]\\ {number};[Red][${currency}]\\ \\-{number}")
    return TableColumn(column.heading, FORMATS[column.kind])


def _chart(answer: Answer) -> SheetChart | None:
    """The chart of what has values: it refers to the table, or has data of its own where that has no such columns."""
    chart, rows = answer.chart, answer.rows
    by_key = {column.key: column for column in answer.columns}
    if chart is None or not {chart.category, *chart.values} <= set(by_key):
        return None
    if all(row[key] is None for row in rows for key in chart.values):
        return None
    values = [by_key[key] for key in chart.values]
    title = f"{', '.join(column.heading for column in values)} by {by_key[chart.category].heading.lower()}"
    unit = answer.currency if values[0].kind == "money" else ""
    shown = [column.key for column in answer.shown]
    if chart.series is None and {chart.category, *chart.values} <= set(shown):
        return SheetChart(
            chart.kind, shown.index(chart.category), [shown.index(key) for key in chart.values], title, unit
        )
    if chart.series is None:
        columns = [by_key[chart.category], *values]
        data = [[row.get(column.key) for column in columns] for row in rows]
    else:
        value = by_key[chart.values[0]]
        categories, parts = charted(answer, chart)
        columns = [by_key[chart.category], *(Column(value.key, name, value.kind) for name in parts)]
        data = [list(row) for row in zip(categories, *parts.values(), strict=True)]
    table = Table([_column(column, answer.currency) for column in columns], data)
    return SheetChart(chart.kind, 0, range(1, len(columns)), title, unit, table)
