"""XLSX workbooks: their sheets, styles and shared texts; sheet_xml.py reads the cells."""

import posixpath
import re
from collections.abc import Callable, Iterator

from connectors.confined import RefusedError
from connectors.workbooks.markup import MAX_WAITING, parse, underscored, unescaped, without_markup
from connectors.workbooks.merged import Spans, by_first_row, spans_of_xml
from connectors.workbooks.packages import Package
from connectors.workbooks.rows import Row, Sheet
from connectors.workbooks.sheet_xml import CHUNK, Convert, Form, SheetXml
from connectors.workbooks.shown import BUILT_IN, Format, format_of
from connectors.workbooks.texts import bool_text, converters, iso_text

WORKBOOK = "xl/workbook.xml"
ITEM = re.compile(r'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>|<si><t/></si>|<si/>')
RELATION = re.compile(r"/(worksheet|sharedStrings|styles)$")


class Xlsx:
    """A workbook of Excel 2007 and later, or of any program that writes such."""

    def __init__(self, package: Package) -> None:
        """Its list of sheets and its styles; the cells wait until they are asked for."""
        self.package = package
        self.notes: list[str] = []
        self.sheets: list[Sheet] = []
        self.parts: list[str] = []
        relations, by_kind = self._relations()
        self.epoch_1904 = False
        for element in self.package.elements(WORKBOOK):
            name = _local(element.tag)
            if name == "workbookPr":
                self.epoch_1904 = element.get("date1904") in ("1", "true")
            elif name == "sheet":
                identifier = next((value for key, value in element.items() if _local(key) == "id"), "")
                if identifier in relations:
                    self.parts.append(relations[identifier])
                    self.sheets.append(Sheet(element.get("name", ""), element.get("state", "visible") == "visible"))
        self.formats = self._styles(by_kind.get("styles"))
        self.texts: list[str] | None = None
        self.texts_part = by_kind.get("sharedStrings")

    def rows(self, sheet: int, *, merged: bool = False) -> Iterator[Row]:
        """The rows with cells of one sheet, in their order; its merged cells cost a pass of their own before."""
        part = self.parts[sheet]
        spans: Spans = {}
        if merged:
            with self.package.open(part) as whole:
                spans = by_first_row(spans_of_xml(whole))
        with self.package.text(part) as file:
            rows = SheetXml(self._form).rows(file)
            yield from (row._replace(spans=spans.get(row.number, ())) for row in rows) if spans else rows

    def _relations(self) -> tuple[dict[str, str], dict[str, str]]:
        sheets: dict[str, str] = {}
        others: dict[str, str] = {}
        for element in self.package.elements("xl/_rels/workbook.xml.rels"):
            kind = RELATION.search(element.get("Type", ""))
            if kind and element.get("TargetMode") != "External":
                target = element.get("Target", "").replace("\\", "/")
                part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
                if kind[1] == "worksheet":
                    sheets[element.get("Id", "")] = part
                else:
                    others[kind[1]] = part
        return sheets, others

    def _styles(self, part: str | None) -> list[Format]:
        if part is None or part not in self.package:
            return []
        by_format = dict(BUILT_IN)
        found: list[Format] = []
        for element in self.package.elements(part):
            if _local(element.tag) == "numFmt":
                by_format[_whole(element.get("numFmtId"))] = format_of(element.get("formatCode", ""))
            elif _local(element.tag) == "cellXfs":
                found = [by_format.get(_whole(style.get("numFmtId")), Format()) for style in element]
        return found

    def _form(self, attributes: dict[str, str]) -> Form:
        """How a cell with these attributes is read."""
        kind = attributes.get("t", "n")
        other: dict[str, Convert] = {"b": bool_text, "e": unescaped, "d": iso_text}
        if kind in other:
            return Form(other[kind])
        style = _whole(attributes.get("s"))
        shown, sign = self.formats[style] if 0 <= style < len(self.formats) else Format()
        if kind == "s":
            return Form(self._shared(), sign)
        if kind in ("str", "inlineStr"):
            return Form(unescaped, sign)
        return Form(converters(self.epoch_1904)[shown], sign)

    def _shared(self) -> Callable[[str], str]:
        if self.texts is None:
            self.texts = list(self._shared_texts()) if self.texts_part and self.texts_part in self.package else []
        texts = self.texts

        def shared(number: str) -> str:
            try:
                return texts[int(number)] if number.isdigit() else texts[len(texts)]
            except (IndexError, ValueError) as error:
                raise RefusedError(f"is a damaged workbook (it has no shared text {number[:20]})") from error

        return shared

    def _shared_texts(self) -> Iterator[str]:
        assert self.texts_part
        with self.package.text(self.texts_part) as file:
            chunks = without_markup(iter(lambda: file.read(CHUNK), ""))
            prefix, waiting = _first_item(chunks)
            end = f"</{prefix}si>"
            while True:
                whole, found, waiting = waiting.rpartition(end)
                yield from _items(whole + found)
                if len(waiting) > MAX_WAITING:
                    raise RefusedError(f"holds a text longer than {MAX_WAITING:,} bytes", "Shorten it.")
                chunk = next(chunks, "")
                if not chunk:
                    break
                waiting += chunk
            if f"</{prefix}sst" not in waiting:
                raise RefusedError("is a damaged workbook (its shared texts end in the middle)")
            yield from _items(waiting.partition(f"</{prefix}sst")[0])


def _first_item(chunks: Iterator[str]) -> tuple[str, str]:
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        if found := re.search(r"<((?:[^\s<>/:]+:)?)sst(?:\s[^<>]*?)?(/?)>", waiting):
            return found[1], f"</{found[1]}sst" if found[2] else waiting[found.end() :]
        if len(waiting) > MAX_WAITING:
            break
    raise RefusedError("is a damaged workbook (its shared texts have no beginning)")


def _items(xml: str) -> list[str]:
    parts = ITEM.split(xml)
    if not any(map(str.strip, parts[0::2])):
        return [unescaped(text) if text else "" for text in parts[1::2]]
    found = _Items()
    parse(xml, found)
    return [underscored("".join(item)) for item in found.items]


class _Items:
    """Gathers shared texts, formatted in pieces or not, without their phonetic readings; expat calls it."""

    def __init__(self) -> None:
        self.items: list[list[str]] = []
        self.inside: list[str] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.inside.append(_local(name))
        if self.inside[-1] == "si":
            self.items.append([])

    def end(self, _name: str) -> None:
        self.inside.pop()

    def text(self, text: str) -> None:
        if self.inside[-1] == "t" and "rPh" not in self.inside and self.items:
            self.items[-1].append(text)


def _local(name: str) -> str:
    return re.split("[}:]", name)[-1]


def _whole(number: str | None) -> int:
    return int(number) if number and number.isascii() and number.isdigit() and len(number) < 8 else 0
