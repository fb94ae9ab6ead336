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

With --by each group has a range of its own in one line: `opportunities`, `p10`, `p50`, `p90`, `expected`, `all`, and
with --target the `chance` that it reaches that amount alone. The total is the range of all together: percentiles do not
add up. No group suffers from the size of the others: the largest 300 different chances of each are followed, and those
below, of which mean and variance are known, are a normal distribution together. Many groups share the work, so that of
each fewer outcomes are counted one by one; a remark says how many lines are exact, and how far the others are off.

OroCRM has no such report. The sum of Bernoulli variables: Poisson's binomial distribution, with amounts.
"""

from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.chances import Chances, chances, of_all, of_groups
from pipelines.questions.dimensions import DIMENSIONS, group_column
from pipelines.questions.outcomes import Outcomes, outcomes
from pipelines.questions.question import Question

TAKES = frozenset({"from", "to", "target"})
BY = (None, *DIMENSIONS)
PERCENTILES = {10: "P10, low", 25: "P25", 50: "P50, middle", 75: "P75", 90: "P90, high"}
OF_GROUPS = (10, 50, 90)
INDEPENDENT = (
    "The opportunities are taken as independent of each other; as far as they rise and fall together, the range is"
    " wider."
)
APART = "The total is the range of all together: percentiles do not add up."


class _Worked(NamedTuple):
    """How a group was worked out: exactly, or in steps, and how far likelihoods are off."""

    exact: bool
    step: Decimal
    off: float


def columns(question: Question) -> list[Column]:
    """The amounts and the chance to reach each; of groups, a line with the amounts of each."""
    if question.by is None:
        return [
            Column("outcome", "Outcome id", "text", shown=False),
            Column("label", "Outcome", "text"),
            Column("amount", "Amount", "money", added=False),
            Column("chance", "Chance to reach it", "percent"),
        ]
    return [
        group_column(question.by),
        Column("opportunities", "Number", added=False),
        *(Column(f"p{percent}", f"P{percent}", "money", added=False) for percent in OF_GROUPS),
        Column("expected", "Expected", "money", added=False),
        # on a terminal there is room for one of the two
        Column("all", "All won", "money", added=False, shown=question.target is None),
        *([Column("chance", "Chance", "percent")] if question.target is not None else []),
    ]


def chart(question: Question) -> Chart:
    """The chance to reach each amount as a line; of groups, bars of what each may bring with bad and with good luck."""
    if question.by is None:
        return Chart("line", "amount", ("chance",))
    return Chart("bar", group_column(question.by).key, tuple(f"p{percent}" for percent in OF_GROUPS))


def ask(question: Question) -> Select[Any] | CompoundSelect[Any]:
    """Rows of amounts and probabilities of open opportunities, the smaller ones put together."""
    return of_all(question) if question.by is None else of_groups(question, question.by)


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The percentiles, the mean, the target and the most, by amount; of groups, a row of them for each."""
    return _one_range(chances(rows), question) if question.by is None else _ranges(rows, question, question.by)


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """Of groups, the range of all together."""
    if question.by is None:
        return {}
    return rows[0]["together"] if rows else _line(Chances(), outcomes([]), question)


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """How the distribution was worked out, and what it takes for granted."""
    if question.by is None:
        return [rows[0]["how"], INDEPENDENT]
    target = question.target
    alone = [] if target is None else [f"Chance: of each line alone to reach {target:,f} {question.currency}."]
    return [*alone, APART, *(rows[0]["how"] if rows else []), INDEPENDENT]


def _one_range(open_: Chances, question: Question) -> list[dict[str, Any]]:
    found = outcomes(open_.stakes)
    amounts = {f"p{percent}": (label, found.percentile(percent / 100)) for percent, label in PERCENTILES.items()}
    amounts["expected"] = "Expected", open_.weighted
    if question.target is not None:
        amounts["target"] = "Target", question.target
    amounts["all"] = "All are won", open_.worth
    lines = [
        {"outcome": key, "label": label, "amount": amount, "chance": _chance(found, amount)}
        for key, (label, amount) in amounts.items()
    ]
    how = _how(found, question, open_.untold)
    return sorted(({**line, "how": how} for line in lines), key=lambda line: line["amount"])


def _ranges(rows: list[dict[str, Any]], question: Question, by: str) -> list[dict[str, Any]]:
    """A row for each group, each with the total and with how they were worked out."""
    groups: dict[tuple[Any, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row["group"] is not None:
            groups.setdefault((row["place"], row["group"]), []).append(row)
    every = chances(row for row in rows if row["group"] is None)
    together, lines, worked = outcomes(every.stakes), [], []
    for place in sorted(groups):
        of_group, number = chances(groups[place]), len(groups)
        # the only group is all there is
        found = together if number == 1 else outcomes(of_group.stakes, others=of_group.others, among=number)
        lines.append({group_column(by).key: place[1]} | _line(of_group, found, question))
        worked.append(_Worked(found.exact, found.step, found.off))
    of_total = _how(together, question, every.untold)
    how = [_how_each(worked, question), f"The total is {of_total[0].lower()}{of_total[1:]}"]
    total = _line(every, together, question)
    return [line | {"together": total, "how": how} for line in lines]


def _line(open_: Chances, found: Outcomes, question: Question) -> dict[str, Any]:
    amounts = {f"p{percent}": found.percentile(percent / 100) for percent in OF_GROUPS}
    reached = {} if question.target is None else {"chance": _chance(found, question.target)}
    return {"opportunities": open_.number, **amounts, "expected": open_.weighted, "all": open_.worth, **reached}


def _chance(found: Outcomes, amount: Decimal) -> Decimal:
    return Decimal(repr(found.at_least(amount)))


def _how(found: Outcomes, question: Question, without: int) -> str:
    """Whether the distribution is exact, and how far it is off."""
    blank = f" {without:,} without an amount or a probability bring nothing." if without else ""
    if found.exact:
        return f"Exact: every outcome of the {found.alone:,} opportunities that may come or not is counted.{blank}"
    every = found.alone + found.together
    apart = f", {found.together:,} of {every:,} opportunities together as a normal distribution"
    return (
        f"Worked out in steps of {found.step:,f} {question.currency}{apart if found.together else ''}:"
        f" amounts are right to about one step, chances to about {_points(found.off)} points.{blank}"
    )


def _how_each(worked: list[_Worked], question: Question) -> str:
    """How many of the groups are exact, and how far the others are off at most."""
    stepped = [one for one in worked if not one.exact]
    if not stepped:
        return "Every line is exact."
    exact, step, off = len(worked) - len(stepped), max(one.step for one in stepped), max(one.off for one in stepped)
    return (
        f"Exact lines: {exact:,} of {len(worked):,}. The others are worked out in steps of {step:,f}"
        f" {question.currency} or less: amounts are right to about one step, chances to about {_points(off)} points."
    )


def _points(off: float) -> float:
    return max(0.1, round(off * 100 + 0.05, 1))
