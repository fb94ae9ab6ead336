"""Drop-down lists of a workbook: their words on a hidden sheet, and the columns that offer them."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

LISTS_SHEET = "Lists"
LAST_ROW = 10_001
"""Drop-downs reach over 10,000 rows below the headers."""


def add_lists(workbook: Any, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Add a hidden sheet with a column of words for each list that has some; gives the reference of each list."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    filled = {name: words for name, words in lists.items() if words}
    if not filled:
        return {}
    sheet = workbook.create_sheet(LISTS_SHEET)
    sheet.sheet_state = "hidden"
    for line in zip_longest(*filled.values()):
        cells = [None if word is None else WriteOnlyCell(sheet, word) for word in line]
        for cell in filter(None, cells):
            cell.data_type = "s"  # a word like =A1 is no formula
        sheet.append(cells)
    letters = map(get_column_letter, range(1, len(filled) + 1))
    return {
        name: f"'{LISTS_SHEET}'!${letter}$1:${letter}${len(words)}"
        for letter, (name, words) in zip(letters, filled.items(), strict=True)
    }


def offer(sheet: Any, column: int, reference: str, *, refuse: bool = True, told: str = "", first_row: int = 2) -> None:
    """Offer the words of a list in the cells of a column, counted from 1; other words are refused, or questioned."""
    from openpyxl.worksheet.datavalidation import DataValidation

    offered = DataValidation("list", formula1=reference, allow_blank=True, showErrorMessage=True)
    restrict(sheet, column, offered, refuse=refuse, told=told or "Choose a word of the list.", first_row=first_row)


def restrict(sheet: Any, column: int, rule: Any, *, refuse: bool, told: str, first_row: int = 2) -> None:
    """Put a rule of openpyxl on the cells of a column, counted from 1, with what is told where it is broken."""
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(column)
    rule.errorStyle = "stop" if refuse else "warning"
    rule.error = told[:255]
    rule.add(f"{letter}{first_row}:{letter}{LAST_ROW}")
    sheet.data_validations.append(rule)
