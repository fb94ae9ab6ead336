"""Concentration: the report against plain Python, on random pipelines, now and as of any past day."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

import pytest

from pipelines.answering import Asked
from pipelines.questions.answer import Answer
from pipelines.reporting import build_report
from tests.build import IN_DOLLARS, TODAY, an_opportunity, import_rows
from tests.reports.world import World, asked_at, on_random_worlds, rounded


@pytest.mark.parametrize("by", ["account", "owner"])
def test_shares_are_those_of_plain_python_the_largest_first(database: str, by: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        for currency in ("USD", "EUR"):
            asked = Asked(currency, when=when, by=by)
            found = build_report("concentration", database, world.settings, asked, today)
            sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
            for _, deal in world.at(moment):
                if deal.is_open:
                    worth = world.worth(deal, today, currency=currency) or Decimal(0)
                    name = getattr(deal, by) or "(none)"
                    added = Decimal(1), worth, worth * deal.chance
                    sums[name] = [a + b for a, b in zip(sums[name], added, strict=True)]
            budget, weighted = (sum(of[n] for of in sums.values()) for n in (1, 2))
            lines, before = [], Decimal(0)
            for name, (count, worth, chanced) in sorted(
                sums.items(), key=lambda item: (item[0] == "(none)", -item[1][1], item[0])
            ):
                before += worth
                shares = [rounded(part / budget) if budget else None for part in (worth, before)]
                weighted_share = rounded(chanced / weighted) if weighted else None
                lines.append((name, count, worth, *shares, rounded(chanced), weighted_share))
            keys = [by, "opportunities", "budget_amount", "share", "cumulative_share"]
            keys += ["weighted_amount", "weighted_share"]
            assert [tuple(row[key] for key in keys) for row in found.rows] == lines

    on_random_worlds(check, database, examples=8)


def deals_of(database: str, **amounts: str) -> Answer:
    rows = [
        an_opportunity(name=f"Deal {account}", account=account, budget_amount=amount, status="negotiation")
        for account, amount in amounts.items()
    ]
    assert import_rows(database, *rows, settings=IN_DOLLARS).added == len(amounts)
    return build_report("concentration", database, IN_DOLLARS, Asked(), TODAY)


def test_the_remarks_tell_how_few_make_half_and_the_index_of_herfindahl(sqlite: str) -> None:
    found = deals_of(sqlite, Acme="500", Globex="300", Initech="150", Umbrella="50")
    assert [str(row["cumulative_share"]) for row in found.rows] == ["0.5000", "0.8000", "0.9500", "1.0000"]
    # 0.25 + 0.09 + 0.0225 + 0.0025
    assert found.remarks == [
        f"The largest 1 of 4 make half of {what} or more; Herfindahl index 0.3650, as of 2.7 of equal size."
        for what in ("the open pipeline", "the weighted pipeline")
    ]


def test_a_little_less_than_half_needs_one_more(sqlite: str) -> None:
    assert deals_of(sqlite, Acme="49.99", Globex="30", Initech="20.01").remarks[0].startswith("The largest 2 of 3 ")


def test_what_has_no_account_is_in_the_whole_but_none_of_the_accounts(sqlite: str) -> None:
    owned = [an_opportunity(name="A", owner="ann", budget_amount="100")]
    nobodys = [an_opportunity(name="B", owner="", budget_amount="300")]
    assert import_rows(sqlite, *owned, *nobodys, settings=IN_DOLLARS).added == 2
    found = build_report("concentration", sqlite, IN_DOLLARS, Asked(by="owner"), TODAY)
    assert [(row["owner"], str(row["share"])) for row in found.rows] == [("ann", "0.2500"), ("(none)", "0.7500")]
    assert found.remarks == [
        "The largest 1 of 1 make half of the open pipeline or more; Herfindahl index 1.0000, as of 1.0 of equal size."
    ]


def test_a_pipeline_without_amounts_has_no_shares(sqlite: str) -> None:
    found = deals_of(sqlite, Acme="0")
    assert [(row["account"], row["share"]) for row in found.rows] == [("Acme", None)]
    assert found.remarks == []
