"""Which sources of leads do opportunities come from, and what are they worth?

Formula: number of opportunities; amount = Σ close revenue of the won + Σ budget amount of the others.

What counts: every opportunity, by the source of the lead that it names; those whose lead is not stored, has no source,
or shares its name with another lead are "Unclassified". The largest source comes first, by number or, with --by amount,
by amount; sources at zero are left out, and all after the tenth are one last line "Others", where these are above zero.
Days asked for limit the day on which an opportunity was first stored.

Source: OroCRM's widget "Opportunities By Lead Source".
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import NONE, dimension
from pipelines.questions.parts import Part, Parts
from pipelines.questions.periods import lies_between
from pipelines.questions.question import Question

ABOUT = ("opportunity", "lead")
TAKES = frozenset({"from", "to"})
BY = ("count", "amount")
MOST = 10
UNCLASSIFIED, OTHERS = "Unclassified", "Others"


def columns(question: Question) -> list[Column]:
    """The columns of the answer."""
    return [
        Column("lead_source", "Lead source", "text"),
        Column("opportunities", "Opportunities"),
        Column("amount", "Amount", "money"),
    ]


def chart(question: Question) -> Chart:
    """A bar of what the sources are ordered by."""
    return Chart("bar", "lead_source", (_measure(question),))


def parts(question: Question) -> Parts:
    """The opportunities of each source."""
    deals = question.deals
    source, found, order = dimension("lead-source").joined(question, deals)
    line = case((found == NONE, UNCLASSIFIED), else_=found)
    counted = lies_between(deals.c.created_at, question.start, question.end)
    amounts = Part("close_revenue", only=question.is_won()), Part("budget_amount", only=~question.is_won())
    return Parts("lead-source", source, line, order, counted, {"amount": amounts})


def ask(question: Question) -> Select[Any]:
    """One row for each source of opportunities."""
    return parts(question).sums(question)


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The largest sources, and the others as one."""
    measure = _measure(question)
    rows = [_line(row["line"], row["opportunities"], _sum(row)) for row in found]
    rows = sorted((row for row in rows if row[measure]), key=lambda row: (-row[measure], row["lead_source"]))
    rest = rows[MOST:]
    others = _line(OTHERS, sum(row["opportunities"] for row in rest), sum((row["amount"] for row in rest), Decimal(0)))
    return rows[:MOST] + ([others] if others[measure] > 0 else [])


def _measure(question: Question) -> str:
    return "amount" if question.by == "amount" else "opportunities"


def _line(source: str, number: int, amount: Decimal) -> dict[str, Any]:
    return {"lead_source": source, "opportunities": number, "amount": amount}


def _sum(row: dict[str, Any]) -> Decimal:
    return (row["amount"] or Decimal(0)) + (row["amount1"] or Decimal(0))
