"""Where is what is stored missing, contradictory or old, and whose is it?

What counts: every opportunity, by owner, or with --by by lead source, source system and so on; those with most to
correct first. Each is looked at for these findings, and is clean without any:

- missing: open without a close date (`no_close_date`), an amount (`no_amount`, also 0), an owner (`no_owner`) or an
  account (`no_account`); won without a revenue (`no_revenue`, also 0: reports of what was won show nothing for it);
  lost without a reason (`no_reason`);
- contradictory: open with another probability than that of its status (`other_probability`); won or lost with a close
  date after today (`closed_ahead`);
- old: open with a close date before today (`overdue`); open without any change for more than `stale_after_days` of the
  settings, 30 unless told otherwise (`stale`).

`missing`, `contradictory` and `old` are how many opportunities have such a finding, `clean` how many have none.

OroCRM has no such report; its view "Overdue Opportunities" is one of the findings.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import DIMENSIONS, dimension, group_column
from pipelines.questions.intervals import share
from pipelines.questions.neglected import is_overdue, is_stale
from pipelines.questions.question import Question

BY = ("owner", *(name for name in DIMENSIONS if name != "owner"))
KINDS = {"missing": "Missing", "contradictory": "Contradictory", "old": "Old"}
Condition = ColumnElement[bool]


class Finding(NamedTuple):
    """What may be wrong with an open or a closed opportunity: of which kind it is, what it is called, when it is so."""

    is_open: bool
    kind: str
    what: str
    found: Callable[[Question], Condition]


def _is_nothing(amount: ColumnElement[Any]) -> Condition:
    return or_(amount.is_(None), amount == Decimal(0))


def _other_probability(question: Question) -> Condition:
    stored = question.deals.c
    kind = stored.probability.type
    usual = {status.id: cast(literal(status.probability, kind), kind) for status in question.settings.statuses}
    return stored.probability != case(usual, value=stored.status)


def _no_revenue(question: Question) -> Condition:
    return and_(question.is_won(), _is_nothing(question.deals.c.close_revenue))


def _no_reason(question: Question) -> Condition:
    return and_(~question.is_won(), func.coalesce(question.deals.c.close_reason, "") == "")


FINDINGS = {
    "no_close_date": Finding(True, "missing", "open without a close date", lambda q: q.deals.c.close_date.is_(None)),
    "no_amount": Finding(True, "missing", "open without an amount", lambda q: _is_nothing(q.deals.c.budget_amount)),
    "no_owner": Finding(True, "missing", "open without an owner", lambda q: q.deals.c.owner_id.is_(None)),
    "no_account": Finding(True, "missing", "open without an account", lambda q: q.deals.c.account_id.is_(None)),
    "no_revenue": Finding(False, "missing", "won without a revenue", _no_revenue),
    "no_reason": Finding(False, "missing", "lost without a reason", _no_reason),
    "other_probability": Finding(
        True, "contradictory", "open with another probability than that of the status", _other_probability
    ),
    "closed_ahead": Finding(
        False, "contradictory", "won or lost with a close date after today", lambda q: q.deals.c.close_date > q.today
    ),
    "overdue": Finding(True, "old", "open with a close date before today", is_overdue),
    "stale": Finding(True, "old", "open and unchanged for too long", is_stale),
}


def columns(question: Question) -> list[Column]:
    """Whose they are, how many, how many with a finding of each kind, how many clean; and those of each finding."""
    return [
        group_column(question.grouped_by),
        Column("opportunities", "Number"),
        *(Column(kind, heading) for kind, heading in KINDS.items()),
        Column("clean", "Clean"),
        Column("clean_share", "Share", "percent"),
        *(Column(key, finding.what.capitalize(), shown=False) for key, finding in FINDINGS.items()),
    ]


def chart(question: Question) -> Chart:
    """Bars of what is wrong, for each owner."""
    return Chart("bar", question.group_key, tuple(KINDS))


def ask(question: Question) -> Select[Any]:
    """One row for each owner, with how many opportunities have each finding, one of each kind, and none."""
    source, text, place = dimension(question.grouped_by).joined(question, question.deals)
    bits = case((question.is_open(), _bits(question, is_open=True)), else_=_bits(question, is_open=False))
    found = select(text.label("text"), place.label("place"), bits.label("bits")).select_from(source).subquery("found")
    grouped = found.c.text, found.c.place, found.c.bits
    sets = select(*grouped, func.count().label("number")).group_by(*grouped).subquery("sets")

    def counted(name: str, condition: ColumnElement[bool]) -> ColumnElement[int]:
        return cast(func.sum(case((condition, sets.c.number), else_=literal_column("0"))), BigInteger).label(name)

    kinds = {kind: sum(_bit(name) for name, of in FINDINGS.items() if of.kind == kind) for kind in KINDS}
    masks = kinds | {name: _bit(name) for name in FINDINGS}
    return (
        select(
            sets.c.text.label(question.group_key),
            cast(func.sum(sets.c.number), BigInteger).label("opportunities"),
            counted("clean", sets.c.bits == literal_column("0")),
            *(counted(name, sets.c.bits.op("&")(literal_column(str(mask))) != 0) for name, mask in masks.items()),
        )
        .group_by(sets.c.text, sets.c.place)
        .order_by(sets.c.place, sets.c.text)
    )


def _bits(question: Question, *, is_open: bool) -> ColumnElement[Any]:
    """The set of findings of an open or of a closed opportunity."""
    bits: ColumnElement[Any] = literal_column("0", Integer)
    for name, finding in FINDINGS.items():
        if finding.is_open == is_open:
            bits += case((finding.found(question), literal_column(str(_bit(name)))), else_=literal_column("0"))
    return bits


def _bit(name: str) -> int:
    """What stands for a finding in a set of them."""
    return 1 << list(FINDINGS).index(name)


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The shares of those that are clean; those with most to correct first."""
    for row in rows:
        row["clean_share"] = share(row["clean"], row["opportunities"])
    return sorted(rows, key=lambda row: row["clean"] - row["opportunities"])


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The share of all that are clean."""
    return {"clean_share": share(*(sum(row[key] for row in rows) for key in ("clean", "opportunities")))}


def remark(rows: list[dict[str, Any]], question: Question) -> list[str]:
    """What was found of each kind, and how often."""
    told = []
    for kind, heading in KINDS.items():
        counts = {
            finding.what: sum(row[key] for row in rows) for key, finding in FINDINGS.items() if finding.kind == kind
        }
        found = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
        told += [f"{heading}: {found}."] if found else []
    return told
