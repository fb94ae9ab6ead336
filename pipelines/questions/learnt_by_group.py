"""What was learnt of the pipeline of a past moment, group by group: known then, learnt since, and true then.

An opportunity that was in another group than was known counts in the one for what was known, in the other for what was
true.
"""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import CompoundSelect, Select, literal_column, select, union_all

from pipelines.questions.answer import Column
from pipelines.questions.dimensions import dimension, group_column
from pipelines.questions.learnt import SIDES, worth
from pipelines.questions.question import Question
from schemas.exact import exact_sum, weighted_sum

KNOWN, TRUE = SIDES
AMOUNTS = {"open": "", "weighted": " weighted"}
TOLD = {KNOWN: "Known then", "learnt": "Learnt since", TRUE: "True then"}


def columns(question: Question) -> list[Column]:
    """The group, and its open amounts; the weighted ones are for programs."""
    amounts = [
        Column(f"{told}_{name}_amount", heading + words, "money", exact=True, shown=not words)
        for name, words in AMOUNTS.items()
        for told, heading in TOLD.items()
    ]
    return [group_column(question.grouped_by), *amounts]


def ask(question: Question) -> CompoundSelect[Any]:
    """A row for each group of what was known, and one for each of what was true."""
    rates = question.open_rates | {code: rate.true for code, rate in question.rates_learnt.items()}
    true = replace(question, when=replace(question.when, effective=True), open_rates=rates)
    return union_all(_side(question, KNOWN), _side(true, TRUE))


def _side(question: Question, side: str) -> Select[Any]:
    source, group, place = dimension(question.grouped_by).joined(question, question.deals)
    budget, chance = worth(question, question.deals)
    return (
        select(
            literal_column(f"'{side}'").label("side"),
            group.label("group"),
            place.label("place"),
            exact_sum(budget).label("open"),
            weighted_sum(budget, chance).label("weighted"),
        )
        .select_from(source)
        .where(question.is_open(), question.in_period())
        .group_by(group, place)
    )


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The groups in their order, with the difference of what was true and what was known."""
    groups: dict[tuple[Any, str], dict[str, Any]] = defaultdict(lambda: defaultdict(Decimal))
    for row in found:
        told = groups[row["place"], row["group"]]
        for name in AMOUNTS:
            amount = row[name] or Decimal(0)
            told[f"{row['side']}_{name}_amount"] += amount
            told[f"learnt_{name}_amount"] += amount if row["side"] == TRUE else -amount
    key = question.group_key
    return [{key: group[1]} | groups[group] for group in sorted(groups)]
