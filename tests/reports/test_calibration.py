"""Calibration: the report against plain Python, on random pipelines with a past, now and as of any past day."""

import math
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.answering import Asked
from pipelines.questions.answer import Answer
from pipelines.questions.intervals import wilson
from pipelines.reporting import build_report
from tests.build import IN_DOLLARS, NOON, TODAY, an_opportunity, import_rows
from tests.reports.world import LABEL, Version, World, asked_at, on_random_worlds, rounded

Ends = list[tuple[Decimal, int]]


def tenth(version: Version) -> str:
    lowest = min(version.chance * 100 // 10, Decimal(9)) * 10
    return f"{lowest} to {lowest + 10} %"


GROUPS: dict[str, Callable[[Version], str]] = {
    "probability": tenth,
    "status": lambda version: LABEL[version.status],
    "owner": lambda version: version.owner or "(none)",
}


def closed_ones(
    world: World, moment: datetime | None, by: str, start: date | None, end: date | None
) -> tuple[dict[str, Ends], int]:
    """The probabilities and ends of each group, and how many closed deals were never known open."""
    groups: dict[str, Ends] = defaultdict(list)
    silent = 0
    for deal, version in world.at(moment):
        day = version.close_date
        if version.is_open or (start and end and not (day and start <= day <= end)):
            continue
        known = [one for one in deal.versions if one.is_open and (moment is None or one.valid_from <= moment)]
        if known:
            groups[GROUPS[by](known[-1])].append((known[-1].chance, int(version.kind == "won")))
        else:
            silent += 1
    return groups, silent


@pytest.mark.parametrize("by", list(GROUPS))
def test_what_was_stated_and_what_became_of_it_is_what_plain_python_counts(database: str, by: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for start, end in ((None, None), (today - timedelta(days=60), today)):
            asked = Asked(start=start, end=end, when=when, by=None if by == "probability" else by)
            found = build_report("calibration", database, world.settings, asked, today)
            groups, silent = closed_ones(world, moment, by, start, end)
            told = {str(row[by]): row for row in found.rows if row["closed"]}
            assert told.keys() == groups.keys()
            for name, ends in groups.items():
                row, won = told[name], sum(won for _, won in ends)
                stated = sum((chance for chance, _ in ends), Decimal(0)) / len(ends)
                assert (row["closed"], row["won"], row["stated"]) == (len(ends), won, rounded(stated))
                assert row["actual"] == rounded(Decimal(won) / len(ends))
                low, high = wilson(won, len(ends))
                assert (row["low"], row["high"]) == (rounded(low), rounded(high))
                assert row["fits"] == ("yes" if low <= stated <= high else "no")
            ends = [end for of in groups.values() for end in of]
            assert (found.total["closed"], found.total["won"]) == (len(ends), sum(won for _, won in ends))
            if ends:
                squares = sum(((chance - won) ** 2 for chance, won in ends), Decimal(0)) / len(ends)
                assert found.remarks[0].startswith(f"Brier score {squares:.4f} ")
            told_silent = f"Closed, but never known with a probability while they were open: {silent}."
            assert (told_silent in found.remarks) == bool(silent)

    on_random_worlds(check, database, examples=8)


def test_every_tenth_is_a_line_also_without_any_deal(sqlite: str) -> None:
    found = calibrated(sqlite)
    assert [row["probability"] for row in found.rows[:2]] == ["0 to 10 %", "10 to 20 %"]
    assert [row["probability"] for row in found.rows if row["closed"]] == ["20 to 30 %", "90 to 100 %"]
    assert len(found.rows) == 10


def calibrated(database: str) -> Answer:
    """Deals stated at 20 and 100 %, then won and lost, and one that was won from the first."""
    deals = [("A", "20", "won"), ("B", "29.9999", "lost"), ("C", "100", "won"), ("D", None, "won")]
    opened = [
        an_opportunity(name=name, probability=chance, status="needs_analysis") for name, chance, _ in deals if chance
    ]
    closed = [an_opportunity(name=name, status=end, close_date="2026-11-20") for name, _, end in deals]
    assert import_rows(database, *opened, at=NOON - timedelta(days=2)).added == 3
    import_rows(database, *closed)
    return build_report("calibration", database, IN_DOLLARS, Asked(), TODAY)


def test_the_score_and_what_stated_nothing_are_told(sqlite: str) -> None:
    # 0.8² + 0.299999² + 0² over 3, and 2/3 × 1/3
    assert calibrated(sqlite).remarks == [
        "Brier score 0.2433 (0 is best); stating 66.7 % for each would score 0.2222."
        " From and To: 95 % interval of the actual part (Wilson).",
        "Closed, but never known with a probability while they were open: 1.",
    ]


@pytest.mark.parametrize(("won", "number"), [(0, 5), (1, 1), (3, 10), (250, 1000)])
def test_the_interval_ends_where_the_part_is_as_far_off_as_95_percent_allow(won: int, number: int) -> None:
    low, high = map(float, wilson(won, number))
    assert low <= won / number <= high
    for chance in (low, high):
        if 0 < chance < 1:
            off = abs(won / number - chance) / math.sqrt(chance * (1 - chance) / number)
            assert off == pytest.approx(1.959963984540054)


def test_of_none_and_of_all_the_interval_ends_at_certainty() -> None:
    assert [wilson(0, number)[0] for number in range(1, 50)] == [0] * 49
    assert [wilson(number, number)[1] for number in range(1, 50)] == [1] * 49
