"""What may the open opportunities bring, and how likely is it to reach an amount?

Each open opportunity brings its budget amount with its probability, else nothing; where a probability was left blank,
that of the status counts, and one without an amount brings nothing. The opportunities are taken as independent of each
other. p10 is the least amount that they stay at or below with a chance of 10 %, and so on; `expected` is their mean,
which is the weighted amount of the other reports; `all` is won if every one is. `chance` is how likely they bring at
least that amount. --target adds the chance to reach an amount. Days asked for limit the close date.

The distribution is worked out (questions/outcomes.py), not simulated: every outcome of few opportunities, or of amounts
in a common unit, else in small steps; the remark says which it was and how far it is off. Of more than 5,000
opportunities the database adds those below the largest 5,000 up by their probability and the first two digits of their
amount, which keeps the mean exact and leaves out less than a thousandth of the variance.

OroCRM has no such report. The sum of Bernoulli variables: Poisson's binomial distribution, with amounts.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.outcomes import ONE_BY_ONE, Outcomes, Stake, outcomes
from pipelines.questions.question import Question
from schemas.exact import Scaled, exact_sum

TAKES = frozenset({"from", "to", "target"})
CHART = Chart("line", "amount", ("chance",))
PERCENTILES = {10: "P10, low", 25: "P25", 50: "P50, middle", 75: "P75", 90: "P90, high"}
MONEY = Scaled(19, 4)
INDEPENDENT = (
    "The opportunities are taken as independent of each other; as far as they rise and fall together, the range is"
    " wider."
)


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        Column("outcome", "Outcome id", "text", shown=False),
        Column("label", "Outcome", "text"),
        Column("amount", "Amount", "money", added=False),
        Column("chance", "Chance to reach it", "percent"),
    ]


def ask(question: Question) -> Select[Any]:
    """One row for each amount and probability of open opportunities, the smaller ones put together."""
    chance = question.probability()
    open_ = (
        select(question.open_amount("budget_amount").label("amount"), chance.label("chance"))
        .where(question.is_open(), question.in_period())
        .cte("chances")
    )
    amount, uncertain = open_.c.amount, and_(open_.c.chance > Decimal(0), open_.c.chance < Decimal(1))
    falling = select(amount).where(uncertain, amount.is_not(None)).order_by(amount.desc())
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


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The percentiles, the mean, the target and the most, by amount."""
    told = [row for row in rows if row["amount"] is not None and row["chance"] is not None]
    stakes = [Stake(row["amount"] / row["number"], row["chance"], row["number"]) for row in told]
    found = outcomes(stakes)
    amounts = {f"p{percent}": (label, found.percentile(percent / 100)) for percent, label in PERCENTILES.items()}
    amounts["expected"] = "Expected", sum((s.amount * s.chance * s.number for s in stakes), Decimal(0))
    if question.target is not None:
        amounts["target"] = "Target", question.target
    amounts["all"] = "All are won", sum((s.amount * s.number for s in stakes), Decimal(0))
    lines = [
        {"outcome": key, "label": label, "amount": amount, "chance": Decimal(repr(found.at_least(amount)))}
        for key, (label, amount) in amounts.items()
    ]
    without = sum(row["number"] for row in rows) - sum(row["number"] for row in told)
    how = _how(found, question, without)
    return sorted(({**line, "how": how} for line in lines), key=lambda line: line["amount"])


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """How the distribution was worked out, and what it takes for granted."""
    return [rows[0]["how"], INDEPENDENT]


def _how(found: Outcomes, question: Question, without: int) -> str:
    """Whether the distribution is exact, and how far it is off."""
    blank = f" {without:,} without an amount or a probability bring nothing." if without else ""
    if found.exact:
        return f"Exact: every outcome of the {found.alone:,} opportunities that may come or not is counted.{blank}"
    every = found.alone + found.together
    apart = f", {found.together:,} of {every:,} opportunities together as a normal distribution"
    off = max(0.1, round(found.off * 100 + 0.05, 1))
    return (
        f"Worked out in steps of {found.step:,f} {question.currency}{apart if found.together else ''}:"
        f" amounts are right to about one step, chances to about {off} points.{blank}"
    )
