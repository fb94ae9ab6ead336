"""What the charts of the pipeline show, from the answers of its reports: bars, stages, steps, outcomes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipelines.questions.answer import Answer, Cell
from schemas.statuses import Status

MONTHS = 12
"""So many months are bars of their own; what is before and after them has one bar each."""
EARLIER, LATER, UNDATED = "Earlier", "Later", "No date"


@dataclass(frozen=True)
class Bar:
    """The bar of a month such as 2026-11, or of what has another name: the amount of each status, in their order."""

    name: str
    parts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """Its whole length."""
        return sum(self.parts, Decimal(0))


@dataclass(frozen=True)
class Stage:
    """A status: its deals, what they are worth, and what of it is expected."""

    label: str
    deals: int
    amount: Decimal
    weighted: Decimal


@dataclass(frozen=True)
class Step:
    """A step of a waterfall: from which amount to which, and whether it is where the waterfall begins or ends."""

    label: str
    start: Decimal
    end: Decimal
    is_total: bool
    is_won: bool = False

    @property
    def amount(self) -> Decimal:
        """What it shows: the amount of a total, the difference of a step."""
        return self.end if self.is_total else self.end - self.start


def month_bars(by_month: Answer, open_ids: Sequence[str], today: date) -> list[Bar]:
    """The weighted pipeline by month from this one on, with what is before, after and undated."""
    sums: dict[str, list[Decimal]] = {}
    first, last = _later(today, 0), _later(today, MONTHS - 1)
    for row in by_month.rows:
        month = str(row["month"])
        name = UNDATED if month[0] == "(" else EARLIER if month < first else LATER if month > last else month
        parts = sums.setdefault(name, [Decimal(0)] * len(open_ids))
        parts[open_ids.index(str(row["status"]))] += _amount(row["weighted_amount"])
    end = last if LATER in sums else max((name for name in sums if name <= last), default="")
    months = [month for number in range(MONTHS) if (month := _later(today, number)) <= end]
    order = [EARLIER, *months, LATER, UNDATED]
    nothing = [Decimal(0)] * len(open_ids)
    return [Bar(name, tuple(sums.get(name, nothing))) for name in order if name in sums or name in months]


def stages(by_status: Answer, by_month: Answer, statuses: Iterable[Status]) -> list[Stage]:
    """The open statuses in their order."""
    found = {row["status"]: row for row in by_status.rows}
    weighted: dict[Cell, Decimal] = {}
    for row in by_month.rows:
        weighted[row["status"]] = weighted.get(row["status"], Decimal(0)) + _amount(row["weighted_amount"])
    return [
        Stage(
            status.label,
            int(str(found[status.id]["opportunities"])),
            _amount(found[status.id]["budget_amount"]),
            weighted.get(status.id, Decimal(0)),
        )
        for status in statuses
        if status.kind == "open"
    ]


def waterfall_steps(waterfall: Answer) -> list[Step]:
    """From the opening to the closing; steps that moved nothing are left out."""
    steps, level = [], Decimal(0)
    for place, row in enumerate(waterfall.rows):
        amount, label = _amount(row["amount"]), str(row["label"])
        if place in (0, len(waterfall.rows) - 1):
            steps.append(Step(label, Decimal(0), amount, is_total=True))
            level = amount
        elif amount:
            steps.append(Step(label, level, level + amount, is_total=False, is_won=row.get("step") == "won"))
            level += amount
    return steps


def outcomes(ranges: Answer) -> dict[str, Decimal]:
    """The amounts of p10, p25, p50, p75, p90, expected and all."""
    return {str(row["outcome"]): _amount(row["amount"]) for row in ranges.rows}


def _amount(cell: Cell) -> Decimal:
    return cell if isinstance(cell, Decimal) else Decimal(0)


def _later(day: date, months: int) -> str:
    number = day.year * 12 + day.month - 1 + months
    return f"{number // 12:04}-{number % 12 + 1:02}"
