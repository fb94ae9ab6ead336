"""Workbooks as tests write them, to the byte: XLSX and ODS from XML, XLS from records."""

import struct
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from connectors.confined import Limits
from connectors.files import ANYHOW, read_table
from connectors.packed import open_source
from connectors.workbooks.reading import read_workbook
from schemas.raw import CellFault, Fits, RawTable, ReadAs, first_row

Lines = list[tuple[int, tuple[str, ...]]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
OPEN = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)
IN_EUROS = "#,##0.00\\ [$€-407]"
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def signs(path: Path) -> list[dict[int, list[str | None]]]:
    """The signs that formats show, batch by batch, by the position of the column."""
    return [
        {place: found.to_pylist() for place, found in batch.signs.items()} for batch in read_table(path, ANYHOW).batches
    ]


def read(
    path: Path, how: ReadAs = ANYHOW, fits: Fits = first_row, limits: Limits | None = None
) -> tuple[RawTable, Lines, list[CellFault]]:
    """A table read to its end, its rows and its faults."""
    table = read_workbook(open_source(path), how, fits, limits) if limits else read_table(path, how, fits)
    rows: Lines = []
    faults: list[CellFault] = []
    for batch in table.batches:
        lines = zip(*(column.to_pylist() for column in batch.cells.columns), strict=True)
        rows += zip(batch.row.to_pylist(), lines, strict=True)
        faults += batch.faults
    return table, rows, faults


def package(path: Path, parts: dict[str, str | bytes]) -> Path:
    """A ZIP file of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def xlsx(path: Path, rows: str, **parts: str) -> Path:
    """A workbook whose only sheet holds this XML between its row elements; `parts` replace the others of xl/."""
    contents = {
        "workbook": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships"><sheets>'
        '<sheet name="Deals" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{_relations()}</Relationships>',
        "styles": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "sharedStrings": f'<sst xmlns="{MAIN}"/>',
        "worksheets/sheet1": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    } | parts
    return package(path, {f"xl/{name}" + ("" if "." in name else ".xml"): xml for name, xml in contents.items()})


def _relations() -> str:
    targets = {"worksheet": "worksheets/sheet1.xml", "styles": "styles.xml", "sharedStrings": "sharedStrings.xml"}
    return "".join(
        f'<Relationship Id="rId{place}" Type="{OFFICE}/relationships/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets.items(), start=1)
    )


def header(*names: str) -> str:
    """The XML of a first row of headers."""
    cells = (f'<c r="{chr(65 + place)}1" t="inlineStr"><is><t>{name}</t></is></c>' for place, name in enumerate(names))
    return f'<row r="1">{"".join(cells)}</row>'


def ods(path: Path, tables: str, styles: str = "", manifest: str = "") -> Path:
    """A workbook of OpenDocument with the XML of its tables and of its styles."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {OPEN} {CALC} office:version="1.3">'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return package(path, {"mimetype": ODS, "content.xml": content, "META-INF/manifest.xml": manifest or "<m/>"})


def ods_row(*cells: str, attributes: str = "") -> str:
    """A row of OpenDocument: XML of cells as it is, other texts as text cells."""
    told = (cell if cell.startswith("<") else _ods_text(cell) for cell in cells)
    return f"<table:table-row {attributes}>{''.join(told)}</table:table-row>"


def _ods_text(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def xls(path: Path, sheets: dict[str, Iterable[bytes]], first: bytes = b"", hidden: Sequence[str] = ()) -> Path:
    """A workbook of Excel 97-2003, each sheet given by its records; style 1 is a day, 2 is 0%, 3 is 0.0%, 4 is €."""
    styles = [0, 14, 9, 164, 165]
    codes = {(164, 4): "0.0%", (165, len(IN_EUROS)): IN_EUROS}
    before = [
        record(0x809, struct.pack("<HHHHII", 0x600, 0x5, 0, 0, 0, 0)),
        first,
        record(0x42, struct.pack("<H", 1200)),
        *(record(0x41E, struct.pack("<HHB", *told, 1) + code.encode("utf-16-le")) for told, code in codes.items()),
        *(record(0xE0, struct.pack("<HH16x", 0, style)) for style in styles),
    ]
    bodies = [
        b"".join([record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)), *records, record(0x0A, b"")])
        for records in sheets.values()
    ]
    place = sum(map(len, before)) + sum(4 + 8 + len(name) for name in sheets) + 4
    directory = b""
    for name, body in zip(sheets, bodies, strict=True):
        told = struct.pack("<IBBBB", place, name in hidden, 0, len(name), 0) + name.encode("latin-1")
        directory += record(0x85, told)
        place += len(body)
    path.write_bytes(ole("Workbook", b"".join([*before, directory, record(0x0A, b""), *bodies])))
    return path


