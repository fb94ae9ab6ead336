"""Text for a terminal: each answer as a table with its total, amounts rounded half-up to 2 decimals for the eye.

Where several amounts beside each other have no room, they are rounded to whole units, which is told below.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from textwrap import fill
from typing import Any

from pipelines.questions.answer import Answer, Answers, Column
from pipelines.text_tables import BOLD, PLAIN, WIDE, Beside, Look, cents, fits, table, units

SEVERAL = 3
"""So many amounts beside each other may be rounded to whole units."""


def pieces(told: Answers, look: Look = PLAIN) -> Iterator[str]:
    """The tables, one below the other."""
    for number, answer in enumerate(told.answers):
        yield "\n" if number else ""
        yield f"{_table(answer, look)}\n"


def _table(answer: Answer, look: Look) -> str:
    columns = [column for column in answer.shown if column.below is None]
    rows = answer.rows if look.limit is None else answer.rows[: look.limit]
    ends = [answer.last_line] if answer.total else []
    lines, in_units = _lines(answer, columns, [*rows, *ends], look)
    since = f", since {answer.compared_with}" if answer.compared_with else ""
    head = fill(f"{answer.report} in {answer.currency} as of {answer.when.told(answer.as_of)}{since}", look.width)
    text = table(
        [column.heading for column in columns],
        lines,
        right=[column.is_numeric for column in columns],
        last_apart=bool(ends),
        beside=Beside(answer.notes[: len(rows)], _drawn(answer)),
        look=look,
    )
    more = len(answer.rows) - len(rows)
    hidden = [f"{more:,} more {'line' if more == 1 else 'lines'}; the total is that of all."] if more else []
    rounded = [f"Amounts in whole {answer.currency}, as there is no room for more."] if in_units else []
    remarks = (fill(sentence, look.width) for sentence in (*rounded, *answer.remarks, *hidden))
    return "\n\n".join([look.paint(head, BOLD), text, *remarks])


def _lines(
    answer: Answer, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], look: Look
) -> tuple[list[list[str]], bool]:
    """The cells of the rows, and whether amounts are in whole units, because several would have no room else."""

    def lines(digits: Mapping[str, int]) -> list[list[str]]:
        return [[_cell(answer, column, row, digits[column.key]) for column in columns] for row in rows]

    def has_room(cells: list[list[str]]) -> bool:
        right = [column.is_numeric for column in columns]
        return fits([column.heading for column in columns], cells, right=right, look=look)

    digits = {column.key: _digits(answer, column) for column in columns}
    amounts = [column.key for column in columns if column.kind == "money" and not column.exact]
    found = lines(digits)
    if len(amounts) < SEVERAL or has_room(found):
        return found, False
    rounded = lines(digits | dict.fromkeys(amounts, 0))
    return (rounded, True) if has_room(rounded) else (found, False)


def _drawn(answer: Answer) -> list[Any]:
    """The values that are drawn as bars: the first of the chart's. One bar alone would say nothing."""
    return [row.get(answer.chart.values[0]) for row in answer.rows] if answer.chart and len(answer.rows) > 1 else []


def _cell(answer: Answer, column: Column, row: Mapping[str, Any], digits: int) -> str:
    """A cell, and below it those of the columns that stand there."""
    below = [str(row.get(other.key) or "") for other in answer.shown if other.below == column.key]
    return "\n".join([_text(column, row.get(column.key), digits), *filter(None, below)])


def _text(column: Column, value: Any, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal) and column.kind == "money":
        if column.exact:
            return f"{value:,.{digits}f}"
        return cents(value) if digits else units(value)
    if isinstance(value, Decimal) and column.kind == "percent":
        if column.exact:
            return f"{(value * 100).normalize():f} %"
        return f"{(value * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)} %"
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def _digits(answer: Answer, column: Column) -> int:
    """How many decimals the amounts of an exact column need, all alike: 2 at least."""
    if not column.exact:
        return 2
    cells = (row.get(column.key) for row in (*answer.rows, answer.total))
    amounts = [cell for cell in cells if isinstance(cell, Decimal) and cell]
    return max([2, *(-int(amount.normalize(WIDE).as_tuple().exponent) for amount in amounts)])
