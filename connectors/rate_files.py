"""Exchange rates from files: a plain table of days and rates, or what the European Central Bank publishes."""

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import NamedTuple, TypeVar
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from schemas.currencies import ISO_CURRENCIES, UNITS_OF_ACCOUNT, WITHDRAWN_CURRENCIES
from schemas.errors import UnreadableFileError, did_you_mean
from schemas.rates import RATE_DECIMALS, Rate

LIMIT_BYTES = 64 * 2**20
EXPECTED = (
    "Name a CSV file in UTF-8 with the headers day, currency and rate, separated by commas, or a file of the "
    "European Central Bank: eurofxref or eurofxref-hist as CSV, XML or ZIP."
)
HEADERS = {
    "day": ("day", "date"),
    "from": ("currency", "from", "from currency"),
    "rate": ("rate",),
    "to": ("to", "base", "to currency"),
    "source": ("source",),
}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_KNOWN = ISO_CURRENCIES | UNITS_OF_ACCOUNT | WITHDRAWN_CURRENCIES
_LARGEST_RATE = 10**12
T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class RateFault:
    """One cell that is no rate; `row` as a spreadsheet shows it, in XML the line; spelled as in the file."""

    row: int
    header: str
    value: str
    why: str
    fix: str


class _CellError(Exception):
    """A cell that cannot be read; its arguments are why and fix."""


class _Cell(NamedTuple):
    row: int
    header: str
    text: str


class _Findings:
    """Collects rates and faults; what a file says twice in different words it does not say at all."""

    def __init__(self) -> None:
        self.faults: list[RateFault] = []
        self._rates: list[tuple[_Cell, Rate]] = []

    def fault(self, cell: _Cell, why: str, fix: str) -> None:
        self.faults.append(RateFault(*cell, why, fix))

    def read(self, cell: _Cell, reader: Callable[[str], T]) -> T | None:
        try:
            return reader(cell.text.strip())
        except _CellError as fault:
            self.fault(cell, *fault.args)
            return None

    def take(self, cell: _Cell, rate: Rate) -> None:
        if rate.from_currency != rate.to_currency:
            self._rates.append((cell, rate))
        elif rate.rate != 1:
            self.fault(cell, f"is the rate of {rate.to_currency} to itself", "Correct the currency, or write 1.")

    def told(self) -> tuple[list[Rate], list[RateFault]]:
        first: dict[tuple[date, str, str], Rate] = {}
        contradicted = set()
        for _, rate in self._rates:
            key = (rate.day, rate.from_currency, rate.to_currency)
            if first.setdefault(key, rate).rate != rate.rate:
                contradicted.add(key)
        for cell, rate in self._rates if contradicted else ():
            if (rate.day, rate.from_currency, rate.to_currency) in contradicted:
                pair = f"{rate.from_currency} to {rate.to_currency} on {rate.day}"
                self.fault(cell, f"is one of several different rates of {pair}", "Keep the one that is right.")
        return [rate for key, rate in first.items() if key not in contradicted], sorted(self.faults)


def read_rates(path: Path, base: str) -> tuple[list[Rate], list[RateFault]]:
    """The rates in a file and what in it is none; rows of a plain table that name no `to` are rates to `base`.

    ECB files (recognised by content) hold the units of a currency per euro, and give rates from EUR of the source
    "ecb"; equal repetitions and the rate 1 of a currency to itself are passed over.
    """
    text = _text(path)
    findings = _Findings()
    if text.lstrip().startswith("<"):
        _read_xml(path, text, findings)
        return findings.told()
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        headers = next(rows, [])
        names = [" ".join(header.replace("_", " ").casefold().split()) for header in headers]
        numbered = ((row, cells) for row, cells in enumerate(rows, 2) if any(map(str.strip, cells)))
        if {"rate"} < set(names):
            _read_table(path, headers, names, numbered, base, findings)
        elif names[:1] in (["date"], ["day"]) and re.fullmatch(r"( [A-Z]{3})+", " ".join(["", *headers[1:]]).rstrip()):
            pass
    except csv.Error as fault:
        raise UnreadableFileError(path, f"is not CSV: {fault}", EXPECTED) from fault
    return findings.told()
