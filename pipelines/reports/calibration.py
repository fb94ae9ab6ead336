"""Did opportunities come true as often as their probability said?

What counts: won and lost opportunities, each with the probability that it stated last while it was open, from the
history; where that was left blank, that of the status it had. One that was closed when it was first imported stated
nothing, and is told below the table. Days asked for limit the close date.

For each tenth of probability, or with --by for each status or owner and so on that they had then: `stated` is the mean
of the probabilities, `actual` the part that was won, `low` and `high` the 95 % interval of Wilson around it, `fits`
whether `stated` lies within. The Brier score is the mean of (probability - 1 if won, 0 if lost)²; to be worth stating,
probabilities must score below what the same for all of them, the part that was won, would have.

OroCRM has no such report. E. B. Wilson, Probable Inference (1927); G. W. Brier, Verification of Forecasts (1950).
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import Select, Subquery, and_, case, func, select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import NONE, dimension, group_column
from pipelines.questions.intervals import wilson
from pipelines.questions.question import Question

TAKES = frozenset({"from", "to"})
STATED = "probability"
BY = (STATED, "status", "owner", "account", "customer", "lead-source", "system")
TENTHS = [f"{tenth * 10} to {tenth * 10 + 10} %" for tenth in range(10)]
SUMS = ("closed", "won", "sum", "squares")


def columns(question: Question) -> list[Column]:
    """What the probability was or who stated it, what became of them, and whether that fits."""
    stated = Column(STATED, "Stated", "text")
    return [
        stated if question.by == STATED else group_column(question.grouped_by),
        Column("closed", "Closed"),
        Column("won", "Won"),
        Column("stated", "Stated mean", "percent"),
        Column("actual", "Actual", "percent"),
        Column("low", "From", "percent"),
        Column("high", "To", "percent"),
        Column("fits", "Fits", "text"),
    ]


def chart(question: Question) -> Chart:
    """What was stated beside what was won."""
    return Chart("column", question.group_key, ("stated", "actual"))


def ask(question: Question) -> Select[Any]:
    """One row for each group, probability and end of closed opportunities, with their number."""
    stated = _last_stated(question)
    chance = question.probability(stated).label("chance")
    if question.grouped_by == STATED:
        return select(chance, stated.c.won, func.count().label("number")).group_by(chance, stated.c.won)
    source, text, place = dimension(question.grouped_by).joined(question, stated)
    return (
        select(text.label(question.group_key), chance, stated.c.won, func.count().label("number"))
        .select_from(source)
        .group_by(text, place, chance, stated.c.won)
        .order_by(place, text)
    )


def _last_stated(question: Question) -> Subquery:
    """The closed opportunities as they were last known while open, and whether they were won."""
    deals, past = question.deals, question.known.versions[1]
    known = [past.c.valid_from <= question.when.moment] if question.when.moment else []
    latest = func.row_number().over(partition_by=past.c.id, order_by=(past.c.valid_from.desc(), past.c.valid_to.desc()))
    kept = [past.c[name] for name in ("status", "probability", "owner_id", "account_id", "customer_id", "lead")]
    versions = select(past.c.id, *kept, past.c.source, latest.label("place"))
    last = versions.where(question.is_open(past), *known).subquery("while_open")
    won = case((question.is_won(), 1), else_=0).label("won")
    return (
        select(*(column for column in last.c if column.name not in ("id", "place")), won)
        .select_from(deals.outerjoin(last, and_(last.c.id == deals.c.id, last.c.place == 1)))
        .where(~question.is_open(), question.in_period())
        .subquery("stated")
    )


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The groups with what they stated and what became of it, each with the number of those that stated nothing."""
    key = question.group_key
    groups: dict[str, dict[str, Any]] = {}
    for tenth in TENTHS if question.grouped_by == STATED else ():
        groups[tenth] = dict.fromkeys(SUMS, 0)
    silent = sum(row["number"] for row in rows if row["chance"] is None)
    for row in rows:
        chance, won, number = row["chance"], row["won"], row["number"]
        if chance is not None:
            name = TENTHS[min(int(chance * 10), 9)] if question.grouped_by == STATED else row[key]
            sums = groups.setdefault(name, dict.fromkeys(SUMS, 0))
            added = number, number * won, number * chance, number * (chance - won) ** 2
            sums |= {part: sums[part] + more for part, more in zip(SUMS, added, strict=True)}
    if silent and not groups:
        groups[NONE] = dict.fromkeys(SUMS, 0)
    return [{key: name, **sums, **_judged(sums), "silent": silent} for name, sums in groups.items()]


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The same of all of them."""
    return _judged({part: sum(row[part] for row in rows) for part in SUMS})


def _judged(sums: dict[str, Any]) -> dict[str, Any]:
    """The mean that was stated, the part that was won and its interval, and whether they fit."""
    number = sums["closed"]
    if not number:
        return {"stated": None, "actual": None, "low": None, "high": None, "fits": ""}
    stated, actual = Decimal(sums["sum"]) / number, Decimal(sums["won"]) / number
    low, high = wilson(sums["won"], number)
    fits = "yes" if low <= stated <= high else "no"
    return {"stated": stated, "actual": actual, "low": low, "high": high, "fits": fits}


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """The Brier score, and how many stated nothing."""
    number, won, _, squares = (sum(row[part] for row in rows) for part in SUMS)
    told = []
    if number:
        actual = Decimal(won) / number
        told.append(
            f"Brier score {squares / number:.4f} (0 is best); stating {actual * 100:.1f} % for each would score"
            f" {actual * (1 - actual):.4f}. From and To: 95 % interval of the actual part (Wilson)."
        )
    if rows and rows[0]["silent"]:
        told.append(f"Closed, but never known with a probability while they were open: {rows[0]['silent']:,}.")
    return told
