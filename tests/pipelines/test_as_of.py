"""As of a past moment: every export and report tells what was known then, to the day, the second and the name."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.answering import Asked
from pipelines.exporting import export_file
from pipelines.questions.answer import Answer
from pipelines.rating import import_rates, list_rates
from pipelines.reporting import build_report
from schemas.errors import RunError, UsageError
from schemas.known import PRESENT, AsOf, read_as_of
from schemas.tables import account, owner
from tests.build import IN_EUROS_TOO, NOON, an_opportunity, as_text, import_rows, read_csv
from tests.versions import remove, rename

TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, 24) + timedelta(days) for days in range(3))
LATER = NOON + timedelta(days=10)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def end_of(day: date) -> AsOf:
    return read_as_of(day.isoformat(), LATER)


def report(database: str, name: str, when: AsOf = PRESENT, **asked: str) -> Answer:
    today = when.day() or LATER.date()
    return build_report(name, database, IN_EUROS_TOO, Asked(when=when, **asked), today)  # type: ignore[arg-type]


def told(answer: Answer, *keys: str) -> list[tuple[str, ...]]:
    return [tuple(str(row[key]) for key in keys) for row in answer.rows]


def exported(database: str, folder: Path, when: AsOf, view: str = "all") -> list[dict[str, str]]:
    target, today = folder / "out.csv", when.day() or LATER.date()
    export_file(target, database, IN_EUROS_TOO, layout="orocrm", view=view, today=today, when=when)
    return read_csv(target)


def rates(database: str, folder: Path, day: date, at: datetime, **of: str) -> None:
    lines = "".join(f"{day},{code},{rate}\n" for code, rate in of.items())
    (folder / "rates.csv").write_text(f"day,currency,rate\n{lines}", encoding="utf-8")
    import_rates(folder / "rates.csv", database, IN_EUROS_TOO, clock=lambda: at)


# ------------------------------------------------------------------------------------------------------ what changes


def test_a_status_that_changed_is_as_it_was(database: str, tmp_path: Path) -> None:
    import_rows(database, an_opportunity(status="negotiation"), at=noon(TUESDAY))
    import_rows(database, an_opportunity(status="won"), at=noon(WEDNESDAY))
    statuses = {day: exported(database, tmp_path, end_of(day))[0]["Status Id"] for day in (TUESDAY, WEDNESDAY)}
    assert statuses == {TUESDAY: "negotiation", WEDNESDAY: "won"}


def test_an_owner_and_an_account_that_were_renamed_have_the_name_of_then(database: str, tmp_path: Path) -> None:
    import_rows(database, an_opportunity(status="negotiation", owner="anna.koenig"), at=noon(TUESDAY))
    rename(database, owner, "anna.koenig", "anna.maier", noon(WEDNESDAY))
    rename(database, account, "Acme", "Acme Holding", noon(WEDNESDAY))
    owners = {day: told(report(database, "forecast", end_of(day)), "owner") for day in (TUESDAY, WEDNESDAY)}
    assert owners == {TUESDAY: [("anna.koenig",)], WEDNESDAY: [("anna.maier",)]}
    assert told(report(database, "accounts", end_of(TUESDAY)), "account") == [("Acme",)]
    names = [exported(database, tmp_path, end_of(day))[0] for day in (TUESDAY, WEDNESDAY)]
    assert [(row["Owner Username"], row["Customer Account Account name"]) for row in names] == [
        ("anna.koenig", "Acme"),
        ("anna.maier", "Acme Holding"),
    ]


def test_an_account_that_came_later_was_not_known(database: str) -> None:
    import_rows(database, an_opportunity(account="Acme"), at=noon(TUESDAY))
    import_rows(database, an_opportunity(account="Globex"), at=noon(WEDNESDAY))
    assert told(report(database, "accounts", end_of(TUESDAY)), "account", "total") == [("Acme", "1")]
    assert told(report(database, "accounts", end_of(WEDNESDAY)), "account", "total") == [("Acme", "1"), ("Globex", "1")]


def test_a_deal_that_was_removed_is_there_until_then(database: str, tmp_path: Path) -> None:
    import_rows(database, an_opportunity(name="Shop"), an_opportunity(name="Website"), at=noon(TUESDAY))
    remove(database, "Shop", noon(WEDNESDAY))
    names = {
        day: [row["Opportunity name"] for row in exported(database, tmp_path, end_of(day))]
        for day in (TUESDAY, WEDNESDAY)
    }
    assert names == {TUESDAY: ["Shop", "Website"], WEDNESDAY: ["Website"]}


def test_a_rate_that_was_corrected_later_counts_as_it_was(database: str, tmp_path: Path) -> None:
    rates(database, tmp_path, TUESDAY, noon(TUESDAY), EUR="1.10")
    deal = an_opportunity(status="negotiation", owner="ann", budget_currency="EUR")
    import_rows(database, deal, at=noon(TUESDAY), settings=IN_EUROS_TOO)
    rates(database, tmp_path, TUESDAY, noon(WEDNESDAY), EUR="1.25")
    told_then = report(database, "forecast", end_of(TUESDAY)).total["budget_amount"]
    told_now = build_report("forecast", database, IN_EUROS_TOO, Asked(), TUESDAY).total["budget_amount"]
    assert (str(told_then), str(told_now)) == ("1100.0000", "1250.0000")
    assert [str(rate.rate) for rate in list_rates(database, end_of(TUESDAY))] == ["1.1"]
    assert [str(rate.rate) for rate in list_rates(database)] == ["1.25"]


def test_a_rate_that_nobody_knew_then_is_missed_in_a_sentence_that_does_not_ask_to_import_it(
    database: str, tmp_path: Path
) -> None:
    rates(database, tmp_path, TUESDAY, noon(TUESDAY), GBP="1.3")
    deal = an_opportunity(status="negotiation", owner="ann", budget_currency="EUR")
    import_rows(database, deal, at=noon(TUESDAY), settings=IN_EUROS_TOO, needs_rates=False)
    rates(database, tmp_path, TUESDAY, noon(WEDNESDAY), EUR="1.25")
    with pytest.raises(RunError) as refused:
        report(database, "forecast", end_of(TUESDAY))
    assert refused.value.why == "No exchange rate was known then from EUR to USD on 2026-11-24."
    assert refused.value.fix.startswith("Rates imported later were not known: name a later moment")
    known_today = AsOf(end_of(TUESDAY).moment, effective=True)
    assert str(report(database, "forecast", known_today).total["budget_amount"]) == "1250.0000"


def test_a_view_of_a_past_day_takes_that_day_for_today(database: str, tmp_path: Path) -> None:
    import_rows(database, an_opportunity(close_date=TUESDAY.isoformat()), at=noon(TUESDAY))
    assert [len(exported(database, tmp_path, end_of(day), "overdue")) for day in (TUESDAY, WEDNESDAY)] == [0, 1]


def test_before_the_first_run_nothing_was_known(database: str, tmp_path: Path) -> None:
    import_rows(database, an_opportunity(status="negotiation", owner="ann"), at=noon(TUESDAY))
    monday = end_of(TUESDAY - timedelta(days=1))
    assert exported(database, tmp_path, monday) == []
    assert report(database, "forecast", monday).rows == []
    assert report(database, "by-status", monday).total["opportunities"] == 0
    assert exported(database, tmp_path, end_of(date.min), "recently-closed") == []


# -------------------------------------------------------------------------------------------------------- the moment


def test_a_run_is_known_from_its_moment_and_a_day_ends_before_the_next_one_begins(database: str) -> None:
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    import_rows(database, an_opportunity(name="A"), at=midnight - timedelta(microseconds=1))
    import_rows(database, an_opportunity(name="B"), at=midnight)
    moments = (
        "2026-11-24T23:59:59.999998",
        "2026-11-24T23:59:59.999999",
        "2026-11-24",
        "2026-11-25T00:00",
        "2026-11-25",
    )
    found = {at: report(database, "by-status", read_as_of(at, LATER)).total["opportunities"] for at in moments}
    assert list(found.values()) == [0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24", datetime(2026, 11, 24, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2026-11-24T08:00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24 08:00:01.5", datetime(2026, 11, 24, 8, 0, 1, 500000, tzinfo=UTC)),
        ("2026-11-24T08:00+01:00", datetime(2026, 11, 24, 7, tzinfo=UTC)),
        ("2026-11-24T08:00Z", datetime(2026, 11, 24, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_in_utc_and_a_day_means_its_end(text: str, moment: datetime) -> None:
    assert read_as_of(text, LATER) == AsOf(moment)


@pytest.mark.parametrize("text", ["2026-11-24", "2026-11-24T12:00", "2026-11-24T13:00+01:00"])
def test_today_and_this_very_moment_can_be_asked_for(text: str) -> None:
    assert read_as_of(text, NOON).moment


@pytest.mark.parametrize("text", ["2026-11-25", "2026-11-24T12:00:01", "2026-11-24T12:30+00:15", "9999-12-31"])
def test_what_is_still_to_come_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"^{text.replace('+', '.')} is still to come: nothing is known of it yet"):
        read_as_of(text, NOON)


@pytest.mark.parametrize("text", ["yesterday", "24.11.2026", "2026-11-31", "0001-01-01T00:00+14:00", ""])
def test_what_is_no_moment_is_refused_with_both_ways_to_write_one(text: str) -> None:
    with pytest.raises(
        UsageError, match=rf"'{text.replace('+', '.')}' is no day and no moment\.\nWrite a day such as 2026"
    ):
        read_as_of(text, NOON)


def test_hindsight_needs_a_past_moment() -> None:
    with pytest.raises(UsageError, match="--effective explains a past moment, and none is named"):
        read_as_of(None, NOON, effective=True)


# ---------------------------------------------------------------------------------------------------- how it is told


def test_answers_for_programs_say_of_which_moment_they_are(sqlite: str) -> None:
    import_rows(sqlite, an_opportunity(status="negotiation", owner="ann", budget_amount="10"), at=noon(TUESDAY))
    answer = report(sqlite, "forecast", end_of(TUESDAY))
    assert as_text(answer, "csv").splitlines() == [
        "owner,opportunities,budget_amount,weighted_amount,moment,known",
        "ann,1,10.0000,8.0000,2026-11-24T23:59:59.999999+00:00,then",
        "Grand Total,1,10.0000,8.0000,2026-11-24T23:59:59.999999+00:00,then",
    ]
    assert '"as_of": "2026-11-24",\n  "moment": "2026-11-24T23:59:59.999999+00:00",\n  "known": "then",' in as_text(
        answer, "json"
    )
    assert "moment" not in as_text(report(sqlite, "forecast"), "csv") + as_text(report(sqlite, "forecast"), "json")


@pytest.mark.parametrize(
    ("when", "today", "said"),
    [
        (PRESENT, TUESDAY, "2026-11-24"),
        (end_of(TUESDAY), TUESDAY, "2026-11-24 (known then)"),
        (AsOf(end_of(TUESDAY).moment, effective=True), TUESDAY, "2026-11-24 (as known today)"),
        (AsOf(noon(TUESDAY)), TUESDAY, "2026-11-24 12:00:00 UTC (known then)"),
        (end_of(TUESDAY), THURSDAY, "2026-11-24 (known then, taking 2026-11-26 for today)"),
    ],
)
def test_a_title_says_what_was_known_when(when: AsOf, today: date, said: str) -> None:
    assert when.told(today) == said
