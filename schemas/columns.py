"""Columns of numbers, and of days in day_columns.py: read as a whole, since one cell may leave open what others decide.

A column reader is made for a file and fed with its batches, one after another. It takes the first batch for a sample of
the whole: what the column means by then it reads by. `evidence` goes on counting, and shows at the end whether the file
as a whole says the same.
"""

from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pyarrow.compute as pc

from schemas.currencies import is_sign
from schemas.evidence import Evidence
from schemas.numbers import Number, fits, plain_digits, take_apart, tells
from schemas.values import Read, UnreadableError, read_each

MONEY = pa.decimal128(19, 4)
FRACTION = pa.decimal128(7, 6)
LARGEST = Decimal(10) ** 14

_OTHER = {".": ",", ",": "."}
# A sign, digits and decimals only: Arrow's cast itself would also let other forms pass.
_PLAIN = {mark: rf"^-?\d{{1,14}}(\{mark}\d{{1,4}})?$" for mark in ".,"}
_SPACES = r" '\x{2019}\x{a0}\x{2009}\x{202f}"
_GROUPED = {
    mark: rf"^-?([1-9]\d{{0,2}}(\{other}\d{{3}}){{1,3}}|\d{{1,3}}([{_SPACES}]\d{{3}}){{1,3}})(\{mark}\d{{1,4}})?$"
    for mark, other in _OTHER.items()
}
_GROUP_MARKS = {mark: rf"[{other}{_SPACES}]" for mark, other in _OTHER.items()}
_EITHER = r"^-?[1-9]\d{0,2}[.,]\d{3}$"
_EXAMPLES = {".": "1234.50", ",": "1234,50"}


class NumberColumn:
    """A column of amounts in decimal(19, 4); `way` is its decimal mark, `unit` what a 1 in the file is worth."""

    def __init__(self, evidence: Evidence, way: str = "", unit: str = "1") -> None:
        """Take what is known of the column: the layout's word, an order, and the way it was found to be read in."""
        self.evidence, self.way, self.unit = evidence, way, Decimal(unit)
        self.signs: set[str] = set()

    def __call__(self, texts: pa.Array) -> Read:
        """The amounts of n cells."""
        trimmed = pc.utf8_trim_whitespace(texts)
        filled = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        self.way = self.way or _first_way(self.evidence, filled)
        bare, signs = self._without_sign(filled)
        fast = self._fast(bare)
        self._count(bare, fast)
        left = pc.and_(pc.is_valid(filled), pc.is_null(fast))
        if not pc.any(left).as_py():
            return Read(self._in_units(fast), [], signs)
        slow, slow_signs = self._slow(pc.if_else(left, filled, ""))
        signs = slow_signs if signs is None else pc.if_else(left, slow_signs, signs)
        return Read(self._in_units(pc.coalesce(fast, slow.values)), slow.faults, signs)

    def _without_sign(self, filled: pa.Array) -> tuple[pa.Array, pa.Array | None]:
        """The cells without the currency sign of the first cell that has one, and that sign where it stood."""
        odd = filled.filter(pc.fill_null(pc.invert(pc.match_substring_regex(filled, _PLAIN["."])), False))
        first = _number(odd[0].as_py()) if len(odd) else None
        if first is None or first.beside in {"", "%"}:
            return filled, None
        length = len(first.beside)
        before = pc.starts_with(filled, first.beside)
        after = pc.ends_with(filled, first.beside)
        cut = pc.if_else(before, pc.utf8_slice_codeunits(filled, length), filled)
        cut = pc.if_else(pc.and_not(after, before), pc.utf8_slice_codeunits(filled, 0, -length), cut)
        self.signs.add(first.beside)
        return pc.utf8_trim_whitespace(cut), pc.if_else(pc.or_(before, after), pa.scalar(first.beside), None)

    def _fast(self, bare: pa.Array) -> pa.Array:
        """The amounts of the cells written in the usual forms of the way, all at once; null for the others."""
        plain = pc.match_substring_regex(bare, _PLAIN[self.way])
        if pc.all(pc.fill_null(plain, True)).as_py() is False:
            grouped = pc.match_substring_regex(bare, _GROUPED[self.way])
            if pc.any(grouped).as_py():
                bare = pc.if_else(grouped, pc.replace_substring_regex(bare, _GROUP_MARKS[self.way], ""), bare)
            bare = pc.if_else(pc.or_(plain, grouped), bare, None)
        return (pc.replace_substring(bare, ",", ".") if self.way == "," else bare).cast(MONEY)

    def _count(self, bare: pa.Array, fast: pa.Array) -> None:
        """Count the cells that were read: those with a mark fit this way only, unless they fit either."""
        read = bare.filter(pc.is_valid(fast))
        marked = pc.sum(pc.match_substring_regex(read, "[.,]")).as_py() or 0
        if not marked:
            return
        # cells with a plain decimal point in a column known to have it need no second look
        known = self.way == self.evidence.stated == "." and self.evidence.only["."] and not self.evidence.several
        fitting = pa.scalar(False) if known else pc.match_substring_regex(read, _EITHER)
        either = 0 if known else pc.sum(fitting).as_py() or 0
        if either:
            self.evidence.see(".,", either, read.filter(fitting)[0].as_py())
        if marked > either:
            self.evidence.see(self.way, marked - either, "")

    def _slow(self, texts: pa.Array) -> tuple[Read, pa.Array]:
        """The cells in unusual forms one by one, and the signs beside them."""
        signs: dict[str, str] = {}

        def read(text: str, cells: int) -> Decimal:
            number = _number(text)
            if number is None or number.beside == "%":
                raise UnreadableError("not_a_number", _EXAMPLES[self.way])
            if tells(number.digits):
                self.evidence.see(fits(number.digits), cells, text)
            digits = plain_digits(number.digits, self.way)
            if digits is None:
                raise UnreadableError("not_a_number", _EXAMPLES[self.way])
            if number.beside:
                signs[text] = number.beside
                self.signs.add(number.beside)
            return _exact(f"{'-' if number.negative else ''}{digits}{number.power}", 4)

        found = read_each(texts, MONEY, read)
        stripped = pc.utf8_trim_whitespace(texts)
        if not signs:
            return found, pa.nulls(len(texts), pa.string())
        places = pc.index_in(stripped, pa.array(list(signs)))
        return found, pa.array(list(signs.values())).take(places)

    def _in_units(self, values: pa.Array) -> pa.Array:
        if self.unit == 1:
            return values
        return pc.multiply(values, pa.scalar(self.unit)).cast(MONEY)


