"""Text for a terminal: each answer as a table with its total, amounts rounded half-up to 2 decimals for the eye."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from textwrap import fill
from typing import Any

from pipelines.answer import Answer, Answers, Column
from pipelines.text_tables import WIDTH, money, table


def pieces(told: Answers) -> Iterator[str]:
    """The tables, one below the other."""
    for number, answer in enumerate(told.answers):
        yield "\n" if number else ""
        yield f"{_table(answer)}\n"


def _table(answer: Answer) -> str:
    headings = [column.heading for column in answer.shown]
    right = [column.is_numeric for column in answer.shown]
    last = [answer.last_line] if answer.total else []
    lines = [_line(answer, row) for row in (*answer.rows, *last)]
    earlier = answer.since.day()
    since = f", since {answer.since.told(earlier)}" if earlier else ""
    head = f"{answer.report} in {answer.currency} as of {answer.when.told(answer.as_of)}{since}"
    text = table(headings, lines, right=right, last_apart=bool(last), notes=answer.notes)
    return "\n\n".join([head, text, *(fill(remark, WIDTH) for remark in answer.remarks)])


def _line(answer: Answer, row: Mapping[str, Any]) -> list[str]:
    return [_cell(column, row.get(column.key)) for column in answer.shown]


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal) and column.kind == "money":
        return money(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    if isinstance(value, Decimal) and column.kind == "percent":
        return f"{(value * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)} %"
    return str(value)
