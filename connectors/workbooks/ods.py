"""ODS workbooks, as LibreOffice and Google Sheets write them."""

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from connectors.confined import RefusedError
from connectors.workbooks.ods_cells import STYLE, TABLE, line_of, times_of
from connectors.workbooks.ods_styles import Styles
from connectors.workbooks.packages import Package
from connectors.workbooks.rows import MAX_COLUMNS, MAX_ROWS, Row, Sheet

MAX_REPEATED = 5_000_000  # cells that repetition may make of a small file


class Ods:
    """A workbook of OpenDocument; numbers of days stand in it as days, so there is no epoch to know."""

    epoch_1904 = False

    def __init__(self, package: Package) -> None:
        """Its list of sheets; the cells wait until they are asked for."""
        self.package = package
        self.notes: list[str] = []
        self.sheets: list[Sheet] = []
        if "META-INF/manifest.xml" in package:
            with package.open("META-INF/manifest.xml") as manifest:
                if b"encryption-data" in manifest.read():
                    raise RefusedError("is protected by a password", "Save it without a password.")
        self._list_sheets()

    def _list_sheets(self) -> None:
        """Only the tags of tables and styles count here; a parser that builds no elements is three times as fast."""
        parser = expat.ParserCreate(namespace_separator="}")
        self.styles = Styles(parser)
        hidden: set[str | None] = set()
        style: str | None = None
        of_style, of_tables, of_table = f"{STYLE[1:]}style", f"{STYLE[1:]}table-properties", f"{TABLE[1:]}table"

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal style
            if not self.sheets:
                self.styles.start(name, attributes)
            if name == of_style:
                style = attributes.get(f"{STYLE[1:]}name")
            elif name == of_tables and attributes.get(f"{TABLE[1:]}display") == "false":
                hidden.add(style)
            elif name == of_table:
                shown = attributes.get(f"{TABLE[1:]}style-name") not in hidden
                self.sheets.append(Sheet(attributes.get(f"{TABLE[1:]}name", ""), shown))

        parser.StartElementHandler = start
        with self.package.open("content.xml") as file:
            parser.ParseFile(file)

    def rows(self, sheet: int, *, merged: bool = False) -> Iterator[Row]:
        """The rows with cells of one sheet, in their order, with their merged cells where asked for."""
        place, number, made = -1, 0, 0
        usual: list[str | None] = []  # styles of columns

        def sign_of(style: str | None, position: int) -> str:
            return self.styles.sign(style or (usual[position] if position < len(usual) else None))

        inside: list[int] = []  # tables, for there can be some in the cells of others
        for event, element in self._events():
            if element.tag == f"{TABLE}table":
                if event == "start":
                    place += 1
                    inside.append(place)
                elif inside.pop() == sheet:
                    return
            elif event == "end" and element.tag == f"{TABLE}table-row":
                if inside[-1:] == [sheet]:
                    times = times_of(element, "rows")
                    line = line_of(element, sign_of)
                    made += max(0, times * len(line.cells) - len(element))
                    if line.cells and (number + times > MAX_ROWS or made > MAX_REPEATED):
                        raise RefusedError("repeats cells more often than a spreadsheet has room for")
                    hidden = element.get(f"{TABLE}visibility", "visible") != "visible"
                    for row in range(number + 1, number + 1 + (times if line.cells else 0)):
                        spans = line.spans_from(row) if merged else ()
                        yield Row(row, list(line.cells), line.faults, hidden, line.signs, spans)
                    number += times
                element.clear()
            elif event == "end" and element.tag == f"{TABLE}table-column" and inside[-1:] == [sheet]:
                style = element.get(f"{TABLE}default-cell-style-name")
                usual += [style] * min(times_of(element, "columns"), MAX_COLUMNS - len(usual))

    def _events(self) -> Iterator[tuple[str, Element]]:
        with self.package.open("content.xml") as file:
            yield from ElementTree.iterparse(file, ("start", "end"))
