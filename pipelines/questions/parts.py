"""What reports add up: the opportunities behind the lines of an answer, and which of their amounts make which cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, func, select

from pipelines.questions.question import Question
from schemas.exact import exact_sum, weighted_sum


@dataclass(frozen=True)
class Part:
    """What an opportunity adds to a cell: an amount field, weighted with its probability or not, `only` of some."""

    amount: str
    weighted: bool = False
    only: ColumnElement[bool] | None = None

    def sum(self, question: Question) -> ColumnElement[Any]:
        """The sum over the opportunities of a line."""
        amount = question.amount(self.amount)
        added = amount if self.only is None else case((self.only, amount))
        return weighted_sum(added, question.probability()) if self.weighted else exact_sum(added)


@dataclass(frozen=True)
class Parts:
    """The opportunities that a report adds up: `source` has them, `counted` says which, `line` in which line they are.

    `kind` is the word for what lines stand for, such as owner, `order` that of the lines. `cells` has what makes each
    cell, by its key; of several parts an opportunity adds to one at most.
    """

    kind: str
    source: FromClause
    line: ColumnElement[str]
    order: ColumnElement[Any]
    counted: ColumnElement[bool]
    cells: Mapping[str, tuple[Part, ...]]

    def sums(self, question: Question) -> Select[Any]:
        """A row for each line: its text, its order, how many opportunities it has, and the sum of each part."""
        sums = [
            part.sum(question).label(f"{key}{n or ''}") for key, of in self.cells.items() for n, part in enumerate(of)
        ]
        return (
            select(self.line.label("line"), self.order.label("place"), func.count().label("opportunities"), *sums)
            .select_from(self.source)
            .where(self.counted)
            .group_by(self.line, self.order)
        )


def opportunities(number: int) -> str:
    """A number of opportunities in words."""
    return f"{number:,} {'opportunity' if number == 1 else 'opportunities'}"
