"""The values of a workbook beside their texts: a number stays a number where its text says the same."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

Texts = Iterator[tuple[int, tuple[str, ...]]]
A_SECOND = timedelta(seconds=1)


def with_values(path: Path, sheet: str, rows: Texts) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows of a sheet, its numbers, days and moments as such; each row as it is counted in the sheet."""
    from python_calamine import CalamineError, load_workbook

    try:
        with load_workbook(path) as workbook:
            cells = workbook.get_sheet_by_name(sheet)
    except CalamineError:  # what read the texts can read more than this
        yield from rows
        return
    indent = cells.start[1] if cells.start else 0
    lines = enumerate(cells.iter_rows(), start=1)
    number, values = 0, list[Any]()
    for row, texts in rows:
        while number < row and (found := next(lines, None)) is not None:
            number, values = found
        held = [None] * indent + list(values) if number == row else []
        yield row, [*map(_value, texts, held), *texts[len(held) :]]


def _value(text: str, value: Any) -> Any:
    """The value of a cell where its text says the same; else the text."""
    if isinstance(value, date):
        try:
            told = datetime.fromisoformat(text)
        except ValueError:
            return text
        held = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        same = abs(told - held) < A_SECOND
        return (told if "T" in text else told.date()) if same else text
    if isinstance(value, float | int) and not isinstance(value, bool):
        return value if _same_number(text, value) else text
    return text


def _same_number(text: str, value: float) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdecimal() and Decimal(text) == Decimal(repr(value))
