"""The styles of cells in workbooks that are written as XML: a few that all have, and number formats of their own."""

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

PLAIN, TEXT, DAY, MOMENT, HEADER = range(5)
"""Styles of cells: as it comes, text, day, moment, header; each but the last also marked, MARKED further on."""
MARKED = 5
TABLE_HEADER, TITLE, OWN = range(9, 12)
"""The header of a table, white on blue; a title; and the first of those with a number format of the workbook's own."""
GENERAL, AS_TEXT, AS_DAY, AS_MOMENT, OWN_FORMAT = 0, 49, 164, 165, 166
FORMATS = {AS_DAY: "yyyy\\-mm\\-dd", AS_MOMENT: "yyyy\\-mm\\-dd\\ hh:mm:ss"}
FONTS = (
    '<sz val="11"/><name val="Calibri"/>',
    '<b/><sz val="11"/><name val="Calibri"/>',
    '<sz val="11"/><color rgb="FF9C0006"/><name val="Calibri"/>',
    '<b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/>',
    '<b/><sz val="16"/><color rgb="FF1F3864"/><name val="Calibri"/>',
)
BOLD, RED, WHITE, LARGE = range(1, 5)
FILLS = ("FFFFC7CE", "FF1F3864")
ROSE, NAVY = range(2, 4)
"""The places of fills; the first two are those that every workbook has to have."""
STYLES = (
    *((format_, 0, 0) for format_ in (GENERAL, AS_TEXT, AS_DAY, AS_MOMENT)),
    (AS_TEXT, BOLD, 0),
    *((format_, RED, ROSE) for format_ in (GENERAL, AS_TEXT, AS_DAY, AS_MOMENT)),
    (AS_TEXT, WHITE, NAVY),
    (AS_TEXT, LARGE, 0),
)
"""Number format, font and fill of each style."""


class Formats:
    """The number formats of a workbook's own, each of which becomes a style when it is first asked for."""

    def __init__(self) -> None:
        """None is asked for yet."""
        self.codes: dict[str, int] = {}

    def style(self, code: str) -> int:
        """The style of cells whose numbers are shown so."""
        return OWN + self.codes.setdefault(code, len(self.codes))


def styles_xml(formats: Sequence[str] = ()) -> str:
    """The part with the styles: those that all workbooks have, and one for each further number format."""
    numbered = FORMATS | dict(enumerate(formats, start=OWN_FORMAT))
    styles = [*STYLES, *((number, 0, 0) for number in range(OWN_FORMAT, OWN_FORMAT + len(formats)))]
    codes = (f'<numFmt numFmtId="{number}" formatCode={quoteattr(code)}/>' for number, code in numbered.items())
    solid = (
        f'<fill><patternFill patternType="solid"><fgColor rgb="{color}"/><bgColor indexed="64"/></patternFill></fill>'
        for color in FILLS
    )
    return (
        f'{XML}<styleSheet xmlns="{MAIN}"><numFmts count="{len(numbered)}">{"".join(codes)}</numFmts>'
        f'<fonts count="{len(FONTS)}">{"".join(f"<font>{font}</font>" for font in FONTS)}</fonts>'
        f'<fills count="{len(FILLS) + 2}"><fill><patternFill patternType="none"/></fill>'
        f'<fill><patternFill patternType="gray125"/></fill>{"".join(solid)}</fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(styles)}">{"".join(_style(*style) for style in styles)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _style(format_: int, font: int, fill: int) -> str:
    applied = "".join(
        f' apply{what}="1"' for what, place in (("NumberFormat", format_), ("Font", font), ("Fill", fill)) if place
    )
    return f'<xf numFmtId="{format_}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0"{applied}/>'
