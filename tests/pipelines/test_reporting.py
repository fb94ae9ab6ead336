"""Reports answer OroCRM's questions exactly, in any currency with a rate, on both databases."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.answering import Asked
from pipelines.questions.answer import Answer
from pipelines.reporting import build_report
from schemas.errors import RunError, UnknownNameError
from schemas.reading import Ways
from schemas.statuses import OROCRM_STATUSES
from tests.build import IN_EUROS_TOO, NOON, TODAY, an_opportunity, import_rows, store_rates

CENTS = Decimal("0.0001")


def answer(database: str, name: str, today: date = TODAY, **asked: object) -> Answer:
    return build_report(name, database, IN_EUROS_TOO, Asked(**asked), today)  # type: ignore[arg-type]  # plain words


def a_pipeline(database: str) -> None:
    """Open deals of 1000 USD at 40 % and 500 EUR at its status's 80 %, a won and a lost one; 1 EUR = 1.10 USD."""
    store_rates(database, EUR="1.10")
    deals = [
        an_opportunity(name="A", status="needs_analysis", probability="40", owner="bob", close_date="2026-12-01"),
        an_opportunity(
            name="B", status="negotiation", probability="", owner="ann", budget_amount="500", budget_currency="EUR"
        ),
        an_opportunity(
            name="C",
            status="won",
            owner="bob",
            budget_amount="200",
            budget_currency="EUR",
            close_revenue="300",
            close_revenue_currency="EUR",
            close_date="2026-10-15",
        ),
        an_opportunity(name="D", status="lost", owner="", account="Globex", budget_amount="70", close_revenue="9"),
    ]
    assert import_rows(database, *deals, settings=IN_EUROS_TOO).added == 4


def amounts(found: Answer, *keys: str) -> list[tuple[object, ...]]:
    return [
        tuple(row[key] if not isinstance(row[key], Decimal) else str(row[key]) for key in keys) for row in found.rows
    ]


def test_the_forecast_weighs_open_deals_of_each_owner(database: str) -> None:
    a_pipeline(database)
    found = answer(database, "forecast")
    assert amounts(found, "owner", "opportunities", "budget_amount", "weighted_amount") == [
        ("ann", 1, "550.0000", "440.0000"),
        ("bob", 1, "1000.0000", "400.0000"),
    ]
    assert found.total == {"opportunities": 2, "budget_amount": Decimal(1550), "weighted_amount": Decimal(840)}


def test_days_asked_for_leave_undated_deals_out_of_the_forecast(database: str) -> None:
    a_pipeline(database)
    found = answer(database, "forecast", start=date(2026, 12, 1), end=date(2026, 12, 1))
    assert amounts(found, "owner", "weighted_amount") == [("bob", "400.0000")]


def test_by_status_shows_every_status_and_revenue_of_closed_ones_only(database: str) -> None:
    a_pipeline(database)
    found = answer(database, "by-status")
    assert amounts(found, "label", "opportunities", "close_revenue", "budget_amount") == [
        ("Open", 0, "0.0000", "0.0000"),
        ("Identification & Alignment", 0, "0.0000", "0.0000"),
        ("Needs Analysis", 1, "0.0000", "1000.0000"),
        ("Solution Development", 0, "0.0000", "0.0000"),
        ("Negotiation", 1, "0.0000", "550.0000"),
        ("Closed Won", 1, "330.0000", "220.0000"),
        ("Closed Lost", 1, "9.0000", "70.0000"),
    ]


def test_a_closed_deal_keeps_the_rate_of_its_closing_and_an_open_one_follows(database: str) -> None:
    a_pipeline(database)
    tomorrow = TODAY + timedelta(days=1)
    store_rates(database, day=tomorrow, EUR="2")
    found = answer(database, "by-status", today=tomorrow)
    by_id = {row["status"]: row["budget_amount"] for row in found.rows}
    assert (by_id["negotiation"], by_id["won"]) == (Decimal(1000), Decimal(220))


def test_won_by_period_is_labelled_as_in_orocrm(database: str) -> None:
    a_pipeline(database)
    labels = {period: answer(database, "won-by-period", period=period).rows for period in ("month", "quarter", "year")}
    assert [rows[0]["period"] for rows in labels.values()] == ["10 / 2026", "4 / 2026", "2026"]
    assert {rows[0]["close_revenue"] for rows in labels.values()} == {Decimal(330)}


def test_accounts_counts_the_statuses_of_each_account(database: str) -> None:
    a_pipeline(database)
    found = answer(database, "accounts")
    assert amounts(found, "account", "needs_analysis", "won", "lost", "total") == [
        ("Acme", 1, 1, 0, 3),
        ("Globex", 0, 0, 1, 1),
    ]
    assert found.total["total"] == 4


