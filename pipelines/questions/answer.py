"""Answers of reports: columns with the kind of what stands in them, rows, a total, and how they are best drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, overload

from schemas.known import PRESENT, AsOf

Cell = int | str | Decimal | date | None
Kind = Literal["text", "date", "count", "money", "percent", "number"]
GRAND_TOTAL = "Grand Total"
DIGITS = {"money": Decimal("0.0001"), "percent": Decimal("0.0001"), "number": Decimal("0.01")}
"""To what the decimals of an answer are rounded, once, at the end."""


@dataclass(frozen=True)
class Column:
    """A column of an answer: its key in JSON and CSV, its heading for people, and what kind of cells it has.

    Counts and money are added up in the total, unless `added` says otherwise. A `percent` is a fraction of 1, a
    `number` a decimal such as days on average. What is `exact` keeps all of its decimals; what is not `shown` has no
    column on the terminal and in workbooks. What is `below` another column stands under its cells where there is
    little room, as on a terminal.
    """

    key: str
    heading: str
    kind: Kind = "count"
    added: bool | None = None
    exact: bool = False
    shown: bool = True
    below: str | None = None

    @property
    def is_added(self) -> bool:
        """Whether the total adds it up."""
        return self.kind in ("count", "money") if self.added is None else self.added

    @property
    def is_numeric(self) -> bool:
        """Whether its cells are set to the right."""
        return self.kind not in ("text", "date")


@dataclass(frozen=True)
class Chart:
    """How an answer is best drawn: columns, bars or lines of the `values`, for each `category`; keys of columns.

    Of rows in long form, several of a category, `series` tells them apart: a part of the stack for each of its values.
    """

    kind: Literal["column", "stacked", "bar", "line"]
    category: str
    values: tuple[str, ...]
    series: str | None = None


class Notes(Sequence[str]):
    """What is told below each row, worked out when it is looked at: programs do not look."""

    def __init__(self, rows: Sequence[dict[str, Cell]], note: Callable[[dict[str, Cell]], str]) -> None:
        """Take the rows, and what is told of one."""
        self.rows, self.note = rows, note

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        found = self.rows[place]
        return self.note(found) if isinstance(found, dict) else list(map(self.note, found))


@dataclass(frozen=True)
class Answer:
    """The answer to a question: its columns, its rows, and the total of what is added up.

    `as_of` is the day taken for today, `when` the past moment that was asked for, `since` the earlier one to compare
    with. `notes` are told below the rows, one for each; `remarks` below the table. `rates` are those of open amounts.
    """

    report: str
    title: str
    currency: str
    as_of: date
    columns: list[Column]
    rows: Sequence[dict[str, Cell]]
    total: dict[str, Cell]
    when: AsOf = PRESENT
    since: AsOf = PRESENT
    notes: Sequence[str] = ()
    remarks: list[str] = field(default_factory=list)
    total_name: str = GRAND_TOTAL
    chart: Chart | None = None
    rates: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the report for people."""
        return self.report.replace("-", " ").capitalize()

    @property
    def shown(self) -> list[Column]:
        """The columns for people."""
        return [column for column in self.columns if column.shown]

    @property
    def compared_with(self) -> str:
        """The earlier moment to compare with, as people read it; blank where there is none."""
        day = self.since.day()
        return self.since.told(day) if day else ""

    @property
    def last_line(self) -> Mapping[str, Any]:
        """The total as a line, with its name in the first column that is shown."""
        return {self.shown[0].key: self.total_name} | self.total


@dataclass(frozen=True)
class Behind:
    """What answers rest on: the filters of the question, the rates of the day, deals, and the runs that stated them."""

    filters: tuple[str, ...]
    rates: Mapping[str, Decimal]
    deals: int
    runs: tuple[int, ...]


@dataclass(frozen=True)
class Answers:
    """The answers to several questions about one moment, and what they rest on.

    Where those that compare were left out, because there is nothing to compare with, `uncompared` says why.
    """

    answers: list[Answer]
    behind: Behind
    uncompared: str = ""
