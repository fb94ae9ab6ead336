"""Ids of Salesforce: 15 and 18 characters of one record are one id."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import IN_FULL, full_salesforce_ids
from schemas.layout_files import ID_FORMS

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def full(*ids: str | None) -> list[str | None]:
    found: list[str | None] = full_salesforce_ids(pa.array(ids, pa.string())).to_pylist()
    return found


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("a0D30000001n7Pi", "a0D30000001n7PiEAI"),
        ("0019000000B98de", "0019000000B98deAAB"),
        ("000000000000000", "000000000000000AAA"),
        ("AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA555"),
        ("006aBCDEfghijKL", "006aBCDEfghijKLQHY"),
    ],
)
def test_three_characters_tell_which_of_each_five_are_capitals(short: str, whole: str) -> None:
    assert full(short) == [whole]


def test_what_is_no_id_of_15_characters_stays_as_it_is() -> None:
    others = ["", None, "17", "006A0000001n7PiEAI", "006-000001n7PiE", "006A0000001n7P\u00fc", "0" * 16]
    assert full(*others) == others
    assert full() == []


@given(st.lists(st.one_of(st.none(), st.text(LETTERS, min_size=14, max_size=16)), max_size=20))
def test_ids_keep_their_places_and_are_whole_after_once(ids: list[str | None]) -> None:
    once = full(*ids)
    assert full(*once) == once
    assert [one and one[: len(short or "")] for one, short in zip(once, ids, strict=True)] == ids
    assert [len(one) for one, short in zip(once, ids, strict=True) if one and short and len(short) == 15] == [
        18 for short in ids if short and len(short) == 15
    ]


def test_every_form_that_a_layout_can_name_is_known() -> None:
    assert tuple(IN_FULL) == ID_FORMS
