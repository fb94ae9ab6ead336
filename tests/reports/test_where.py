"""Conditions on what is stored: the same rows as plain Python finds, on random pipelines, now and as of past days."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Any

import hypothesis
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import select

from pipelines.answering import Asked
from pipelines.reporting import asking
from schemas.statuses import OROCRM_STATUSES
from tests.build import IN_EUROS_TOO
from tests.reports.world import ACCOUNTS, DAYS, MOMENTS, OWNERS, Deal, Version, World, asked_at, store, worlds

Holds = Callable[[Deal, Version, date], bool]
Told = tuple[str, Holds]

COMPARED: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
TEXTS: dict[str, Callable[[Deal, Version], str | None]] = {
    "name": lambda deal, _: deal.name,
    "lead": lambda deal, _: deal.lead,
    "owner": lambda _, now: now.owner,
    "account": lambda _, now: now.account,
}
PIECES = ("ann", "BOB", "Acme", "e", "Deal 1", "Nobody's", "%", "_")
AMOUNTS = {"budget_amount": "amount", "close_revenue": "revenue"}
MOMENTS_OF: dict[str, Callable[[Deal, Version], datetime | None]] = {
    "closed_at": lambda _, now: now.closed_at,
    "created_at": lambda deal, _: deal.created_at,
    "changed_at": lambda _, now: now.valid_from,
}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@st.composite
def on_texts(draw: st.DrawFn) -> Told:
    field, get = draw(st.sampled_from(list(TEXTS.items())))
    sign = draw(st.sampled_from([*COMPARED, "contains", "starts with", "in", "is empty"]))
    piece = draw(st.sampled_from(PIECES))
    if sign == "is empty":
        return f"{field} is empty", lambda deal, now, _: get(deal, now) is None
    if sign == "in":
        others = OWNERS[:2] + ACCOUNTS[:1]
        return f"{field} in ({', '.join(others)})", lambda deal, now, _: get(deal, now) in others
    small = piece.lower()
    meets: dict[str, Callable[[str], bool]] = {
        "contains": lambda text: small in text.lower(),
        "starts with": lambda text: text.lower().startswith(small),
    }
    tried = meets.get(sign) or (lambda text: COMPARED[sign](text, piece))
    return f"{field} {sign} {quoted(piece)}", lambda deal, now, _: (text := get(deal, now)) is not None and tried(text)


@st.composite
def on_choices(draw: st.DrawFn) -> Told:
    status = draw(st.sampled_from(OROCRM_STATUSES))
    word = draw(st.sampled_from([status.id, quoted(status.label), quoted(status.label.upper())]))
    told: list[Told] = [
        (f"status = {word}", lambda _, now, __: now.status == status.id),
        (f"status in (won, {word})", lambda _, now, __: now.status in {"won", status.id}),
        ("budget_currency = eur", lambda _, now, __: now.amount is not None and now.currency == "EUR"),
        ("budget_currency is empty", lambda _, now, __: now.amount is None),
    ]
    return draw(st.sampled_from(told))


@st.composite
def on_numbers(draw: st.DrawFn) -> Told:
    field = draw(st.sampled_from([*AMOUNTS, "probability"]))
    sign = draw(st.sampled_from(list(COMPARED)))
    numbers = [0, 20, 35, 100] if field == "probability" else [0, 10, 1200, 100_000]
    first, last = sorted(draw(st.lists(st.sampled_from(numbers), min_size=2, max_size=2)))

    def value(now: Version) -> Decimal | None:
        if field == "probability":
            return None if now.probability is None else now.probability * 100
        found: Decimal | None = getattr(now, AMOUNTS[field])
        return found

    told: list[Told] = [
        (
            f"{field} {sign} {first}.0",
            lambda _, now, __: (found := value(now)) is not None and COMPARED[sign](found, first),
        ),
        (
            f"{field} between {first} and {last}",
            lambda _, now, __: (found := value(now)) is not None and first <= found <= last,
        ),
    ]
    return draw(st.sampled_from(told))


@st.composite
def on_days(draw: st.DrawFn) -> Told:
    field = draw(st.sampled_from(["close_date", *MOMENTS_OF]))
    sign = draw(st.sampled_from(list(COMPARED)))
    days = draw(st.sampled_from([-100, -30, 0, 26, 75]))
    fixed = draw(st.sampled_from(DAYS))
    word = draw(st.sampled_from([fixed.isoformat(), f"today {'-' if days < 0 else '+'} {abs(days)}"]))

    def holds(deal: Deal, now: Version, today: date) -> bool:
        moment = MOMENTS_OF[field](deal, now) if field in MOMENTS_OF else None
        found = now.close_date if field == "close_date" else moment and moment.date()
        wanted = today + timedelta(days) if "today" in word else fixed
        return found is not None and COMPARED[sign](found, wanted)

    return f"{field} {sign} {word}", holds


def joined(parts: st.SearchStrategy[Told]) -> st.SearchStrategy[Told]:
    def both(one: Told, other: Told) -> Told:
        return f"({one[0]} and {other[0]})", lambda *row: one[1](*row) and other[1](*row)

    def either(one: Told, other: Told) -> Told:
        return f"({one[0]} or {other[0]})", lambda *row: one[1](*row) or other[1](*row)

    def opposite(one: Told) -> Told:
        return f"not {one[0]}", lambda *row: not one[1](*row)

    return st.builds(both, parts, parts) | st.builds(either, parts, parts) | st.builds(opposite, parts)


CONDITIONS = st.recursive(on_texts() | on_choices() | on_numbers() | on_days(), joined, max_leaves=5)


def found(database: str, text: str, moment: datetime | None) -> list[int]:
    when, today = asked_at(moment)
    with asking(database, IN_EUROS_TOO, Asked(when=when, where=text), today, ["forecast"]) as (connection, question):
        return sorted(connection.scalars(select(question.deals.c.id)))


def test_a_condition_finds_what_plain_python_finds(database: str) -> None:
    @hypothesis.settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(world=worlds(), moment=MOMENTS, conditions=st.lists(CONDITIONS, min_size=8, max_size=8))
    def tried(world: World, moment: datetime | None, conditions: list[Told]) -> None:
        store(world, database)
        _, today = asked_at(moment)
        for text, holds in conditions:
            expected = [deal.id for deal, now in world.at(moment) if holds(deal, now, today)]
            assert found(database, text, moment) == sorted(expected), text

    tried()
