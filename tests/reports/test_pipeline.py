"""The pipeline: several reports under one name, its key figures and the deals of its page, against plain Python."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipelines.answering import Asked
from pipelines.cli import answers
from pipelines.report_modules import BUNDLES, report_names
from pipelines.report_page.deals import FIRST_DAY, deals
from pipelines.report_page.told import Figures, PipelineAnswers
from pipelines.reporting import asking, build_reports
from schemas.errors import UsageError
from schemas.known import AsOf
from tests.build import IN_DOLLARS, IN_EUROS_TOO, TODAY, an_opportunity, import_rows, store_rates
from tests.reports.world import LABEL, Version, World, asked_at, on_random_worlds, rounded

NOTHING = Decimal(0)


def pipeline(database: str, asked: Asked, today: date, **settings: Any) -> PipelineAnswers:
    told = build_reports(["pipeline"], database, settings.get("settings", IN_EUROS_TOO), asked, today, "html")
    assert isinstance(told, PipelineAnswers)
    return told


def by_hand(world: World, moment: datetime | None, today: date) -> Figures:
    """The figures of a world, added up deal by deal."""
    found = [version for _, version in world.at(moment)]
    start = datetime(today.year, today.month, 1, tzinfo=UTC)
    year = datetime.combine(today - timedelta(days=365), time.min, UTC)
    end = datetime.combine(today, time.max, UTC)

    def closed(kind: str, since: datetime) -> list[Version]:
        return [one for one in found if one.kind == kind and one.closed_at and since <= one.closed_at <= end]

    def worth(versions: list[Version], what: str = "amount") -> Decimal:
        return sum((world.worth(one, today, what) or NOTHING for one in versions), NOTHING)

    is_open = [one for one in found if one.is_open]
    overdue = [one for one in is_open if one.close_date and one.close_date < today]
    return Figures(
        open_deals=len(is_open),
        open_amount=worth(is_open),
        weighted_amount=sum(((world.worth(one, today) or NOTHING) * one.chance for one in is_open), NOTHING),
        overdue_deals=len(overdue),
        overdue_amount=worth(overdue),
        won_deals=len(closed("won", start)),
        won_amount=worth(closed("won", start), "revenue"),
        lost_deals=len(closed("lost", start)),
        lost_amount=worth(closed("lost", start)),
        won_in_year=len(closed("won", year)),
        lost_in_year=len(closed("lost", year)),
    )


def test_the_key_figures_are_what_plain_python_adds_up_now_and_at_the_end_of_the_month_before(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        told = pipeline(database, Asked(when=when), today)
        assert told.figures == by_hand(world, moment, today)
        last_day = today.replace(day=1) - timedelta(days=1)
        then = datetime.combine(last_day, time.max, UTC)
        if world.at(then):
            assert (told.then, told.uncompared) == (by_hand(world, then, last_day), "")
        else:
            assert (told.then, told.uncompared) == (None, f"No opportunity was known on {last_day} yet.")

    on_random_worlds(check, database, examples=5)


def test_the_page_holds_every_deal_as_it_stands(database: str) -> None:
    def check(world: World, database: str, moment: datetime | None) -> None:
        when, today = asked_at(moment)
        told = unpacked(pipeline(database, Asked("EUR", when=when), today).deals, world)
        assert sorted(told) == sorted(expected(world, moment, today))

    on_random_worlds(check, database, examples=5)


def expected(world: World, moment: datetime | None, today: date) -> list[tuple[str, ...]]:
    lines = []
    for deal, version in world.at(moment):
        in_euros = version.amount is not None and version.currency == "EUR"
        closed = None if version.is_open else version.closed_at and version.closed_at.date()
        revenue = None if version.is_open else world.worth(version, today, "revenue", "EUR")
        amounts = world.worth(version, today, currency="EUR"), None if in_euros else version.amount, revenue
        facts = (deal.name, LABEL[version.status], version.account, version.owner, *amounts, version.chance)
        lines.append(tuple(map(as_text, (*facts, version.close_date, closed))))
    return lines


def unpacked(columns: Any, world: World) -> list[tuple[str, ...]]:
    number_open = len(columns["names"]) - len(columns["closed"])
    names = [None, *columns["accountNames"]], [None, *columns["ownerNames"]]
    amount, own, chance, revenue = (columns[what].split(" ") for what in ("amount", "own", "probability", "revenue"))
    lines = []
    for place, name in enumerate(columns["names"]):
        at = place - number_open
        status = world.settings.statuses[columns["status"][place]].label
        account, owner = names[0][columns["account"][place] + 1], names[1][columns["owner"][place] + 1]
        days = columns["close"][place], columns["closed"][at] if at >= 0 else None
        told = amount[place], own[place], revenue[at] if at >= 0 else "", chance[place]
        decimals = (None if text == "" else Decimal(text) for text in told)
        dates = (None if number is None else FIRST_DAY + timedelta(days=number) for number in days)
        lines.append(tuple(map(as_text, (name, status, account, owner, *decimals, *dates))))
    return lines


def as_text(fact: Any) -> str:
    return str(rounded(fact)) if isinstance(fact, Decimal) else str(fact)


def test_of_too_many_deals_those_are_kept_that_are_worth_most_and_the_newest_closed_ones(sqlite: str) -> None:
    rows = [an_opportunity(name=f"Deal {n}", budget_amount=str(n)) for n in (3, 9, 5)]
    import_rows(sqlite, *rows, an_opportunity(name="Won", status="won"))
    with asking(sqlite, IN_DOLLARS, Asked(), TODAY, ["by-status"]) as (connection, question):
        told = deals(connection, question, most=2)
    assert (told["names"], told["leftOut"]) == (["Deal 9", "Deal 5", "Won"], [1, 0])


def test_the_pipeline_is_a_table_for_each_of_its_reports(sqlite: str) -> None:
    import_rows(sqlite, an_opportunity(), at=datetime(2026, 10, 20, 12, tzinfo=UTC), today=date(2026, 10, 20))
    told = build_reports(["pipeline"], sqlite, IN_DOLLARS, Asked(), TODAY)
    assert [answer.report for answer in told.answers] == list(BUNDLES["pipeline"])
    assert not isinstance(told, PipelineAnswers)
    assert {name for names in BUNDLES.values() for name in names} <= set(report_names())


def test_a_bundle_groups_those_of_its_reports_that_can_be_grouped_so(sqlite: str) -> None:
    import_rows(
        sqlite, an_opportunity(owner="ann"), at=datetime(2026, 10, 20, 12, tzinfo=UTC), today=date(2026, 10, 20)
    )

    def firsts(by: str, as_format: str = "table") -> list[str]:
        told = build_reports(["pipeline"], sqlite, IN_DOLLARS, Asked(by=by), TODAY, as_format)
        return [answer.columns[0].key for answer in told.answers]

    assert firsts("owner") == ["owner", "month", "owner", "owner", "owner"]
    assert firsts("status") == ["status", "month", "status", "status", "status"]
    assert firsts("account", "html") == ["status", "month", "step", "outcome", "account"]
    whole = build_reports(["pipeline"], sqlite, IN_DOLLARS, Asked(), TODAY).answers
    by_status = build_reports(["pipeline"], sqlite, IN_DOLLARS, Asked(by="status"), TODAY).answers
    assert by_status[0].rows == whole[0].rows
    with pytest.raises(UsageError, match="cannot be grouped by colour"):
        firsts("colour")
    with pytest.raises(UsageError, match="The report by-status cannot be grouped by status"):
        build_reports(["forecast", "by-status"], sqlite, IN_DOLLARS, Asked(by="status"), TODAY)


def test_without_a_past_the_reports_that_compare_are_left_out_and_it_is_said_why(sqlite: str) -> None:
    import_rows(sqlite, an_opportunity())
    told = build_reports(["pipeline"], sqlite, IN_DOLLARS, Asked(), TODAY)
    assert "waterfall" not in [answer.report for answer in told.answers]
    assert told.uncompared == "No opportunity was known on 2026-10-31 yet."


def test_a_condition_holds_for_the_figures_and_the_deals_too(sqlite: str) -> None:
    import_rows(sqlite, an_opportunity(owner="ann"), an_opportunity(name="Shop", owner="bob", budget_amount="30"))
    told = pipeline(sqlite, Asked(where="owner = 'bob'"), TODAY, settings=IN_DOLLARS)
    assert (told.figures.open_amount, told.deals["names"]) == (Decimal(30), ["Shop"])
    assert [one for one in told.behind.filters if "owner = 'bob'" in one] != []


def test_the_names_for_several_reports_are_those_of_the_command_line() -> None:
    assert list(answers.BUNDLES) == list(BUNDLES)


def test_a_rate_that_was_not_known_then_leaves_out_the_comparison_only(sqlite: str) -> None:
    october = datetime(2026, 10, 20, 12, tzinfo=UTC)
    store_rates(sqlite, date(2026, 10, 20), EUR="1.10")
    store_rates(sqlite, EUR="1.20")
    import_rows(sqlite, an_opportunity(budget_currency="EUR"), settings=IN_EUROS_TOO, at=october, today=october.date())
    told = pipeline(sqlite, Asked(), TODAY)
    assert told.figures.open_amount == Decimal(1200)
    assert told.then is None
    assert told.uncompared == "No exchange rate was known then from EUR to USD on 2026-10-31."


def test_a_moment_to_compare_with_is_taken_as_it_is_named(sqlite: str) -> None:
    for day, amount in ((10, "1000"), (20, "1500")):
        at = datetime(2026, 11, day, 12, tzinfo=UTC)
        import_rows(sqlite, an_opportunity(source_id="1", budget_amount=amount), at=at, today=at.date())
    since = AsOf(datetime.combine(date(2026, 11, 12), time.max, UTC))
    told = pipeline(sqlite, Asked(since=since), TODAY, settings=IN_DOLLARS)
    assert told.then is not None
    assert (told.then.open_amount, told.figures.open_amount) == (Decimal(1000), Decimal(1500))


@pytest.mark.parametrize("words", [["pipeline"], ["forecast", "--by", "status"]])
def test_a_table_loads_no_library_of_charts(words: list[str], sqlite: str) -> None:
    import_rows(sqlite, an_opportunity())
    code = f"import sys; from pipelines.cli import main; main({['report', *words, '--db', sqlite]!r})"
    code += "; assert not {'matplotlib', 'jinja2'} & set(sys.modules), 'loaded'"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
