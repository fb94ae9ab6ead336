"""Plans in words: what every way of showing them says alike."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from pipelines.findings import count
from pipelines.plan.changes import Change
from pipelines.plan.file import Plan
from schemas.fields import AMOUNTS
from schemas.problems import Problem

DERIVED = {
    "budget_amount_base",
    "budget_amount_rate",
    "budget_amount_rate_day",
    "close_revenue_base",
    "close_revenue_rate",
    "close_revenue_rate_day",
    "stated_probability",
}
"""Fields that follow from others: the import keeps them, a reader need not see them."""
PLURAL = {"opportunity": "opportunities"}


class Money(NamedTuple):
    """Deals and money of a line, before and after: numbers of deals, and amounts in the currency of the line."""

    label: str
    currency: str
    deals: tuple[int, int]
    amounts: tuple[Decimal, Decimal]


def headline(plan: Plan) -> str:
    """What the plan is of: 'deals.csv: layout orocrm, plan for 2026-11-24 after run 12'."""
    head = plan.head
    after = f"after run {head['after_run']}" if head["after_run"] else "into an empty database"
    return f"{head['file']}: layout {head['layout']}, plan for {head['today']} {after}"


def balance(plan: Plan) -> str:
    """The rows of the file: 'read 40 = 12 to add + 5 to update + …'."""
    counts = plan.head["counts"]
    words = {"added": "to add", "updated": "to update"}
    parts = ("added", "updated", "unchanged", "duplicate", "rejected")
    return f"read {counts['read']:,} = " + " + ".join(f"{counts[part]:,} {words.get(part, part)}" for part in parts)


def news(plan: Plan) -> Iterator[str]:
    """What is new: '3 new accounts: Acme, Borealis, Corvus'."""
    for table, counted in plan.counted.items():
        if added := counted.get("added", 0):
            shown = plan.first[table]
            yield f"{_named(added, table, 'new ')}: {', '.join(shown)}{', …' if added > len(shown) else ''}"


def changed_fields(plan: Plan) -> Iterator[tuple[str, dict[str, int]]]:
    """For each kind of row that changes: how many, and how often which field does, the most frequent first."""
    for table, counted in plan.counted.items():
        if changed := counted.get("changed", 0):
            fields = {
                spaced(field): number
                for field, number in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
                if field not in {"added", "changed", *DERIVED}
            }
            yield f"{_named(changed, table)} would change", fields


def moved(plan: Plan) -> list[Money]:
    """The money of each status and currency that the plan touches, before and after."""
    labels = plan.head["statuses"]
    return [
        Money(
            labels.get(line["status"], line["status"]),
            line["currency"] or "",
            (line["before"]["deals"], line["after"]["deals"]),
            (Decimal(line["before"]["amount"]), Decimal(line["after"]["amount"])),
        )
        for line in plan.head["moved"]
    ]


def pipeline(plan: Plan) -> list[Money]:
    """The open pipeline before and after, in the base currency: its amount, and weighted."""
    before, after = (plan.head["pipeline"][side] for side in ("before", "after"))
    return [
        Money(
            label,
            plan.head["base_currency"],
            (before["deals"], after["deals"]),
            (Decimal(before[part]), Decimal(after[part])),
        )
        for label, part in (("Open pipeline", "amount"), ("Weighted", "weighted"))
    ]


def warnings(plan: Plan) -> Iterator[str]:
    """What a reader must know before applying: limits exceeded, amounts that could not be converted."""
    for sentence in plan.head["too_much"]:
        yield f"The circuit breaker would hold this import: {sentence}"
    if plan.head["no_rate"]:
        yield f"Without a rate, and so not in the open pipeline: {', '.join(plan.head['no_rate'])}."


def field_changes(change: Change) -> Iterator[tuple[str, str, str]]:
    """Each field that a person would look at, with its old and its new value; amounts rounded to cents."""
    hidden = DERIVED | ({"closed_at"} if "status" in change.fields else set())
    for field, (old, new) in change.fields.items():
        if field not in hidden:
            yield spaced(field), _read(field, old), _read(field, new)


def _read(field: str, value: str | None) -> str:
    return shown(Decimal(value)) if value and field in AMOUNTS else value or ""


def place(change: Change) -> str:
    """Where a change comes from, and whom it concerns: 'row 17: Website (Acme)'."""
    of = f" ({change.account})" if change.account and change.table == "opportunity" else ""
    row = f"row {change.row}: " if change.row else "not in the file: "
    return f"{row}{change.name}{of}"


def spaced(field: str) -> str:
    """A field as words."""
    return field.replace("_", " ")


def _named(number: int, table: str, kind: str = "") -> str:
    """A number of rows of a table: '1 new account', '3 opportunities'."""
    plural = PLURAL.get(table, f"{table}s")
    return f"{number:,} {kind}{table}" if number == 1 else f"{number:,} {kind}{plural}"


def problems_told(plan: Plan) -> str:
    """How many rows are rejected, in words."""
    rejected: int = plan.head["counts"]["rejected"]
    return f"{count(rejected, 'row')} would be rejected" if rejected else ""


def warned(problem: Problem) -> str:
    """What is said before a problem that only warns."""
    return "Warning: " if problem.warns else ""


def shown(amount: Decimal) -> str:
    """An amount for the eye, rounded to cents."""
    return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,}"


def difference(pair: tuple[Any, Any]) -> str:
    """What is added or taken away, with its sign; nothing where it stays."""
    moved_by = pair[1] - pair[0]
    if not moved_by:
        return ""
    return f"{moved_by:+,}" if isinstance(moved_by, int) else f"{'+' if moved_by > 0 else ''}{shown(moved_by)}"
