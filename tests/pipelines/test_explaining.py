"""Explained numbers: the opportunities, rates, probabilities and rounding that make a cell of a report add up to it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.answering import Asked
from pipelines.explaining import ROUNDING, Wanted, explain
from pipelines.report_modules import explainable
from pipelines.reporting import build_report
from schemas.errors import UnknownNameError, UsageError
from schemas.reading import Ways
from schemas.settings import Settings
from tests.build import IN_EUROS_TOO, TODAY, an_opportunity, as_text, import_rows, store_rates
from tests.reports.world import World, asked_at, on_random_worlds

ZERO = Decimal(0)
CASES: list[tuple[str, str | None, str]] = [
    ("forecast", None, "weighted_amount"),
    ("forecast", "status", "weighted_amount"),
    ("forecast", "month", "budget_amount"),
    ("by-status", None, "budget_amount"),
    ("by-status", None, "close_revenue"),
    ("won-by-period", None, "close_revenue"),
    ("lifetime-value", None, "lifetime_value"),
    ("lead-source", None, "amount"),
]


def explained(name: str, database: str, asked: Asked, today: date = TODAY, **wanted: str | None) -> Any:
    (answer,) = explain(name, database, IN_EUROS_TOO, asked, today, Wanted(**wanted)).answers
    return answer


@pytest.mark.parametrize(("name", "by", "column"), CASES)
def test_the_lines_add_up_to_the_cell_of_the_report(database: str, name: str, by: str | None, column: str) -> None:
    weighted = column == "weighted_amount"

    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        versions = {deal.id: version for deal, version in world.at(moment)}
        for currency in ("USD", "EUR"):
            asked = Asked(currency, when=when, by=by)
            report = build_report(name, database, world.settings, asked, today)
            first = report.shown[0].key
            lines = [(str(row[first]), row[column]) for row in report.rows if row[column]]
            for line, cell in [*lines, (None, report.total[column])]:
                told = explained(name, database, asked, today, line=line, column=column)
                adding = "weighted" if weighted else "converted"
                assert told.total[adding] == cell == sum((row[adding] or ZERO for row in told.rows), ZERO)
                for row in told.rows:
                    if row["name"] == ROUNDING:
                        assert abs(row[adding]) <= Decimal("0.00005")
                        continue
                    version = versions[row["deal"]]
                    what = "revenue" if column in ("close_revenue", "lifetime_value") else "amount"
                    if name == "lead-source":
                        what = "revenue" if version.kind == "won" else "amount"
                    worth = world.worth(version, today, what, currency)
                    assert (row["amount"], row["converted"]) == (getattr(version, what), worth)
                    if weighted:
                        assert row["probability"] == version.chance
                        assert row["weighted"] == (None if worth is None else worth * version.chance)

    on_random_worlds(check, database, examples=3, most=6)


def a_pipeline(database: str) -> None:
    """Three deals of ann, open, one of them in euros at 1.0857 that is weighted with the 80 % of its status."""
    store_rates(database, EUR="1.0857")
    deals = [
        an_opportunity(name="Ramp", owner="ann", status="negotiation", budget_amount="1000.01", budget_currency="EUR"),
        an_opportunity(name="Lift", owner="ann", status="needs_analysis", budget_amount="300.33", probability="35"),
        an_opportunity(name="Door", owner="ann", budget_amount="", budget_currency=""),
        an_opportunity(name="Gate", owner="bob", status="won", close_revenue="50", close_revenue_currency="EUR"),
    ]
    imported = import_rows(database, *deals, settings=IN_EUROS_TOO, ways=Ways(probability="percent"))
    assert imported.problems == []


def test_each_deal_tells_its_rate_its_probability_and_what_it_adds(database: str) -> None:
    a_pipeline(database)
    told = explained("forecast", database, Asked(), kind="owner", line="ann")
    keys = ("name", "amount", "currency", "rate", "converted", "probability", "probability_of", "weighted")
    assert [tuple(row[key] for key in keys) for row in told.rows] == [
        (
            "Ramp",
            Decimal("1000.01"),
            "EUR",
            "1.0857",
            Decimal("1085.7109"),
            Decimal("0.8"),
            "status",
            Decimal("868.56872"),
        ),
        (
            "Lift",
            Decimal("300.33"),
            "USD",
            None,
            Decimal("300.33"),
            Decimal("0.35"),
            "opportunity",
            Decimal("105.1155"),
        ),
        ("Door", None, None, None, None, Decimal(0), "status", None),
        (ROUNDING, None, None, None, None, None, None, Decimal("-0.00002")),
    ]
    assert told.notes == [
        "deal 2, Negotiation; rate 1.0857 of 2026-11-24 (test); probability of the status",
        "deal 3, Needs Analysis; probability of the opportunity",
        "deal 4, Open; no amount, so that it adds nothing",
        "",
    ]
    assert told.total == {"converted": Decimal("1386.0409"), "weighted": Decimal("973.6842")}
    assert told.remarks == ["3 opportunities make 'Weighted forecast' of ann: 973.6842 USD."]


def test_a_closed_deal_tells_the_rate_that_it_kept(database: str) -> None:
    a_pipeline(database)
    told = explained("by-status", database, Asked(), kind="status", line="Closed Won", column="close_revenue")
    assert told.notes == ["deal 5, Closed Won; rate 1.0857 of 2026-11-24, kept at closing"]
    in_pounds = IN_EUROS_TOO
    store_rates(database, GBP="1.25")
    (told,) = explain("won-by-period", database, in_pounds, Asked("GBP"), TODAY, Wanted()).answers
    assert [row["name"] for row in told.rows] == []
    (told,) = explain("lifetime-value", database, in_pounds, Asked("GBP"), TODAY, Wanted(line="Acme")).answers
    assert told.rows[0]["converted"] == Decimal("43.4280")
    assert told.notes == [
        "deal 5, Closed Won; rate 1.0857 of 2026-11-24, kept at closing; rate 0.8 of 2026-11-24 (test)"
    ]


def test_a_rate_by_way_of_another_currency_names_that(database: str) -> None:
    store_rates(database, EUR="1.10", GBP="1.25")
    import_rows(database, an_opportunity(owner="ann", budget_currency="GBP"), settings=IN_EUROS_TOO)
    (told,) = explain("forecast", database, IN_EUROS_TOO, Asked("EUR"), TODAY, Wanted()).answers
    assert told.rows[0]["rate_source"] == "test, by way of USD"
    assert told.rows[0]["rate"] == "1.136363636363636364"


def test_the_formats_of_reports_show_it(database: str) -> None:
    a_pipeline(database)
    told = explained("forecast", database, Asked(), kind="owner", line="ann")
    assert max(map(len, as_text(told, "table").splitlines())) <= 80
    assert '"weighted": "868.56872"' in as_text(told, "json")
    assert as_text(told, "csv").splitlines()[-1].startswith("ann,")


def test_what_cannot_be_explained_is_refused_in_a_sentence(sqlite: str) -> None:
    a_pipeline(sqlite)
    assert explainable() == ["by-status", "forecast", "lead-source", "lifetime-value", "won-by-period"]
    with pytest.raises(UsageError, match="The report accounts adds no amounts up"):
        explained("accounts", sqlite, Asked())
    with pytest.raises(UnknownNameError, match="There is no line of the report forecast 'anne'"):
        explained("forecast", sqlite, Asked(), line="anne")
    with pytest.raises(UnknownNameError, match="There is no column of amounts 'budget'"):
        explained("forecast", sqlite, Asked(), column="budget")
    with pytest.raises(UsageError, match="A line of the report by-status by owner is told by two words"):
        explained("by-status", sqlite, Asked(), kind="owner", line="ann")
    off = Settings(features_off=frozenset({"leads"}))
    with pytest.raises(UsageError, match="Leads are switched off"):
        explain("lead-source", sqlite, off, Asked(), TODAY, Wanted())


def test_a_line_without_opportunities_is_explained_by_none(sqlite: str) -> None:
    a_pipeline(sqlite)
    told = explained("by-status", sqlite, Asked(), line="Closed Lost")
    assert (told.rows, told.total) == ([], {"converted": ZERO})
    assert told.remarks[0] == "0 opportunities make 'Budget amount' of Closed Lost: 0 USD."
