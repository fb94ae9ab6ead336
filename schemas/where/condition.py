"""What a condition says, as a tree: tests of fields, joined by and, or and not.

Every test is one that an empty field does not pass, but for `empty`; what is written `!=`, `not in` or `is not empty`
is the opposite of such a test, so that a row either meets a condition or its opposite, never neither.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from schemas.fields import Field

Sign = Literal["=", "<", "<=", ">", ">=", "between", "in", "contains", "starts with", "empty"]


@dataclass(frozen=True)
class RelativeDay:
    """A day told by its distance from today, which the question says."""

    days: int

    def on(self, today: date) -> date:
        """The day itself; one that no calendar has is the first or the last one that has a neighbour."""
        ordinal = min(max(today.toordinal() + self.days, date.min.toordinal() + 1), date.max.toordinal() - 1)
        return date.fromordinal(ordinal)


Value: TypeAlias = str | int | Decimal | date | RelativeDay


def day_of(value: Value, today: date) -> date:
    """The day that a value of a day or moment stands for."""
    if isinstance(value, RelativeDay):
        return value.on(today)
    assert isinstance(value, date)
    return min(value, date.max - timedelta(1))


@dataclass(frozen=True)
class Comparison:
    """One comparison of a field with values of its kind; a probability is a fraction here, a status its id."""

    field: Field
    sign: Sign
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Not:
    """The opposite."""

    of: "Tree"


@dataclass(frozen=True)
class AllOf:
    """All have to hold."""

    of: tuple["Tree", ...]


@dataclass(frozen=True)
class AnyOf:
    """One has to hold."""

    of: tuple["Tree", ...]


Tree: TypeAlias = Comparison | Not | AllOf | AnyOf


@dataclass(frozen=True)
class Condition:
    """A condition on the rows of an entity: its text, and what it says."""

    text: str
    entity: str
    tree: Tree
