"""Typed values as the rows of an XLSX sheet, a batch of Arrow at a time and no cell by itself."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.typed import TypedColumn
from connectors.workbooks.cell_styles import DAY, MOMENT, TEXT, Formats
from connectors.workbooks.parts import FIRST_YEAR, MAX_CELL_CHARACTERS, letters, xml_text
from schemas.errors import RunError

UNUSUAL = r"_x[0-9A-Fa-f]{4}_|[&<>\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]"
"""What a text has to be looked at for."""
CODE = re.compile(r"[A-Z]{3}")
SURE_DIGITS = 15  # of a number that Excel keeps
SURE = 10**11 - 1  # amounts up to here, with their 4 decimals, have no more digits
MOST_WHOLE = 10**SURE_DIGITS - 1
EPOCH, SECONDS = 25_569, 86_400  # 1970-01-01 as spreadsheets count days, from 1899-12-30
FIRST_DAY = int((np.datetime64(f"{FIRST_YEAR}-01-01") - np.datetime64("1970-01-01")).astype(int))
TOO_LONG = "Shorten it, or take another format than xlsx."
WHOLE, WHOLE_PERCENT, PERCENT = "0", "0%", "0.00##%"


def _money(code: str | None, decimals: int) -> str:
    """How an amount is shown: as so much of a currency, by its code, that reads back as such; or without any."""
    number = "#,##0." + "0" * decimals
    return f"[${code}]\\ {number}" if code and CODE.fullmatch(code) else number


class TypedRows:
    """Writes rows with these columns, one below the other from row 2 on, in formats that it asks for."""

    def __init__(self, columns: Sequence[TypedColumn], formats: Formats) -> None:
        """Nothing is written yet."""
        self.columns, self.formats = columns, formats
        self.places = {column.header: place for place, column in enumerate(columns)}
        self.last_row = 1

    def written(self, batch: pa.RecordBatch) -> memoryview:
        """The rows of a batch as XML."""
        first = self.last_row + 1
        self.last_row += len(batch)
        rows = pa.array(np.arange(first, self.last_row + 1)).cast(pa.string())
        cells = [self._cells(batch, place, rows, first) for place in range(len(self.columns))]
        xml = _joined('<row r="', rows, '">', *cells, "</row>")
        start, end = np.frombuffer(xml.buffers()[1], np.int32)[[xml.offset, xml.offset + len(xml)]]
        return memoryview(xml.buffers()[2])[start:end]

    def default_style(self, column: TypedColumn) -> int:
        """The style of a cell of a column that nobody has filled in yet."""
        codes = {"amount": _money(column.code, 2), "percent": WHOLE_PERCENT, "whole": WHOLE}
        if column.kind in codes:
            return self.formats.style(codes[column.kind])
        return {"date": DAY, "moment": MOMENT}.get(column.kind, TEXT)

    def _cells(self, batch: pa.RecordBatch, place: int, rows: pa.Array, first: int) -> pa.Array:
        """The cells of a column: one a row, none where it is blank."""
        column, values = self.columns[place], batch.column(place)
        start = f'<c r="{letters(place)}'
        if column.kind == "amount":
            return self._amounts(start, rows, values, self._money_styles(batch, column, values))
        if column.kind == "percent":
            whole = pc.equal(pc.round(values, 2, round_mode="towards_zero"), values)
            return _numbers(start, rows, _digits(values), self._style_of(whole, (PERCENT, WHOLE_PERCENT)))
        if column.kind == "whole":
            style = self.formats.style(WHOLE)
            texts = values.cast(pa.string())
            return _split(start, rows, _beyond(values, MOST_WHOLE), texts, texts, style)
        if column.kind == "date":
            days = values.cast(pa.int32())
            numbers = pc.add(days, EPOCH).cast(pa.string())
            return _split(start, rows, pc.less(days, FIRST_DAY), values.cast(pa.string()), numbers, DAY)
        if column.kind == "moment":
            return _moments(start, rows, values)
        return _texts(start, rows, _checked(values, column.header, first), TEXT)

    def _money_styles(self, batch: pa.RecordBatch, column: TypedColumn, values: pa.Array) -> pa.Array:
        """The style of each amount: that of its currency, with 4 decimals where 2 are too few."""
        finer = pc.not_equal(pc.round(values, 2, round_mode="towards_zero"), values)
        if column.currency is None or column.currency not in self.places:
            return self._style_of(finer, (_money(column.code, 2), _money(column.code, 4)))
        codes = batch.column(self.places[column.currency]).dictionary_encode()
        known = [*codes.dictionary.to_pylist(), column.code]
        place = pc.multiply(pc.fill_null(codes.indices, len(known) - 1), 2)
        place = pc.add(place, pc.fill_null(finer, False).cast(pa.int32()))
        used = set(pc.unique(place).to_pylist())  # Excel knows some 200 formats of a workbook's own
        shown = enumerate(_money(code, decimals) for code in known for decimals in (2, 4))
        styles = [str(self.formats.style(code)) if number in used else "" for number, code in shown]
        return pa.array(styles, pa.string()).take(place)

    def _style_of(self, second: pa.Array, formats: tuple[str, str]) -> pa.Array:
        """The style of each cell: that of the second format where it is so, else that of the first."""
        one, other = (str(self.formats.style(code)) for code in formats)
        return pc.if_else(pc.fill_null(second, False), other, one)

    def _amounts(self, start: str, rows: pa.Array, values: pa.Array, styles: pa.Array) -> pa.Array:
        """Amounts as they are, and as texts where Excel would not keep their last digits."""
        digits = _digits(values)
        long = _beyond(values, SURE)
        if pc.any(long).as_py():
            told = pc.replace_substring_regex(digits, r"^-?0*\.?0*|\.", "")
            long = pc.greater(pc.utf8_length(pc.utf8_rtrim(told, "0")), SURE_DIGITS)
        return _split(start, rows, long, digits, digits, styles)


def _joined(*parts: Any) -> pa.Array:
    """Texts joined row by row; null where one of several is, unless it is for a whole row."""
    return pc.binary_join_element_wise(*parts, "", null_handling="skip")


def _cell(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "", null_handling="emit_null")


def _style(style: pa.Array | int) -> Any:
    return style if isinstance(style, pa.Array) else str(style)


def _numbers(start: str, rows: pa.Array, digits: pa.Array, style: pa.Array | int) -> pa.Array:
    return _cell(start, rows, '" s="', _style(style), '"><v>', digits, "</v></c>")


def _texts(start: str, rows: pa.Array, texts: pa.Array, style: pa.Array | int) -> pa.Array:
    opening = '" t="inlineStr"><is><t xml:space="preserve">'
    return _cell(start, rows, '" s="', _style(style), opening, texts, "</t></is></c>")


def _split(
    start: str, rows: pa.Array, as_text: pa.Array, texts: pa.Array | None, numbers: pa.Array, style: pa.Array | int
) -> pa.Array:
    """Cells that are numbers, but texts where these say more; in one style."""
    cells = _numbers(start, rows, numbers, style)
    if not pc.any(as_text).as_py():
        return cells
    return pc.if_else(pc.fill_null(as_text, False), _texts(start, rows, texts, style), cells)


def _beyond(values: pa.Array, most: int) -> pa.Array:
    return pc.or_(pc.greater(values, most), pc.less(values, -most))


def _digits(values: pa.Array) -> pa.Array:
    """Decimals as their digits, without surplus zeros."""
    return pc.ascii_rtrim(pc.ascii_rtrim(values.cast(pa.string()), "0"), ".")


def _moments(start: str, rows: pa.Array, values: pa.Array) -> pa.Array:
    """Moments as days with the time as a fraction, to the whole second."""
    microseconds = pc.fill_null(values.cast(pa.int64()), 0).to_numpy()
    seconds = np.floor_divide(microseconds, 1_000_000)
    days = pa.array(seconds / SECONDS + EPOCH, mask=values.is_null().to_numpy(zero_copy_only=False))
    early = pa.array(seconds < FIRST_DAY * SECONDS)
    told = None
    if pc.any(early).as_py():
        whole = pc.floor_temporal(values, unit="second").cast(pa.timestamp("s", "UTC"))
        told = pc.strftime(whole, "%Y-%m-%dT%H:%M:%SZ")
    return _split(start, rows, early, told, days.cast(pa.string()), MOMENT)


def _checked(values: pa.Array, header: str, first: int) -> pa.Array:
    """Texts as XLSX writes them, null where one is blank; one that is too long is refused."""
    lengths = pc.utf8_length(values)
    if (pc.max(lengths).as_py() or 0) > MAX_CELL_CHARACTERS:
        place = pc.index(pc.greater(lengths, MAX_CELL_CHARACTERS), True).as_py()
        long = f"{lengths[place].as_py():,} characters; XLSX holds {MAX_CELL_CHARACTERS:,}"
        raise RunError(f"The cell in row {first + place} under '{header}' has {long}.", TOO_LONG)
    unusual = pc.fill_null(pc.match_substring_regex(values, UNUSUAL), False)
    if pc.any(unusual).as_py():
        values = pc.replace_with_mask(values, unusual, pa.array([*map(xml_text, values.filter(unusual).to_pylist())]))
    return pc.if_else(pc.equal(lengths, 0), pa.scalar(None, pa.string()), values)
