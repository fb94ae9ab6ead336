"""Columns of days and moments, read as columns.py reads numbers: by what the whole column tells."""

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from schemas.dates import ORDERS, moment, read_days
from schemas.evidence import Evidence
from schemas.values import Read, UnreadableError, read_each

MOMENT = pa.timestamp("us")
_DAYS = {"dmy": "31/12/2026 or 2026-12-31", "mdy": "12/31/2026 or 2026-12-31", "ymd": "2026-12-31"}


class DayColumn:
    """A column of days; `way` is the order of day, month and year where a text of numbers leaves it open."""

    type_ = pa.date32()

    def __init__(self, evidence: Evidence, way: str = "", *, epoch_1904: bool = False) -> None:
        """Take what is known of the column, and whether numbers of days count from 1904."""
        self.evidence, self.way, self.epoch_1904 = evidence, way, epoch_1904

    def __call__(self, texts: pa.Array) -> Read:
        """The days of n cells."""
        self.way = self.way or self._first_order(texts)
        return read_each(texts, self.type_, self._read)

    def _first_order(self, texts: pa.Array) -> str:
        sample = Evidence(self.evidence.stated, self.evidence.ordered)
        for counted in pc.value_counts(pc.utf8_trim_whitespace(texts)).to_pylist():
            sample.see(read_days(counted["values"], self.epoch_1904).ways, counted["counts"], counted["values"])
        return sample.verdict() or self.evidence.stated or ORDERS[-1]

    def _read(self, text: str, cells: int) -> date | datetime:
        days = read_days(text, self.epoch_1904)
        ways = days.ways
        if ways:
            self.evidence.see(ways, cells, text)
        day = days.by_order.get(self.way)
        if day is None and not ways and days.by_order:
            day = next(iter(days.by_order.values()))
        if day is None:
            raise self._unreadable()
        return self._value(day, text)

    def _value(self, day: date, _text: str) -> date | datetime:
        return day

    def _unreadable(self) -> UnreadableError:
        return UnreadableError("not_a_date", _DAYS[self.way])


class MomentColumn(DayColumn):
    """A column of moments, in UTC without zone; a day without time is its midnight."""

    type_ = MOMENT

    def _value(self, day: date, text: str) -> datetime:
        return moment(day, read_days(text, self.epoch_1904).time)

    def _unreadable(self) -> UnreadableError:
        return UnreadableError("not_a_moment")
