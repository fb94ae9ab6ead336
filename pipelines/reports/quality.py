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

from sqlalchemy import ColumnElement, Select, and_, case, cast, func, literal, literal_column, or_, select

from pipelines.answer import Chart, Column
from pipelines.dimensions import DIMENSIONS, dimension
from pipelines.neglected import is_overdue, is_stale
from pipelines.question import Question

BY = ("owner", *(name for name in DIMENSIONS if name not in ("owner", "size")))
KINDS = {"missing": "Missing", "contradictory": "Contradictory", "old": "Old"}
Condition = ColumnElement[bool]


class Finding(NamedTuple):
    """What may be wrong with an opportunity: its kind, what it is called, and when it is so."""

    kind: str
    what: str
    found: Callable[[Question], Condition]


def _is_open(question: Question, *and_so: Condition) -> Condition:
    return and_(question.is_open(), *and_so)


def _is_nothing(amount: ColumnElement[Any]) -> Condition:
    return or_(amount.is_(None), amount == Decimal(0))


def _other_probability(question: Question) -> Condition:
    stored = question.deals.c
    kind = stored.probability.type
    usual = {status.id: cast(literal(status.probability, kind), kind) for status in question.settings.statuses}
    return stored.probability != case(usual, value=stored.status)


def _no_reason(question: Question) -> Condition:
    stored = question.deals.c
    is_lost = stored.status.in_(question.settings.ids("lost"))
    return and_(is_lost, func.coalesce(stored.close_reason, "") == "")


FINDINGS = {
    "no_close_date": Finding(
        "missing", "open without a close date", lambda q: _is_open(q, q.deals.c.close_date.is_(None))
    ),
    "no_amount": Finding(
        "missing", "open without an amount", lambda q: _is_open(q, _is_nothing(q.deals.c.budget_amount))
    ),
    "no_owner": Finding("missing", "open without an owner", lambda q: _is_open(q, q.deals.c.owner_id.is_(None))),
    "no_account": Finding("missing", "open without an account", lambda q: _is_open(q, q.deals.c.account_id.is_(None))),
    "no_revenue": Finding(
        "missing", "won without a revenue", lambda q: and_(q.is_won(), _is_nothing(q.deals.c.close_revenue))
    ),
    "no_reason": Finding("missing", "lost without a reason", _no_reason),
    "other_probability": Finding(
        "contradictory",
        "open with another probability than that of the status",
        lambda q: _is_open(q, _other_probability(q)),
    ),
    "closed_ahead": Finding(
        "contradictory",
        "won or lost with a close date after today",
        lambda q: and_(~q.is_open(), q.deals.c.close_date > q.today),
    ),
    "overdue": Finding("old", "open with a close date before today", lambda q: _is_open(q, is_overdue(q))),
    "stale": Finding("old", "open and unchanged for too long", lambda q: _is_open(q, is_stale(q))),
}


def columns(question: Question) -> list[Column]:
    """Whose they are, how many, how many with a finding of each kind, how many clean; and those of each finding."""
    return [
        Column(_key(question), dimension(_by(question)).heading, "text"),
        Column("opportunities", "Number"),
        *(Column(kind, heading) for kind, heading in KINDS.items()),
        Column("clean", "Clean"),
        Column("clean_share", "Share", "percent"),
        *(Column(key, finding.what.capitalize(), shown=False) for key, finding in FINDINGS.items()),
    ]


def chart(question: Question) -> Chart:
    """Bars of what is wrong, for each owner."""
    return Chart("bar", _key(question), tuple(KINDS))


def ask(question: Question) -> Select[Any]:
    """One row for each owner and set of findings, the set as a number with a bit for each finding."""
    source, text, place = dimension(_by(question)).joined(question, question.deals)
    bits: ColumnElement[Any] = literal_column("0")
    for bit, finding in enumerate(FINDINGS.values()):
        bits += case((finding.found(question), literal_column(str(1 << bit))), else_=literal_column("0"))
    found = select(text.label("text"), place.label("place"), bits.label("bits")).select_from(source).subquery("found")
    grouped = found.c.text, found.c.place, found.c.bits
    return (
        select(found.c.text.label(_key(question)), found.c.bits, func.count().label("number"))
        .group_by(*grouped)
        .order_by(found.c.place, found.c.text)
    )


def work_out(rows: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """The findings counted for each owner, those with most to correct first."""
    key, counts = _key(question), ("opportunities", "clean", *KINDS, *FINDINGS)
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(row[key], {key: row[key], **dict.fromkeys(counts, 0)})
        found = {name for bit, name in enumerate(FINDINGS) if row["bits"] >> bit & 1}
        found |= {FINDINGS[name].kind for name in found} or {"clean"}
        for name in ("opportunities", *found):
            line[name] += row["number"]
    for line in lines.values():
        line["clean_share"] = _share(line["clean"], line["opportunities"])
    return sorted(lines.values(), key=lambda line: line["clean"] - line["opportunities"])


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The share of all that are clean."""
    return {"clean_share": _share(*(sum(row[key] for row in rows) for key in ("clean", "opportunities")))}


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


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def _by(question: Question) -> str:
    return question.by or BY[0]


def _key(question: Question) -> str:
    return _by(question).replace("-", "_")
