"""Exchange rates from files: a plain table of days and rates, or what the European Central Bank publishes."""

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from io import BytesIO, StringIO
from itertools import zip_longest
from pathlib import Path
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from schemas.currencies import KNOWN_CURRENCIES
from schemas.errors import UnreadableFileError
from schemas.rates import Cell, Gathered, Rate, RateFault, UnreadableCellError, read_rate

LIMIT_BYTES = 64 * 2**20
EXPECTED = (
    "Name a CSV file in UTF-8 with the headers day, currency and rate, separated by commas, "
    "or a file of the European Central Bank: eurofxref or eurofxref-hist as CSV, XML or ZIP."
)
HEADERS = {
    "day": ("day", "date"),
    "currency": ("currency", "from", "from currency"),
    "rate": ("rate",),
    "to": ("to", "base", "to currency"),
    "source": ("source",),
}
MONTHS = "January February March April May June July August September October November December"


def read_rates(path: Path, base: str) -> tuple[list[Rate], list[RateFault]]:
    """The rates in a file, and its cells that are none; rows that do not say `to` are rates to `base`.

    The files of the European Central Bank, known by their content, give the units of a currency per euro:
    rates from EUR, source "ecb". Equal repetitions, and the rate 1 of a currency in itself, are passed over.
    """
    text = _text(path)
    gathered = Gathered()
    if text.lstrip().startswith("<"):
        _read_xml(path, text, gathered)
    else:
        try:
            _read_csv(path, csv.reader(StringIO(text, newline=""), strict=True), base, gathered)
        except csv.Error as fault:
            raise UnreadableFileError(path, f"is not CSV: {fault}", EXPECTED) from fault
    return gathered.told()


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
        if content.startswith(b"PK\3\4"):
            content = _unpacked(path, content)
        if len(content) > LIMIT_BYTES:
            raise UnreadableFileError(path, f"holds more than {LIMIT_BYTES >> 20} MiB", EXPECTED)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UnreadableFileError(path, f"is not UTF-8 at byte {fault.start}", EXPECTED) from fault
    except OSError as fault:
        raise UnreadableFileError(path, f"cannot be read: {fault.strerror or fault}", EXPECTED) from fault


