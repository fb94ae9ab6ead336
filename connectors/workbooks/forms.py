"""Workbooks to fill in: headers with comments, drop-down lists, number formats, and an example row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.finished import writing_whole
from connectors.formats.xlsx import save
from connectors.workbooks.lists import add_lists, offer, restrict

AS_TEXT, AS_DAY, AS_MOMENT, AS_IT_COMES = "@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "General"
MARK = "FFF2CC"
AUTHOR = "dealport"
NARROWEST, WIDEST, ROOM = 12, 44, 4
FIRST_DAY = "DATE(1900,3,1)"  # spreadsheets disagree about the days before
Value = str | Decimal | date | None


@dataclass(frozen=True)
class FormColumn:
    """A column to fill in: what its comment says, how its cells look, and what they may hold.

    `words` are offered as a list; others are refused, or where `only` is false questioned. `least` and `most` bound
    a number, `longest` the characters of a text. `told` is said where a cell is refused.
    """

    header: str
    comment: str
    required: bool = False
    number_format: str = AS_TEXT
    words: tuple[str, ...] = ()
    only: bool = True
    least: Decimal | None = None
    most: Decimal | None = None
    longest: int | None = None
    told: str = ""


def write_form(
    path: Path, columns: Sequence[FormColumn], example: Sequence[Value], told: dict[str, str] | None = None
) -> None:
    """Write a workbook with these columns and one example row, whole or not at all; the same gives the same bytes.

    `told` is what it says of itself when it comes back.
    """
    from openpyxl import Workbook
    from openpyxl.packaging.custom import StringProperty

    workbook: Any = Workbook()
    for name, said in (told or {}).items():
        workbook.custom_doc_props.append(StringProperty(name=name, value=said))
    sheet: Any = workbook.active
    sheet.title = "Sheet1"
    sheet.freeze_panes = "A2"
    lists = add_lists(workbook, {column.header: column.words for column in columns})
    for number, (column, value) in enumerate(zip(columns, example, strict=True), start=1):
        _head(sheet, number, column)
        _fill(sheet, number, column, value)
        if column.header in lists:
            offer(sheet, number, lists[column.header], refuse=column.only, told=column.told)
        elif rule := _rule(column):
            restrict(sheet, number, rule, refuse=True, told=column.told)
    with writing_whole(path) as part:
        save(workbook, part)


def _head(sheet: Any, number: int, column: FormColumn) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill

    cell = sheet.cell(1, number, column.header)
    cell.data_type = "s"
    cell.font = Font(name="Calibri", size=11, bold=True)  # without a name some show another font than below
    if column.required:
        cell.fill = PatternFill("solid", MARK)
    lines = sum(1 + len(line) // 44 for line in column.comment.splitlines())
    cell.comment = Comment(column.comment, AUTHOR, height=20 + 17 * lines, width=320)


def _fill(sheet: Any, number: int, column: FormColumn, value: Value) -> None:
    from openpyxl.utils import get_column_letter

    whole = sheet.column_dimensions[get_column_letter(number)]
    whole.number_format = column.number_format
    texts = [column.header, *column.words, "" if value is None else str(value)]
    whole.width = max(NARROWEST, min(WIDEST, max(map(len, texts)) + ROOM))
    if value is None:
        return
    cell = sheet.cell(2, number, value)
    cell.number_format = column.number_format
    if isinstance(value, str):
        cell.data_type = "s"


def _rule(column: FormColumn) -> Any:
    """The rule for the values of a column without a list, or None where everything goes."""
    from openpyxl.worksheet.datavalidation import DataValidation

    if column.number_format in {AS_DAY, AS_MOMENT}:
        rule = DataValidation("date", operator="greaterThanOrEqual", formula1=FIRST_DAY)
    elif column.least is not None and column.most is not None:
        rule = DataValidation("decimal", operator="between", formula1=f"{column.least:f}", formula2=f"{column.most:f}")
    elif column.longest is not None:
        rule = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(column.longest))
    else:
        return None
    rule.allow_blank = rule.showErrorMessage = True
    return rule
