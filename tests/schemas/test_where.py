"""Conditions are read exactly or refused in two sentences, with a caret under the place."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import FIELDS_OF, STORED_OF
from schemas.settings import Settings
from schemas.where import AllOf, Comparison, ConditionError, Not, Tree, read_condition
from schemas.where.condition import RelativeDay

SETTINGS = Settings(currencies=("USD", "EUR"))


def read(text: str, entity: str = "opportunity") -> Tree:
    return read_condition(text, entity, SETTINGS).tree


def told(tree: Tree) -> Any:
    """A tree as nested tuples."""
    if isinstance(tree, Comparison):
        return (tree.field.name, tree.sign, *tree.values)
    if isinstance(tree, Not):
        return ("not", told(tree.of))
    return ("and" if isinstance(tree, AllOf) else "or", *map(told, tree.of))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("owner = 'user07'", ("owner", "=", "user07")),
        ("OWNER = ben.okafor", ("owner", "=", "ben.okafor")),
        ("owner != ''", ("not", ("owner", "empty"))),
        ("owner in ('', ann)", ("or", ("owner", "in", "ann"), ("owner", "empty"))),
        ("name = 'O''Neill & Sons'", ("name", "=", "O'Neill & Sons")),
        ("source_id = 301", ("source_id", "=", "301")),
        ("status = 'closed  WON'", ("status", "=", "won")),
        ("status not in (won, 'Closed Lost')", ("not", ("status", "in", "won", "lost"))),
        ("budget_amount > -12.50", ("budget_amount", ">", Decimal("-12.50"))),
        ("budget_currency = eur", ("budget_currency", "=", "EUR")),
        ("probability >= 40", ("probability", ">=", Decimal("0.4"))),
        ("probability between 0.5% and 12.5%", ("probability", "between", Decimal("0.005"), Decimal("0.125"))),
        ("close_date < 2026-11-30", ("close_date", "<", date(2026, 11, 30))),
        ("close_date >= today", ("close_date", ">=", RelativeDay(0))),
        ("closed_at >= today-30", ("closed_at", ">=", RelativeDay(-30))),
        ("close_date <= Today + 7", ("close_date", "<=", RelativeDay(7))),
        ("notes not contains today", ("not", ("notes", "contains", "today"))),
        ("account starts  with 'Acme'", ("account", "starts with", "Acme")),
        ("missing_since is not empty", ("not", ("missing_since", "empty"))),
        (
            "owner = a or owner = b and not name = c",
            ("or", ("owner", "=", "a"), ("and", ("owner", "=", "b"), ("not", ("name", "=", "c")))),
        ),
        (
            "(owner = a or owner = b) and name = c",
            ("and", ("or", ("owner", "=", "a"), ("owner", "=", "b")), ("name", "=", "c")),
        ),
    ],
)
def test_a_condition_means_what_it_says(text: str, means: object) -> None:
    assert told(read(text)) == means


@pytest.mark.parametrize(
    ("text", "why", "place", "fix"),
    [
        ("ownr = x", "There is no field 'ownr' of opportunities.", 0, "Did you mean 'owner'?"),
        ("status = negotiaton", "There is no status 'negotiaton'.", 9, "Did you mean 'negotiation'?"),
        ("budget_currency = GBP", "There is no enabled currency 'GBP'.", 18, "Known: USD, EUR."),
        ("owner = 'x", "This text has no closing quote.", 8, "Close it with '; a quote within a text is doubled"),
        ('owner = "x"', "'\"' is not understood here.", 8, "Write text in single quotes"),
        ("budget_amount > 10,000", "Here ',' stands where and, or, or the end", 18, "Write numbers without a comma"),
        ("budget_amount > 'x'", "budget_amount is compared with numbers", 16, "Write an amount such as 1200.50"),
        ("budget_amount > 1.00001", "1.00001 is no value of budget_amount", 16, "Write an amount"),
        ("budget_amount > 1000000000000000", "1000000000000000 is no value of budget_amount", 16, "Write an"),
        ("budget_amount > 40%", "budget_amount is compared with numbers", 16, "Write an amount"),
        ("probability > 0.4", "0.4 can mean 0.4 percent or 40 percent.", 14, "Write 0.4%, or 40%."),
        ("close_date < tomorrow", "close_date is compared with days, and 'tomorrow' is none.", 13, "Write a day"),
        ("close_date = 2026-02-31", "close_date is compared with days, and '2026-02-31' is none.", 13, "Write a day"),
        ("close_date = today - x", "Here 'x' stands where a number of days is expected.", 21, "Write a whole number"),
        ("status > won", "status has no order in which one is less than another.", 7, "Use =, != or in (…)."),
        ("status contains won", "status is no text that contains something.", 7, "Use =, != or in (…)."),
        ("name contains ''", "Every text contains an empty one.", 14, "Write: name is not empty."),
        ("name = Closed Won", "Here 'Won' stands where and, or, or the end is expected.", 14, "Join comparisons"),
        ("(name = a", "This parenthesis is never closed.", 0, "Add ) where it ends."),
        ("name", "Here the condition ends where a comparison is expected.", 4, "After a field write one of ="),
        ("", "Here the condition ends where a field is expected.", 0, "Begin a comparison with a field"),
        ("name = and", "Here 'and' stands where a value is expected.", 7, "Write a word"),
        ("owner = 'ü名' and x = 1", "There is no field 'x' of opportunities.", 18, "Known: source_id"),
        ("name = a; drop table opportunity", "';' is not understood here.", 8, "Write text that is no single word"),
    ],
)
def test_what_is_wrong_is_told_with_the_place(text: str, why: str, place: int, fix: str) -> None:
    with pytest.raises(ConditionError) as caught:
        read(text)
    said, shown, caret = caught.value.why.split("\n")
    assert said.startswith(why)
    assert (shown, caret) == (f"  {text}", f"  {' ' * place}^")
    assert caught.value.fix.startswith(fix)


def test_a_long_condition_is_shown_around_the_place() -> None:
    text = " and ".join(f"name != a{number}" for number in range(50)) + " and ownr = x"
    with pytest.raises(ConditionError) as caught:
        read(text)
    _, shown, caret = caught.value.why.split("\n")
    assert len(shown) < 80
    assert shown[caret.index("^") :].startswith("ownr = x")


@pytest.mark.parametrize("text", ["(" * 10_000, "not " * 2_000, "name = a or " * 300 + "name = a", "a" * 100_000])
def test_what_would_take_for_ever_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        read(text)


WORDS = st.sampled_from(
    [
        *(" ", "(", ")", ",", "=", "!=", "<=", "and", "or", "not", "in", "is", "empty", "contains", "starts with"),
        *("between", "today", "+", "-", "3", "0.5", "40%", "2026-11-30", "'x'", "''", "won", "name", "status", "tags"),
        *("probability", "close_date", "closed_at", "budget_amount", "owner", "emails", "employees", "\0", "'", "ü"),
    ]
)


@given(st.lists(WORDS).map(" ".join) | st.text(), st.sampled_from(sorted(FIELDS_OF)))
def test_any_text_is_a_condition_or_a_sentence(text: str, entity: str) -> None:
    fault = None
    try:
        assert read_condition(text, entity, SETTINGS).text == text
    except ConditionError as said:
        fault = said
    assert fault is None or (fault.fix.endswith((".", "?", "…")) and len(fault.why.split("\n")) == 3)


@pytest.mark.parametrize("entity", sorted(FIELDS_OF))
def test_every_field_of_every_entity_can_be_asked_whether_it_is_empty(entity: str) -> None:
    assert set(FIELDS_OF[entity]) < set(STORED_OF[entity])
    for name in STORED_OF[entity]:
        assert told(read(f"{name} is empty", entity)) == (name, "empty")
