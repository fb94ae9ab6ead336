"""Range of outcomes: the report against every outcome counted in plain Python, and its arithmetic at any size."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate, pairwise, product
from random import Random
from statistics import NormalDist

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.answering import Asked
from pipelines.questions.answer import Answer
from pipelines.questions.outcomes import Stake, outcomes
from pipelines.questions.sums import together
from pipelines.reporting import build_report
from tests.reports.world import (
    DAYS,
    LABEL,
    OWNERS,
    TODAY,
    Deal,
    Version,
    World,
    asked_at,
    moment_of,
    on_random_worlds,
    rounded,
    store,
)

Chances = list[tuple[Decimal, Decimal]]
PERCENTS = (10, 25, 50, 75, 90)
ONE = Decimal(1)


def every_outcome(chances: Chances) -> dict[Decimal, Decimal]:
    """Each sum that may come out, with its likelihood, from all 2^n ways in which the chances may end."""
    found: dict[Decimal, Decimal] = {}
    for ends in product((True, False), repeat=len(chances)):
        amount = sum((amount for (amount, _), comes in zip(chances, ends, strict=True) if comes), Decimal(0))
        likely = math.prod((p if comes else 1 - p for (_, p), comes in zip(chances, ends, strict=True)), start=ONE)
        found[amount] = found.get(amount, Decimal(0)) + likely
    return dict(sorted((amount, likely) for amount, likely in found.items() if likely))


def reached(outcomes_: dict[Decimal, Decimal], amount: Decimal) -> Decimal:
    return sum((likely for value, likely in outcomes_.items() if value >= amount), Decimal(0))


def percentile(outcomes_: dict[Decimal, Decimal], percent: int) -> Decimal:
    """The least amount that is not exceeded with that chance."""
    below = Decimal(0)
    for amount, likely in outcomes_.items():
        below += likely
        if below * 100 >= percent:
            return amount
    raise AssertionError(outcomes_)


def told(found: Answer) -> dict[object, tuple[object, object]]:
    return {row["outcome"]: (row["amount"], row["chance"]) for row in found.rows}


def test_the_range_is_that_of_all_outcomes(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for currency, start in (("USD", None), ("EUR", today)):
            target = Decimal("2505.0000")
            asked = Asked(currency, start, when=when, target=target)
            found = build_report("range", database, world.settings, asked, today)
            chances = [
                (world.worth(deal, today, currency=currency) or Decimal(0), deal.chance)
                for _, deal in world.at(moment)
                if deal.is_open and (start is None or (deal.close_date and deal.close_date >= start))
            ]
            possible = every_outcome(chances)
            expected = {f"p{percent}": percentile(possible, percent) for percent in PERCENTS}
            expected["expected"] = sum((amount * chance for amount, chance in chances), Decimal(0))
            expected |= {"target": target, "all": sum((amount for amount, _ in chances), Decimal(0))}
            assert told(found) == {
                key: (rounded(amount), rounded(reached(possible, amount))) for key, amount in expected.items()
            }
            assert found.remarks[0].startswith("Exact: every outcome of ")
            amounts = [row["amount"] for row in found.rows if isinstance(row["amount"], Decimal)]
            assert amounts == sorted(amounts)

    on_random_worlds(check, database, examples=8)


def test_a_target_is_left_out_unless_asked_for_and_nothing_is_added_up(sqlite: str) -> None:
    store(World([]), sqlite)
    found = build_report("range", sqlite, World([]).settings, Asked(), TODAY)
    assert told(found) == dict.fromkeys(("p10", "p25", "p50", "p75", "p90", "expected", "all"), (0, 1))
    assert found.total == {}


GROUPS: dict[str, Callable[[World, Version, date, str], str]] = {
    "owner": lambda _, now, __, ___: now.owner or "(none)",
    "status": lambda _, now, __, ___: LABEL[now.status],
    "size": lambda world, now, today, currency: size_of(world.worth(now, today, currency=currency)),
}
SIZES = {1000: "below 1,000", 10_000: "1,000 to 10,000", 100_000: "10,000 to 100,000"}
ORDER = {
    "owner": ["(none)", *OWNERS],
    "status": list(LABEL.values()),
    "size": ["(none)", *SIZES.values(), "100,000 and more"],
}


def size_of(amount: Decimal | None) -> str:
    if amount is None:
        return "(none)"
    return next((label for limit, label in SIZES.items() if amount < limit), "100,000 and more")


def line(chances: Chances, number: int, target: Decimal) -> dict[str, object]:
    """What a line of groups has, from every outcome."""
    possible = every_outcome(chances)
    amounts = {f"p{percent}": percentile(possible, percent) for percent in (10, 50, 90)}
    amounts["expected"] = sum((amount * chance for amount, chance in chances), Decimal(0))
    amounts["all"] = sum((amount for amount, _ in chances), Decimal(0))
    told = {key: rounded(amount) for key, amount in amounts.items()}
    return {"opportunities": number, **told, "chance": rounded(reached(possible, target))}


def test_each_group_has_the_range_of_all_its_outcomes_and_the_total_that_of_all(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        target = Decimal("2505.0000")
        for by, currency, start in (("owner", "USD", None), ("size", "EUR", None), ("status", "EUR", today)):
            asked = Asked(currency, start, when=when, target=target, by=by)
            found = build_report("range", database, world.settings, asked, today)
            groups: dict[str, Chances] = {}
            for _, deal in world.at(moment):
                if deal.is_open and (start is None or (deal.close_date and deal.close_date >= start)):
                    amount = world.worth(deal, today, currency=currency) or Decimal(0)
                    group = GROUPS[by](world, deal, today, currency)
                    groups.setdefault(group, []).append((amount, deal.chance))
            expected = [
                {by: group, **line(groups[group], len(groups[group]), target)} for group in ORDER[by] if group in groups
            ]
            assert found.rows == expected
            every = [chance for chances in groups.values() for chance in chances]
            assert found.total == line(every, len(every), target)
            assert found.remarks[:2] == [
                f"Chance: of each line alone to reach 2,505.0000 {currency}.",
                "The total is the range of all together: percentiles do not add up.",
            ]
            assert found.remarks[2:3] == ["Every line is exact."] or not groups

    on_random_worlds(check, database, examples=6)


def a_deal(number: int, owner: str, amount: str, chance: str) -> Deal:
    words = {"currency": "USD", "revenue": None, "close_date": TODAY, "account": "Acme", "status": "negotiation"}
    now = Version(
        amount=Decimal(amount),
        probability=Decimal(chance),
        owner=owner,
        valid_from=moment_of(DAYS[0]),
        run=1,
        **words,  # type: ignore[arg-type]  # plain words
    )
    return Deal(number, f"Deal {number}", None, moment_of(DAYS[0]), [now])


def step_by_step(chances: Sequence[tuple[int, float]]) -> list[float]:
    """How likely each whole sum is, one chance after the other."""
    likely = [1.0]
    for amount, chance in chances:
        stays = [one * (1 - chance) for one in likely] + [0.0] * amount
        comes = [0.0] * amount + [one * chance for one in likely]
        likely = [one + other for one, other in zip(stays, comes, strict=True)]
    return likely


def test_of_a_group_of_many_deals_the_smaller_ones_are_together_and_it_is_right_all_the_same(database: str) -> None:
    many = [(amount, chance) for amount in range(1, 101) for chance in ("0.1", "0.2", "0.35", "0.8")]
    deals = [a_deal(number, "ann", str(amount), chance) for number, (amount, chance) in enumerate(many, 1)]
    few = [("bob", "50", "0.5"), ("bob", "-20", "0.25"), ("bob", "7", "1"), ("bob", "9", "0"), ("cem", "1", "0.2")]
    deals += [a_deal(number, *told) for number, told in enumerate(few, 401)]
    world = World(deals)
    store(world, database)
    found = build_report("range", database, world.settings, Asked(by="owner", target=Decimal(7250)), TODAY)
    ann, bob, cem = found.rows
    likely = step_by_step([(amount, float(chance)) for amount, chance in many])
    below = list(accumulate(likely))
    for percent in (10, 50, 90):
        exact = bisect_left(below, percent / 100)
        assert abs(int(str(ann[f"p{percent}"]).partition(".")[0]) - exact) <= 1
    assert float(str(ann["chance"])) == pytest.approx(math.fsum(likely[7250:]), abs=0.001)
    assert (ann["opportunities"], ann["expected"], ann["all"]) == (400, Decimal("7322.5"), Decimal(20200))
    words = ("p10", "p50", "p90", "expected", "all", "chance")
    assert [bob[word] for word in words] == [Decimal(text) for text in ("-13", "7", "57", "27", "46", "0")]
    assert [cem[word] for word in words] == [Decimal(text) for text in ("0", "0", "1", "0.2", "1", "0")]
    assert found.remarks[2] == (
        "Exact lines: 2 of 3. The others are worked out in steps of 1.0000 USD or less: amounts are right to about one"
        " step, chances to about 0.1 points."
    )
    (one,) = build_report("range", database, world.settings, Asked(by="system", target=Decimal(7250)), TODAY).rows
    assert one == {"system": "plain"} | found.total
    alone = told(build_report("range", database, world.settings, Asked(target=Decimal(7250)), TODAY))
    assert [found.total[word] for word in words[:-1]] == [alone[word][0] for word in words[:-1]]
    assert found.total["chance"] == alone["target"][1]


def test_without_open_deals_there_is_no_group_and_nothing_in_total(sqlite: str) -> None:
    store(World([]), sqlite)
    found = build_report("range", sqlite, World([]).settings, Asked(by="month", target=Decimal(1)), TODAY)
    assert found.rows == []
    assert found.total == {**dict.fromkeys(("opportunities", "p10", "p50", "p90", "expected", "all", "chance"), 0)}


AMOUNTS = st.decimals(Decimal(-500), Decimal(100_000), places=4)
STAKES = st.lists(
    st.builds(Stake, AMOUNTS, st.sampled_from([*map(Decimal, ("0", "0.1", "0.35", "0.97", "1"))]), st.just(1)),
    max_size=9,
)


@settings(max_examples=40, deadline=None)
@given(stakes=STAKES)
@example(stakes=[Stake(Decimal("-0.0001"), Decimal("0.999999"), 2), Stake(Decimal("0.0002"), Decimal("0.1"), 1)])
def test_few_chances_are_counted_exactly_also_negative_ones(stakes: list[Stake]) -> None:
    found = outcomes(stakes)
    possible = every_outcome([(stake.amount, stake.chance) for stake in stakes for _ in range(stake.number)])
    assert [found.percentile(percent / 100) for percent in PERCENTS] == [percentile(possible, p) for p in PERCENTS]
    for amount in possible:
        assert found.at_least(amount) == pytest.approx(float(reached(possible, amount)), abs=1e-12)


def some_stakes(count: int, places: str = "0.0001", seed: int = 7) -> list[Stake]:
    draw = Random(seed)
    return [
        Stake(
            Decimal(draw.lognormvariate(9, 1.2)).quantize(Decimal(places)),
            Decimal(draw.choice([10, 20, 35, 50, 80])) / 100,
            1,
        )
        for _ in range(count)
    ]


def test_more_chances_in_steps_are_right_to_one_step_and_a_tenth_of_a_point() -> None:
    stakes = some_stakes(24)
    found = outcomes(stakes)
    assert not found.exact
    first, second = (every_outcome([(s.amount, s.chance) for s in half]) for half in (stakes[:12], stakes[12:]))
    amounts = list(second)
    at_least = [0.0]
    for amount in reversed(amounts):
        at_least.append(at_least[-1] + float(second[amount]))
    at_least.reverse()

    def likely(least: Decimal) -> float:
        return math.fsum(float(p) * at_least[bisect_left(amounts, least - amount)] for amount, p in first.items())

    for percent in (1, *PERCENTS, 99):
        amount = found.percentile(percent / 100)
        assert likely(amount + found.step) - 0.001 <= found.at_least(amount) <= likely(amount - found.step) + 0.001


def mean(stakes: list[Stake]) -> float:
    return math.fsum(float(s.amount * s.chance) * s.number for s in stakes)


def deviation(stakes: list[Stake]) -> float:
    return math.sqrt(math.fsum(float(s.amount**2 * s.chance * (1 - s.chance)) * s.number for s in stakes))


@pytest.mark.parametrize(("count", "one_by_one"), [(300, 5000), (300, 40), (3000, 5000), (3000, 0)])
def test_the_mean_and_the_spread_are_kept_however_it_is_worked_out(count: int, one_by_one: int) -> None:
    stakes = some_stakes(count)
    found = outcomes(stakes, one_by_one)
    amounts = [float(found.base + found.step * place) for place in found.places]
    likely = [after - before for before, after in pairwise([0.0, *map(float, found.below)])]
    centre = math.fsum(amount * chance for amount, chance in zip(amounts, likely, strict=True))
    spread = math.fsum((amount - centre) ** 2 * chance for amount, chance in zip(amounts, likely, strict=True))
    assert centre == pytest.approx(mean(stakes), rel=1e-6)
    assert math.sqrt(spread) == pytest.approx(deviation(stakes), rel=1e-3)


@pytest.mark.parametrize("one_by_one", [100, 20, 0])
def test_what_is_taken_together_moves_chances_by_no_more_than_told(one_by_one: int) -> None:
    stakes = some_stakes(400)
    whole, found = outcomes(stakes), outcomes(stakes, one_by_one)
    # those of at most 4 steps are together either way
    assert whole.together < 40
    assert found.together == 400 - one_by_one
    for percent in range(2, 99, 4):
        amount = whole.percentile(percent / 100)
        assert abs(found.at_least(amount) - whole.at_least(amount)) <= found.off * 1.3 + 0.001


def test_amounts_in_a_common_unit_are_exact_however_many() -> None:
    found = outcomes([Stake(Decimal(500), Decimal("0.3"), 2000)])
    assert found.exact
    assert found.at_least(Decimal(300_000)) == pytest.approx(
        math.fsum(math.comb(2000, k) * 3**k * 7 ** (2000 - k) / 10**2000 for k in range(600, 2001)), abs=1e-9
    )
    assert found.percentile(0.5) == 300_000


def test_thousands_of_deals_at_one_price_stay_on_its_multiples() -> None:
    found = outcomes([Stake(Decimal(500), Decimal("0.5"), 6000)])
    assert (found.step, found.alone, found.together) == (Decimal(500), 5000, 1000)
    half = 0.5 + math.comb(6000, 3000) / 2**6001
    assert found.at_least(Decimal(3000 * 500)) == pytest.approx(half, abs=1e-5)
    assert found.at_least(Decimal(3000 * 500 + 1)) == pytest.approx(1 - half, abs=1e-5)


def test_one_huge_deal_among_many_small_ones_keeps_its_two_ends() -> None:
    stakes = [Stake(Decimal(1_000_000), Decimal("0.5"), 1), Stake(Decimal("9.9901"), Decimal("0.5"), 4000)]
    found = outcomes(stakes)
    # the small ones bring 19980 ± 316, the huge one all or nothing
    normal = NormalDist(4000 * 9.9901 / 2, 9.9901 * math.sqrt(1000))
    for more in (19_000, 19_980, 20_500):
        least, most = ((1 - normal.cdf(more + sign * float(found.step))) / 2 for sign in (1, -1))
        assert least - 0.001 <= found.at_least(Decimal(1_000_000 + more)) <= most + 0.001
    assert found.percentile(0.1) < 21_000
    assert found.percentile(0.9) > 1_019_000


def test_of_many_deals_the_mean_is_exact_and_the_range_that_of_the_normal_distribution(database: str) -> None:
    draw = Random(3)
    words = {"currency": "USD", "revenue": None, "close_date": TODAY, "owner": "ann", "account": "Acme"}
    deals = [
        Deal(
            number,
            f"Deal {number}",
            None,
            moment_of(DAYS[0]),
            [
                Version(
                    status="negotiation",
                    amount=Decimal(draw.lognormvariate(9, 0.8)).quantize(Decimal("0.0001")),
                    probability=Decimal(draw.choice([0, 20, 35, 50, 80, 100])) / 100,
                    valid_from=moment_of(DAYS[0]),
                    run=1,
                    **words,  # type: ignore[arg-type]  # plain words
                )
            ],
        )
        for number in range(1, 9_001)
    ]
    world = World(deals)
    store(world, database)
    found = build_report("range", database, world.settings, Asked(), TODAY)
    stakes = [Stake(deal.amount or Decimal(0), deal.chance, 1) for _, deal in world.at(None)]
    normal = NormalDist(mean(stakes), deviation(stakes))
    amounts = told(found)
    assert amounts["expected"][0] == rounded(sum((s.amount * s.chance for s in stakes), Decimal(0)))
    assert amounts["all"] == (sum(s.amount for s in stakes), 0)
    for percent in PERCENTS:
        amount, chance = amounts[f"p{percent}"]
        assert float(str(amount)) == pytest.approx(normal.inv_cdf(percent / 100), abs=normal.stdev / 50)
        assert float(str(chance)) == pytest.approx(1 - percent / 100, abs=0.001)
    assert found.remarks[0] == (
        "Worked out in steps of 500 USD, 955 of 5,955 opportunities together as a normal distribution:"
        " amounts are right to about one step, chances to about 0.1 points."
    )


@pytest.mark.parametrize("among", [2, 40, 3000])
@pytest.mark.parametrize(("count", "places"), [(9, "0.01"), (24, "0.01"), (400, "0.01"), (400, "1000"), (2000, "100")])
def test_several_that_share_the_work_are_right_to_one_step_and_a_tenth_of_a_point(
    count: int, places: str, among: int
) -> None:
    stakes = some_stakes(count, places)
    whole, found = outcomes(stakes), outcomes(stakes, among=among)
    step = max(whole.step, found.step)
    for percent in PERCENTS:
        assert abs(found.percentile(percent / 100) - whole.percentile(percent / 100)) <= step
    for percent in (1, *PERCENTS, 99):
        amount = whole.percentile(percent / 100)
        assert whole.at_least(amount + step) - 0.001 <= found.at_least(amount) + found.off
        assert found.at_least(amount) - found.off <= whole.at_least(amount - step) + 0.001


def test_one_of_several_stays_on_the_common_unit_of_its_amounts() -> None:
    found = outcomes([Stake(Decimal(500), Decimal("0.3"), 2000)], among=200)
    assert found.step == 500
    assert (found.exact, found.alone, found.together) == (False, 250, 1750)
    binomial = math.fsum(math.comb(2000, k) * 3**k * 7 ** (2000 - k) / 10**2000 for k in range(610, 2001))
    assert found.at_least(Decimal(305_000)) == pytest.approx(binomial, abs=0.001)
    assert outcomes([Stake(Decimal(500), Decimal("0.3"), 200)], among=200).exact


def test_those_of_which_only_the_moments_are_known_are_as_good_as_if_each_were() -> None:
    stakes = sorted(some_stakes(900), reverse=True)
    known = outcomes(stakes[:300], others=together(stakes[300:]))
    whole = outcomes(stakes)
    assert (known.alone + known.together, whole.alone + whole.together) == (900, 900)
    for percent in range(2, 99, 4):
        amount = whole.percentile(percent / 100)
        assert abs(known.at_least(amount) - whole.at_least(amount)) <= known.off + 0.001


def test_no_chance_is_less_than_none() -> None:
    stakes = [Stake(Decimal(7 * number), Decimal("0.35"), 1) for number in range(1, 4000)]
    every = sum((stake.amount for stake in stakes), Decimal(0))
    assert [str(outcomes(stakes).at_least(amount)) for amount in (every, every + 1)] == ["0.0", "0.0"]