def record(kind: int, body: bytes) -> bytes:
    """A record of an XLS workbook."""
    return struct.pack("<HH", kind, len(body)) + body


def label(row: int, position: int, text: str) -> bytes:
    """A text cell of an XLS workbook; rows count from 0."""
    return record(0x204, struct.pack("<HHHHB", row, position, 0, len(text), 1) + text.encode("utf-16-le"))


def number(row: int, position: int, value: float, style: int = 0) -> bytes:
    """A number of an XLS workbook; rows count from 0."""
    return record(0x203, struct.pack("<HHHd", row, position, style, value))


def xlsb(path: Path, cells: Iterable[bytes], after: bytes = b"") -> Path:
    """A binary workbook of Excel 2007 given by the records of its cells; style 1 is 0%, 2 is 0.0%, 3 is €."""
    sheet = [_record12(129, b""), _record12(148, struct.pack("<4I", 0, 9, 0, 9)), _record12(145, b"")]
    styles = [
        _record12(615, struct.pack("<I", 2)),
        _record12(44, struct.pack("<H", 164) + _wide("0.0%")),
        _record12(44, struct.pack("<H", 165) + _wide(IN_EUROS)),
        _record12(616, b""),
        _record12(617, struct.pack("<I", 4)),
        *(_record12(47, struct.pack("<HH12x", 0, style)) for style in (0, 9, 164, 165)),
        _record12(618, b""),
    ]
    book = [_record12(131, b""), _record12(153, bytes(12)), _record12(143, b"")]
    book += [_record12(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Deals")), _record12(144, b"")]
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
        "xl/workbook.bin": b"".join([*book, _record12(132, b"")]),
        "xl/styles.bin": b"".join([_record12(278, b""), *styles, _record12(279, b"")]),
        "xl/worksheets/sheet1.bin": b"".join([*sheet, *cells, _record12(146, b""), after, _record12(130, b"")]),
    }
    return package(path, parts)


def row12(number: int, hidden: bool = False) -> bytes:
    """The beginning of a row of an XLSB workbook; rows count from 0."""
    return _record12(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0x10 * hidden, 0, 0))


def cell12(kind: int, position: int, content: str | float | bytes, style: int = 0) -> bytes:
    """A cell of an XLSB workbook: 6 is a text, 5 a number, 3 an error."""
    body = _wide(content) if isinstance(content, str) else content
    told = body if isinstance(body, bytes) else struct.pack("<d", body)
    return _record12(kind, struct.pack("<II", position, style) + told)


def merged12(top: int, bottom: int, first: int, last: int) -> bytes:
    """A range of merged cells of an XLSB workbook, which stands behind its cells; rows count from 0."""
    return _record12(177, struct.pack("<I", 1)) + _record12(176, struct.pack("<4I", top, bottom, first, last))


def _record12(kind: int, body: bytes) -> bytes:
    assert len(body) < 0x4000
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = bytes([len(body)]) if len(body) < 0x80 else bytes([len(body) & 0x7F | 0x80, len(body) >> 7])
    return head + length + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def ole(name: str, data: bytes) -> bytes:
    """An OLE container with one stream."""
    data = data.ljust(4096, b"\0")
    data += bytes(-len(data) % 512)
    last = 2 + len(data) // 512
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    sectors = [table, end, *range(3, last), end]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack("<16xHHHHH10x", 0x3E, 3, 0xFFFE, 9, 6)
    head = head[:44] + struct.pack("<8I", 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<I", 0)
    root = _entry("Root Entry", 5, 1, end, 0)
    entries = root + _entry(name, 2, free, 2, len(data)) + bytes(256)
    fat = struct.pack(f"<{len(sectors)}I", *sectors).ljust(512, b"\xff")
    return head.ljust(512, b"\xff") + fat + entries + data


def _entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
    told = f"{name}\0".encode("utf-16-le")
    free = 0xFFFFFFFF
    return told.ljust(64, b"\0") + struct.pack("<HBBIII36xIII", len(told), kind, 1, free, free, child, first, size, 0)