def test_another_currency_takes_own_amounts_as_they_are(database: str) -> None:
    a_pipeline(database)
    by_id = {row["status"]: row["budget_amount"] for row in answer(database, "by-status", currency="EUR").rows}
    assert (by_id["negotiation"], by_id["won"]) == (Decimal(500), Decimal(200))
    assert by_id["needs_analysis"] == Decimal("909.0909")
    assert by_id["lost"] == Decimal("63.6364")


def test_a_missing_rate_is_an_error_that_names_currency_and_day(database: str) -> None:
    a_pipeline(database)
    with pytest.raises(RunError, match="no exchange rate from EUR to USD on 2026-12-02"):
        answer(database, "forecast", today=date(2026, 12, 2))


def test_a_currency_that_is_not_enabled_is_refused(database: str) -> None:
    a_pipeline(database)
    with pytest.raises(UnknownNameError, match="no enabled currency 'JPY'"):
        answer(database, "forecast", currency="JPY")


DEALS = st.lists(
    st.tuples(
        st.sampled_from([status.id for status in OROCRM_STATUSES if status.kind == "open"]),
        st.sampled_from(["", "ann", "bob"]),
        st.integers(0, 10**13).map(lambda units: Decimal(units).scaleb(-4)),
        st.sampled_from(["USD", "EUR", "GBP"]),
        st.one_of(st.none(), st.integers(100, 10_000).map(lambda part: Decimal(part).scaleb(-2))),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deals=DEALS, euro=st.integers(1, 10**8), pound=st.integers(1, 10**8))
def test_the_forecast_equals_one_computed_by_hand(
    deals: list[tuple[str, str, Decimal, str, Decimal | None]],
    euro: int,
    pound: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    database = f"sqlite:///{tmp_path_factory.mktemp('forecast') / 'deals.db'}"
    rates = {"USD": Decimal(1), "EUR": Decimal(euro).scaleb(-6), "GBP": Decimal(pound).scaleb(-6)}
    store_rates(database, EUR=str(rates["EUR"]), GBP=str(rates["GBP"]))
    default = {status.id: status.probability for status in OROCRM_STATUSES}
    expected: dict[str, Decimal] = defaultdict(Decimal)
    rows = []
    for number, (status, owner, amount, currency, percent) in enumerate(deals):
        told = "" if percent is None else str(percent)
        rows.append(
            an_opportunity(
                name=f"Deal {number}",
                status=status,
                owner=owner,
                budget_amount=str(amount),
                budget_currency=currency,
                probability=told,
            )
        )
        if owner:
            base = (amount * rates[currency]).quantize(CENTS, rounding=ROUND_HALF_UP)
            expected[owner] += base * (default[status] if percent is None else percent / 100)
    import_rows(database, *rows, settings=IN_EUROS_TOO, at=NOON, ways=Ways(probability="percent"))
    found = {row["owner"]: row["weighted_amount"] for row in answer(database, "forecast").rows}
    assert found == {owner: value.quantize(CENTS, rounding=ROUND_HALF_UP) for owner, value in expected.items()}


def test_the_history_of_a_customer_shows_every_deal_with_its_end_and_the_totals(database: str) -> None:
    a_pipeline(database)
    found = answer(database, "customer-history", account="Acme")
    assert amounts(found, "name", "status_label", "close_date", "closed", "budget_amount", "close_revenue") == [
        ("A", "Needs Analysis", "2026-12-01", "", "1000.0000", "0.0000"),
        ("B", "Negotiation", "", "", "550.0000", "0.0000"),
        ("C", "Closed Won", "2026-10-15", "2026-11-24", "220.0000", "330.0000"),
    ]
    assert found.total == {"budget_amount": Decimal(1770), "close_revenue": Decimal(330)}


def test_the_history_can_be_that_of_a_business_customer_or_of_everybody(database: str) -> None:
    row = an_opportunity(name="Shop", customer="Acme Retail")
    import_rows(database, row, an_opportunity(name="Web", account="Globex"), settings=IN_EUROS_TOO)
    assert [line["name"] for line in answer(database, "customer-history", account="Acme Retail").rows] == ["Shop"]
    everybody = answer(database, "customer-history").rows
    assert [(line["account"], line["name"]) for line in everybody] == [("Acme", "Shop"), ("Globex", "Web")]
    with pytest.raises(UnknownNameError, match="There is no account or business customer 'Acme Retial'"):
        answer(database, "customer-history", account="Acme Retial")
