"""Budgets: how many problems a check lets pass, in all and of a code."""

from dataclasses import replace

import pytest

from schemas.budgets import read_budgets
from schemas.errors import UnknownNameError, UsageError
from schemas.problems import Problem, problem


def problems(**counts: int) -> list[Problem]:
    return [problem(row, "name", code) for code, number in counts.items() for row in range(2, 2 + number)]


@pytest.mark.parametrize(
    ("words", "found", "sentences"),
    [
        (None, problems(too_long=1), ["1 problem, more than --max-problems 0 allows."]),
        (["0"], [], []),
        (["2"], problems(too_long=1, not_a_date=1), []),
        (["2"], problems(too_long=2, not_a_date=1), ["3 problems, more than --max-problems 2 allows."]),
        (["too_long=5"], problems(too_long=5), []),
        (["too_long=5"], problems(too_long=6), ["6 too_long, more than --max-problems too_long=5 allows."]),
        (
            ["too_long=5"],
            problems(too_long=5, not_a_date=1),
            ["1 other problem, more than --max-problems 0 allows."],
        ),
        (["too_long=0", "9"], problems(not_a_date=9), []),
        (
            ["too_long=0", "0", "not_a_date=0"],
            problems(too_long=1, not_a_date=1, unknown_owner=2),
            [
                "1 not_a_date, more than --max-problems not_a_date=0 allows.",
                "1 too_long, more than --max-problems too_long=0 allows.",
                "2 other problems, more than --max-problems 0 allows.",
            ],
        ),
        (["1", "2"], problems(too_long=2), []),
    ],
)
def test_problems_beyond_a_budget_are_told(words: list[str] | None, found: list[Problem], sentences: list[str]) -> None:
    assert read_budgets(words).exceeded(found) == sentences


def test_what_only_warns_does_not_count() -> None:
    warned = replace(problem(0, "", "new_header"), warns=True)
    assert read_budgets(["0"]).exceeded([warned]) == []


@pytest.mark.parametrize("word", ["few", "-1", "1.5", "", "too_long=", "too_long=x", "²"])
def test_a_budget_that_is_no_number_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="is not a number"):
        read_budgets([word])


@pytest.mark.parametrize(("word", "fix"), [("too_lnog=5", "Did you mean 'too_long'?"), ("=5", "Known: ragged_row")])
def test_a_budget_of_an_unknown_code_is_refused_with_the_one_perhaps_meant(word: str, fix: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        read_budgets([word])
    assert caught.value.fix.startswith(fix)
