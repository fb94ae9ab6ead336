"""How the cells of workbooks to look at are formatted: title, labels, headers, numbers, and the last line."""

from functools import cache
from typing import Any

AS_TEXT, AS_DAY = "@", "yyyy-mm-dd"
NAVY, BLUE, GREY, LINE, PALE = "#1F3864", "#2E75B6", "#595959", "#8EA9DB", "#EEF3FA"
FONT = {"font_name": "Calibri", "font_size": 11}
INDENTED: dict[str, Any] = {"align": "left", "indent": 1}


class Looks:
    """The formats of one workbook, each made when it is first asked for."""

    def __init__(self, book: Any) -> None:
        """Make those that every workbook has."""
        self._book = book
        self.title = self._add(bold=True, font_size=18, font_color=NAVY)
        self.label = self._add(bold=True, font_color=NAVY, **INDENTED)
        self.quiet = self._add(font_color=GREY)
        self.link = self._add(font_color=BLUE, underline=1, **INDENTED)
        self.band = book.add_format({"bg_color": PALE})
        self.cell, self.header = cache(self._cell), cache(self._header)

    def _add(self, **told: Any) -> Any:
        return self._book.add_format({**FONT, "valign": "top", **told})

    def _header(self, *, numeric: bool) -> Any:
        told: dict[str, Any] = {"align": "right"} if numeric else INDENTED
        return self._add(bold=True, font_color="#FFFFFF", bg_color=NAVY, text_wrap=True, valign="vcenter", **told)

    def _cell(self, number_format: str, *, last: bool = False) -> Any:
        told: dict[str, Any] = {"num_format": number_format}
        if number_format == AS_TEXT:
            told |= {"text_wrap": True, **INDENTED}
        if last:
            told |= {"bold": True, "top": 1, "bottom": 6, "border_color": LINE}
        return self._add(**told)