def _first_way(evidence: Evidence, filled: pa.Array) -> str:
    """The decimal mark that the first batch speaks for; the layout's, or a point, where it leaves it open."""
    sample = Evidence(evidence.stated, evidence.ordered)
    for counted in pc.value_counts(pc.drop_null(filled)).to_pylist():
        number = _number(counted["values"])
        if number is not None and tells(number.digits):
            sample.see(fits(number.digits), counted["counts"], counted["values"])
    return sample.verdict() or evidence.stated or "."


def _number(text: str) -> Number | None:
    """The parts of a number beside which stands nothing, a percent sign, or the sign or code of a currency."""
    number = take_apart(text)
    return number if number and (number.beside in {"", "%"} or is_sign(number.beside)) else None


def _exact(text: str, decimals: int) -> Decimal:
    try:
        number = Decimal(text)
        if abs(number) >= LARGEST:
            raise UnreadableError("too_large")
        exact = number.quantize(Decimal(1).scaleb(-decimals))
    except InvalidOperation as fault:
        raise UnreadableError("too_large") from fault
    if exact != number:
        raise UnreadableError("too_precise", str(decimals))
    return exact


_SCALES = {"percent": Decimal(100), "fraction": Decimal(1), "hundredfold": Decimal(10_000)}


class PercentColumn:
    """A column of probabilities as fractions from 0 to 1; `way` is its scale, its marks are those of the evidence."""

    def __init__(self, evidence: Evidence, marks: Evidence, way: str = "", mark: str = "") -> None:
        """Take what is known of the column, as to its scale and as to its decimal mark."""
        self.evidence, self.marks, self.way, self.mark = evidence, marks, way, mark

    def __call__(self, texts: pa.Array) -> Read:
        """The probabilities of n cells."""
        trimmed = pc.utf8_trim_whitespace(texts)
        self.mark = self.mark or _first_way(self.marks, pc.if_else(pc.equal(trimmed, ""), None, trimmed))
        self.way = self.way or self._first_scale(trimmed)
        return read_each(texts, FRACTION, self._read)

    def _first_scale(self, texts: pa.Array) -> str:
        sample = Evidence(self.evidence.stated, self.evidence.ordered)
        for counted in pc.value_counts(texts).to_pylist():
            self._see(counted["values"], counted["counts"], sample)
        return sample.verdict() or self.evidence.stated or "percent"

    def _see(self, text: str, cells: int, evidence: Evidence) -> None:
        """What a bare number tells of the scale: nothing above 1 is a fraction, nothing above 100 is percent.

        Hundredths of a percent, which only few versions of one system write, are thought of where they are said.
        """
        number = _number(text)
        if number is None or number.beside or number.negative:
            return
        digits = plain_digits(number.digits, self.mark)
        value = Decimal(f"{digits}{number.power}") if digits else Decimal(0)
        thought_of = {"percent", "fraction", evidence.ordered or evidence.stated}
        if value > 0:
            evidence.see((way for way in sorted(thought_of & _SCALES.keys()) if value <= _SCALES[way]), cells, text)

    def _read(self, text: str, cells: int) -> Decimal:
        number = _number(text)
        if number is None or number.beside not in {"", "%"}:
            raise UnreadableError("not_a_number", _EXAMPLES[self.mark])
        if tells(number.digits):
            self.marks.see(fits(number.digits), cells, text)
        digits = plain_digits(number.digits, self.mark)
        if digits is None:
            raise UnreadableError("not_a_number", _EXAMPLES[self.mark])
        self._see(text, cells, self.evidence)
        way = "percent" if number.beside else self.way
        value = _exact(f"{'-' if number.negative else ''}{digits}{number.power}", 6 if way == "fraction" else 4)
        fraction = value / _SCALES[way]
        if not 0 <= fraction <= 1:
            raise UnreadableError("probability_out_of_range")
        exact = fraction.quantize(Decimal("0.000001"))
        if exact != fraction:
            raise UnreadableError("too_precise", "6" if way == "fraction" else "4")
        return exact
