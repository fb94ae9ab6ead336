"""What reports add up: the opportunities behind the lines of an answer, and which of their amounts make which cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case

from pipelines.question import Question
from schemas.exact import exact_sum, weighted_sum


@dataclass(frozen=True)
class Part:
    """What an opportunity adds to a cell: an amount field, weighted with its probability or not, `only` of some."""

    amount: str
    weighted: bool = False
    only: ColumnElement[bool] | None = None

    def value(self, question: Question) -> ColumnElement[Any]:
        """The amount in the currency asked for; null where the opportunity adds nothing."""
        amount = question.amount(self.amount)
        return amount if self.only is None else case((self.only, amount))

    def sum(self, question: Question) -> ColumnElement[Any]:
        """The cell: the sum over the opportunities of a line."""
        if self.weighted:
            return weighted_sum(self.value(question), question.probability())
        return exact_sum(self.value(question))


@dataclass(frozen=True)
class Parts:
    """The opportunities that a report adds up: `source` has them, `counted` says which, `line` in which line they are.

    `kind` is the word for what lines stand for, such as owner, `order` that of the lines; `cells` has what makes each
    cell, by its key.
    """

    kind: str
    source: FromClause
    line: ColumnElement[str]
    order: ColumnElement[Any]
    counted: ColumnElement[bool]
    cells: Mapping[str, Part]


def opportunities(number: int) -> str:
    """A number of opportunities in words."""
    return f"{number:,} {'opportunity' if number == 1 else 'opportunities'}"
