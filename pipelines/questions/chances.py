"""The chances of open opportunities: what each brings and how likely, of all and of groups; of many, sums of the small.

Of all opportunities the largest 5,000 amounts stand alone, and those below by their probability and the first two
digits of their amount: the mean stays exact, and less than a thousandth of the variance is left out. Of each group the
largest 300 different chances stand alone, and of those below it is known what they bring on average, how far they may
be from that, and how skew they are: nothing of mean and variance is left out, and a group stays a few hundred rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from pipelines.questions.dimensions import dimension
from pipelines.questions.outcomes import ONE_BY_ONE, Stake
from pipelines.questions.question import Question
from pipelines.questions.sums import NOTHING, Together
from schemas.exact import Scaled, exact_sum, skewness_sum, variance_sum, weighted_sum

MONEY = Scaled(19, 4)
OF_A_GROUP = 300
"""How many different chances of a group stand alone."""
ALONE, BELOW, UNTOLD = "alone", "below", "untold"
"""What a row is of: chances alike, those of a group below its largest, or those without an amount or a probability."""


@dataclass
class Chances:
    """The chances of all opportunities, or of a group: stakes, and what is known of the others together.

    `untold` of their `number` have no amount or no probability, and bring nothing. `weighted` is what they bring on
    average, `worth` what they bring if every one is won.
    """

    stakes: list[Stake] = field(default_factory=list)
    others: Together = NOTHING
    number: int = 0
    untold: int = 0
    weighted: Decimal = Decimal(0)
    worth: Decimal = Decimal(0)

    def add(self, row: Mapping[str, Any]) -> None:
        """Take in a row of the database."""
        number, amount, chance = row["number"], row["amount"], row["chance"]
        self.number += number
        if row.get("kind") == BELOW:
            self.others = Together(number, row["weighted"], row["variance"], row["skewness"])
            self.weighted += row["weighted"]
        elif amount is None or chance is None:
            self.untold += number
            return
        else:
            self.stakes.append(Stake(amount / number, chance, number))
            self.weighted += amount * chance
        self.worth += amount


def chances(rows: Iterable[Mapping[str, Any]]) -> Chances:
    """The chances of all rows."""
    found = Chances()
    for row in rows:
        found.add(row)
    return found


def of_all(question: Question) -> Select[Any]:
    """One row for each amount and probability of open opportunities, the smaller ones put together."""
    return _of_all(_open(question, question.deals))


def of_groups(question: Question, by: str) -> CompoundSelect[Any]:
    """The same without a group, and before it rows for each group, of which one has the chances below its largest."""
    source, group, place = dimension(by).joined(question, question.deals)
    open_ = _open(question, source, group.label("group"), place.label("place"))
    told = ("weighted", "variance", "skewness", "kind", "group", "place")
    return union_all(_of_each(open_), _of_all(open_).add_columns(*(null().label(name) for name in told)))


def _open(question: Question, source: FromClause, *groups: ColumnElement[Any]) -> CTE:
    """What each open opportunity brings, and how likely."""
    chance = question.probability().label("chance")
    found = select(question.open_amount("budget_amount").label("amount"), chance, *groups)
    return found.select_from(source).where(question.is_open(), question.in_period()).cte("chances")


def _is_uncertain(of: FromClause) -> ColumnElement[bool]:
    return and_(of.c.chance > Decimal(0), of.c.chance < Decimal(1))


def _of_all(open_: CTE) -> Select[Any]:
    amount = open_.c.amount
    falling = select(amount).where(_is_uncertain(open_), amount.is_not(None)).order_by(amount.desc())
    largest_left_out = falling.limit(1).offset(ONE_BY_ONE).scalar_subquery()
    size = case((amount <= largest_left_out, _two_digits(amount)), else_=amount)
    return select(
        func.count().label("number"), exact_sum(amount).label("amount"), open_.c.chance.label("chance")
    ).group_by(size, open_.c.chance)


def _two_digits(amount: ColumnElement[Any]) -> ColumnElement[Any]:
    """An amount without what follows its first two digits."""
    powers = [Decimal(10) ** power for power in range(3, 15)]
    steps = [(amount < power, amount - amount % literal(power / 100, MONEY)) for power in powers]
    return case((amount < Decimal(100), amount), *steps, else_=amount - amount % literal(powers[-1] / 10, MONEY))


def _of_each(open_: CTE) -> Select[Any]:
    """The largest chances of each group, those below in one row; what is sure to come or not, by its probability."""
    uncertain = _is_uncertain(open_)
    # of different chances: many at the same list price are one
    falling = func.abs(open_.c.amount).desc().nulls_last(), open_.c.amount, open_.c.chance
    rank = func.dense_rank().over(partition_by=[open_.c.group, uncertain], order_by=falling)
    ranked = select(*open_.c, case((uncertain, rank)).label("rank")).subquery("ranked")
    amount, chance = ranked.c.amount, ranked.c.chance
    untold = or_(amount.is_(None), chance.is_(None))
    kind = case((untold, UNTOLD), (ranked.c.rank > OF_A_GROUP, BELOW), else_=ALONE)
    stands = kind == ALONE
    keys = [case((and_(stands, ranked.c.rank.is_not(None)), amount)), case((stands, chance))]
    below = case((kind == BELOW, amount))
    return select(
        func.count().label("number"),
        exact_sum(amount).label("amount"),
        keys[1].label("chance"),
        weighted_sum(below, chance).label("weighted"),
        variance_sum(below, chance).label("variance"),
        skewness_sum(below, chance).label("skewness"),
        kind.label("kind"),
        ranked.c.group,
        ranked.c.place,
    ).group_by(ranked.c.group, ranked.c.place, kind, *keys)