def _unpacked(path: Path, content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise UnreadableFileError(path, f"is a ZIP of {len(names)} files, not of one", EXPECTED)
            with archive.open(names[0]) as file:
                return file.read(LIMIT_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as fault:
        raise UnreadableFileError(path, f"cannot be unpacked: {fault}", EXPECTED) from fault


def _read_csv(path: Path, lines: Iterator[list[str]], base: str, gathered: Gathered) -> None:
    headers = [header.strip() for header in next(lines, [])]
    places = _places(path, headers)
    rows = _rows(lines, headers, gathered)
    if {"day", "currency", "rate"} <= places.keys():
        _read_table(rows, places, base, gathered)
    elif places.get("day") == 0 and re.fullmatch("(,[A-Z]{3})+,*", ",".join(["", *headers[1:]])):
        if "EUR" in headers:
            raise UnreadableFileError(path, "has a column EUR, so its rates are not per euro", EXPECTED)
        _read_ecb_table(rows, headers, gathered)
    else:
        raise UnreadableFileError(path, "is not a file of exchange rates", EXPECTED)


def _places(path: Path, headers: list[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, header in enumerate(headers):
        name = " ".join(header.replace("_", " ").casefold().split())
        for field in (field for field, names in HEADERS.items() if name in names):
            if field in places:
                raise UnreadableFileError(path, f"has two headers for the {field}", EXPECTED)
            places[field] = place
    return places


def _rows(lines: Iterable[list[str]], headers: list[str], gathered: Gathered) -> Iterator[list[Cell]]:
    for row, texts in enumerate(lines, 2):
        cells = [Cell(row, *under) for under in zip_longest(headers, texts, fillvalue="")]
        left_over = [cell for cell in cells if not cell.header and cell.text.strip()]
        if left_over:  # a decimal comma without quotes would make 1 of 1,0857
            gathered.fault(left_over[0], "stands under no header", "Put quotes around a cell with a comma.")
        elif any(cell.text.strip() for cell in cells):
            yield cells


def _read_table(rows: Iterable[list[Cell]], places: dict[str, int], base: str, gathered: Gathered) -> None:
    for row in rows:
        cells = {field: row[place] for field, place in places.items()}
        day = gathered.read(cells["day"], _day)
        currency = gathered.read(cells["currency"], _currency)
        rate = gathered.read(cells["rate"], read_rate)
        named = "to" in cells and cells["to"].text.strip()
        to = gathered.read(cells["to"], _currency) if named else base
        source = cells["source"].text.strip() if "source" in cells else ""
        if day and currency and rate and to:
            gathered.take(cells["rate"], Rate(day, currency, to, rate, source or "file"))


def _read_ecb_table(rows: Iterable[list[Cell]], headers: list[str], gathered: Gathered) -> None:
    known = {header for header in headers[1:] if header and gathered.read(Cell(1, header, header), _currency)}
    for day_cell, *cells in rows:
        day = gathered.read(day_cell, _day)
        for cell in cells:
            if cell.header in known and cell.text.strip().upper() not in ("", "N/A"):
                rate = gathered.read(cell, read_rate)
                if day and rate:
                    gathered.take(cell, Rate(day, "EUR", cell.header, rate, "ecb"))


class _EcbCubes(ContentHandler):
    """Takes <Cube time=…> and <Cube currency=… rate=…/>; the row of what it finds is the line of the file."""

    def __init__(self, gathered: Gathered, line: Callable[[], int]) -> None:
        super().__init__()
        self.gathered, self.line = gathered, line
        self.day: date | None = None
        self.days = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  # SAX calls it so
        found = dict(attrs.items()) if name.rpartition(":")[2] == "Cube" else {}
        cells = {header: Cell(self.line(), header, text) for header, text in found.items()}
        if "time" in cells:
            self.days += 1
            self.day = self.gathered.read(cells["time"], _day)
        elif {"currency", "rate"} <= cells.keys():
            currency = self.gathered.read(cells["currency"], _currency)
            rate = self.gathered.read(cells["rate"], read_rate)
            if self.day and currency and rate:
                self.gathered.take(cells["rate"], Rate(self.day, "EUR", currency, rate, "ecb"))


def _read_xml(path: Path, text: str, gathered: Gathered) -> None:
    parser = make_parser()
    parser.forbid_dtd = True
    cubes = _EcbCubes(gathered, parser.getLineNumber)
    parser.setContentHandler(cubes)
    try:
        parser.feed(text)
        parser.close()
    except DefusedXmlException as fault:
        raise UnreadableFileError(path, "holds a DOCTYPE, which no file of rates needs", EXPECTED) from fault
    except SAXParseException as fault:
        raise UnreadableFileError(path, f"is not XML in line {fault.getLineNumber()}", EXPECTED) from fault
    if not cubes.days:
        raise UnreadableFileError(path, "is XML without <Cube time=…>", EXPECTED)


def _day(text: str) -> date:
    try:
        if re.fullmatch("[0-9]{1,2} [A-Z][a-z]+ [0-9]{4}", text):
            day, month, year = text.split()
            return date(int(year), MONTHS.split().index(month) + 1, int(day))
        return date.fromisoformat(text if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else "")
    except ValueError as fault:
        raise UnreadableCellError("is not a day written like 2026-11-20", "Correct the day.") from fault


def _currency(text: str) -> str:
    if text in KNOWN_CURRENCIES:
        return text
    meant = text.upper()
    fix = f"Write {meant}." if meant in KNOWN_CURRENCIES else "Write the code in capitals, such as EUR."
    raise UnreadableCellError("is not a currency code of ISO 4217", fix)
