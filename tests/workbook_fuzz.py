"""Workbooks with bytes changed at random, outside and inside of their packages: rows or a sentence, nothing else."""

import io
import random
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.confined import Limits, RefusedError
from connectors.packed import Source
from connectors.workbooks import child
from connectors.workbooks.reading import read_workbook
from schemas.errors import RunError
from schemas.raw import ReadAs, first_row
from tests.workbooks import MAIN, cell12, header, label, merged12, number, ods, ods_row, record, row12, xls, xlsb, xlsx

TIGHT = Limits(memory_bytes=1024**3, cpu_seconds=20, silent_seconds=30)
ABORTING = ("xls", "xlsb")  # their library is no Python
TOKENS = [
    *(
        b"<",
        b">",
        b"&",
        b'"',
        b"</row>",
        b"<row>",
        b"<c/>",
        b"<v>",
        b"</v>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?",
    ),
    *(b"&#0;", b"&#xD800;", b"&lt;", b"_x0000_", b"\0", b"\xff", b"\xed\xa0\x80", b"<!DOCTYPE x>", b"1E999999", b"-1"),
    *(b'r="XFD1048576"', b'r="A0"', b't="e"', b't="s"', b's="99"', b"99999999999999999999", b"xmlns:x='y'", b"<x:row>"),
    *(b'table:number-rows-repeated="1048576"', b'table:number-columns-repeated="16384"', b"PT99999H", b"\r\n", b"/"),
]


def seeds(folder: Path) -> dict[str, bytes]:
    """A small good workbook of each kind."""
    rows = header("Name", "Amount", "Close", "Note") + "".join(
        f'<row r="{row}" spans="1:4"><c r="A{row}" t="s"><v>{row % 3}</v></c><c r="B{row}" s="2"><v>{row}.5</v></c>'
        f'<c r="C{row}" s="1"><v>{46_000 + row}</v></c>'
        f'<c r="D{row}" t="str"><f>A{row}&amp;"x"</f><v>n&amp;n</v></c></row>'
        for row in range(2, 12)
    )
    shared = (
        f'<sst xmlns="{MAIN}"><si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r></si><si><t>_x000D_</t></si></sst>'
    )
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode='
        '"_-* #,##0 [$€-407]_-;&quot;k€&quot; 0"/>'
        '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
    merges = '</sheetData><mergeCells><mergeCell ref="A3:A5"/><mergeCell ref="B6:C8"/></mergeCells><sheetData>'
    percent = (
        '<table:table-cell office:value-type="percentage" office:value="0.25"><text:p>25%</text:p></table:table-cell>'
    )
    euros = '<table:table-cell office:value-type="currency" office:currency="EUR" office:value="5.5"/>'
    down = '<table:table-cell table:number-rows-spanned="3" office:value-type="float" office:value="1"/>'
    lines = [ods_row("Name", "Share"), ods_row(down, euros), *(ods_row("a", percent) for _ in range(5))]
    cells = [label(0, 0, "Name"), label(0, 1, "Amount")]
    for row in range(1, 10):
        cells += [label(row, 0, f"deal {row}"), number(row, 1, row * 1.5, style=row % 5)]
    cells.append(record(0x205, struct.pack("<HHHBB", 10, 1, 0, 0x2A, 1)))
    cells.append(record(0xE5, struct.pack("<H8H", 2, 1, 3, 0, 0, 4, 6, 1, 1)))
    cells12 = [row12(0), cell12(6, 0, "Name"), cell12(6, 1, "Share")]
    for row in range(1, 9):
        cells12 += [row12(row), cell12(6, 0, "a"), cell12(5, 1, row / 8, style=row % 4), cell12(3, 2, b"\x2a")]
    return {
        "xlsx": xlsx(folder / "seed.xlsx", rows + merges, sharedStrings=shared, styles=styles).read_bytes(),
        "ods": ods(folder / "seed.ods", f'<table:table table:name="Deals">{"".join(lines)}</table:table>').read_bytes(),
        "xls": xls(folder / "seed.xls", {"Deals": cells}).read_bytes(),
        "xlsb": xlsb(folder / "seed.xlsb", cells12, merged12(1, 3, 1, 1)).read_bytes(),
    }


def changed(chance: random.Random, content: bytes) -> bytes:
    """The bytes with a few of them replaced, removed, repeated or joined by what means something."""
    data = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 4, 8])):
        place = chance.randrange(len(data) + 1)
        length = chance.choice([1, 1, 2, 8, 64])
        kind = chance.randrange(5)
        if kind == 0 and place < len(data):
            data[place] = chance.randrange(256)
        elif kind == 1:
            del data[place : place + length]
        elif kind == 2:
            data[place:place] = data[place : place + length] * chance.choice([1, 2, 50])
        else:
            data[place : place + length * (kind == 3)] = chance.choice(TOKENS)
    return bytes(data)


def changed_inside(chance: random.Random, content: bytes) -> bytes:
    """A package with one of its parts changed and packed again."""
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(whole, "w") as target:
        victim = chance.choice(source.namelist())
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, changed(chance, part) if name == victim else part)
    return whole.getvalue()


def cases(found: dict[str, bytes], seed: int) -> Iterator[tuple[str, bytes]]:
    """Changed workbooks without end, with the kind of each."""
    chance = random.Random(seed)
    while True:
        kind = chance.choice(sorted(found))
        inside = kind != "xls" and chance.random() < 0.7
        yield kind, (changed_inside if inside else changed)(chance, found[kind])


def read_here(content: bytes) -> str:
    """Read a workbook in this process, where only what is refused in words may be raised."""
    answers: list[dict[str, Any]] = []

    def receive() -> dict[str, Any]:
        if not answers:
            return {"sheet": None, "header_row": None}
        meant = [place for place, sheet in enumerate(answers[0]["sheets"]) if sheet["rows"]]
        return {"sheet": meant[0] if meant else 0, "header_row": 1, "width": 4}

    try:
        child.main(io.BytesIO(content), receive, lambda message, _body=b"": answers.append(message))
    except RefusedError as error:
        return error.why
    return "rows"


def read_confined(path: Path, content: bytes) -> str:
    """Read a workbook as everybody does, under tight limits, once it is written to a path."""
    path.write_bytes(content)
    try:
        for _ in read_workbook(Source(path, path.name), ReadAs(), first_row, TIGHT).batches:
            pass
    except RunError as error:
        return error.why
    return "rows"


def fuzz(folder: Path, seed: int, seconds: float) -> dict[str, int]:
    """How often what came out in so many seconds; an escape is raised."""
    outcomes: dict[str, int] = {}
    end = time.monotonic() + seconds
    for count, (kind, content) in enumerate(cases(seeds(folder), seed)):
        if time.monotonic() > end:
            break
        confined = kind in ABORTING or count % 20 == 0
        begun = time.monotonic()
        why = read_confined(folder / "last", content) if confined else read_here(content)
        outcome = f"{kind} {'rows' if why == 'rows' else 'refused'}{' confined' if confined else ''}"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        outcomes["slowest in ms"] = max(outcomes.get("slowest in ms", 0), round(1000 * (time.monotonic() - begun)))
    return outcomes
