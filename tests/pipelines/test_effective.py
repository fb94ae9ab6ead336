"""Hindsight: what was known at a past moment, what was true of it as known today, and what makes the difference."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.answering import Asked
from pipelines.exporting import export_file
from pipelines.importing import import_file
from pipelines.questions.answer import Answer
from pipelines.rating import import_rates
from pipelines.reporting import build_report
from schemas.errors import UsageError
from schemas.known import AsOf, read_as_of
from schemas.settings import Settings
from tests.build import IN_EUROS_TOO, NOON, an_opportunity, import_rows, options, read_csv
from tests.versions import remove, undo, undo_undo

DAYS = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in range(16, 24)]
MON, TUE, WED, THU, FRI, SAT, _, NEXT = DAYS
LATER = NOON + timedelta(days=10)


def end_of(moment: datetime) -> AsOf:
    return read_as_of(moment.date().isoformat(), LATER)


def effective(database: str, moment: datetime, settings: Settings = IN_EUROS_TOO, **asked: Any) -> Answer:
    return build_report("effective", database, settings, Asked(when=end_of(moment), **asked), moment.date())


def told(answer: Answer) -> list[tuple[object, ...]]:
    """Every line with its effects on the open and the weighted pipeline and its note, then the total."""
    effects = ("name", "open_amount", "weighted_amount")
    notes = answer.notes or [""] * len(answer.rows)
    lines = [(*(row[key] for key in effects), note) for row, note in zip(answer.rows, notes, strict=True)]
    return [*lines, (answer.total["open_amount"], answer.total["weighted_amount"])]


def pipeline(database: str, moment: datetime, *, hindsight: bool = False) -> tuple[object, object]:
    """What the forecast tells: the open and the weighted amount of deals that have an owner."""
    when = replace(end_of(moment), effective=hindsight)
    total = build_report("forecast", database, IN_EUROS_TOO, Asked(when=when), moment.date()).total
    return total["budget_amount"], total["weighted_amount"]


def a_deal(**changed: str | None) -> dict[str, str]:
    return an_opportunity(**{"status": "negotiation", "owner": "ann", "probability": "50"} | changed)


def closings(database: str, folder: Path, at: datetime, lines: str, settings: Settings = IN_EUROS_TOO) -> None:
    """Import a file late.csv that says of some deals when they closed."""
    (folder / "late.csv").write_text(f"name,account,status,closed_at,close_date\n{lines}\n", encoding="utf-8")
    import_file(folder / "late.csv", database, settings, options(layout="plain", clock=lambda: at))


# ---------------------------------------------------------------------------------------------------------- closings


def test_a_deal_that_was_closed_already_was_not_in_the_pipeline(database: str, tmp_path: Path) -> None:
    import_rows(database, a_deal(budget_amount="1000"), a_deal(name="Shop", budget_amount="200"), at=MON)
    closings(database, tmp_path, FRI, "Website,Acme,won,2026-11-17T09:30:00Z,")
    assert told(effective(database, WED)) == [
        ("known then", 1200, 600, ""),
        (
            "Website",
            -1000,
            -500,
            "deal 2: Negotiation → Closed Won since 2026-11-17; run 2, late.csv, 2026-11-20 12:00",
        ),
        (200, 100),
    ]
    assert pipeline(database, WED) == (1200, 600)
    assert pipeline(database, WED, hindsight=True) == (200, 100)
    assert told(effective(database, MON)) == [("known then", 1200, 600, ""), (1200, 600)]


def test_the_run_that_told_a_closing_is_the_first_one_not_one_that_changed_the_deal_later(
    database: str, tmp_path: Path
) -> None:
    import_rows(database, a_deal(), at=MON)
    closings(database, tmp_path, THU, "Website,Acme,won,2026-11-17T09:30:00Z,")
    import_rows(database, a_deal(status="won", notes="later"), at=SAT)
    (_, row) = effective(database, WED).rows
    assert (row["run"], row["file"], row["learnt_at"]) == (2, str(tmp_path / "late.csv"), THU)
    assert (row["known_status"], row["true_status"], row["closed_on"]) == ("negotiation", "won", "2026-11-17")


def test_a_closing_that_only_a_run_dates_was_not_true_before_it(database: str) -> None:
    import_rows(database, a_deal(), at=MON)
    import_rows(database, a_deal(status="won", close_date="2026-11-16"), at=FRI)
    assert told(effective(database, WED)) == [("known then", 1000, 500, ""), (1000, 500)]


def test_by_setting_a_closing_that_only_a_run_dates_is_dated_by_its_close_date(database: str, tmp_path: Path) -> None:
    by_date = replace(IN_EUROS_TOO, closing_rate="close_date")
    import_rows(database, a_deal(), a_deal(name="Shop"), at=MON, settings=by_date)
    lines = "Website,Acme,won,,2026-11-17\nShop,Acme,lost,2026-11-19T10:00:00Z,2026-11-17"
    closings(database, tmp_path, FRI, lines, by_date)
    found = {day: [row["name"] for row in effective(database, day, by_date).rows[1:]] for day in (MON, TUE, WED, THU)}
    assert found == {MON: [], TUE: ["Website"], WED: ["Website"], THU: ["Website", "Shop"]}
    at_noon = Asked(when=AsOf(TUE))
    assert len(build_report("effective", database, by_date, at_noon, TUE.date()).rows) == 1  # the day was not over


def test_a_closed_deal_that_nobody_knew_is_told_though_it_moves_no_open_amount(database: str, tmp_path: Path) -> None:
    import_rows(database, a_deal(name="Shop"), at=MON)
    closings(database, tmp_path, FRI, "Website,Acme,lost,2026-10-01T09:30:00Z,")
    answer = effective(database, WED)
    note = f"deal {answer.rows[1]['deal']}: not known → Closed Lost since 2026-10-01; run 2, late.csv, 2026-11-20 12:00"
    assert told(answer) == [("known then", 1000, 500, ""), ("Website", 0, 0, note), (1000, 500)]


def test_a_deal_that_was_reopened_stands_as_it_was_known(database: str, tmp_path: Path) -> None:
    import_rows(database, a_deal(), at=MON)
    closings(database, tmp_path, THU, "Website,Acme,won,2026-11-17T09:30:00Z,")
    import_rows(database, a_deal(), at=SAT)
    assert len(effective(database, WED).rows) == 1
    assert pipeline(database, FRI) == pipeline(database, FRI, hindsight=True) == (0, 0)


def test_what_changed_without_a_day_of_its_own_was_true_from_its_record(database: str) -> None:
    import_rows(database, a_deal(), at=MON)
    import_rows(database, a_deal(owner="bob", budget_amount="7000", status="needs_analysis"), at=FRI)
    assert told(effective(database, WED)) == [("known then", 1000, 500, ""), (1000, 500)]


# ------------------------------------------------------------------------------------------------------------- undone


def test_what_an_undone_run_had_changed_was_not_true(database: str) -> None:
    import_rows(database, a_deal(), at=MON)
    wrong = import_rows(database, a_deal(budget_amount="9000", owner="bob", probability="20"), at=TUE)
    undo(database, wrong.run or 0, FRI)
    assert told(effective(database, WED)) == [
        ("known then", 9000, 1800, ""),
        (
            "Website",
            -8000,
            -1300,
            "deal 2: amount 9,000 USD → 1,000 USD, probability 20 % → 50 %, owner bob → ann; run 3, 2026-11-20 12:00",
        ),
        (1000, 500),
    ]
    assert told(effective(database, MON)) == [("known then", 1000, 500, ""), (1000, 500)]


def test_what_was_true_below_an_undone_run_is_found_also_when_a_later_run_changed_it_again(database: str) -> None:
    import_rows(database, a_deal(), at=MON)
    wrong = import_rows(database, a_deal(budget_amount="9000"), at=TUE)
    undo(database, wrong.run or 0, THU)
    import_rows(database, a_deal(budget_amount="1500"), at=FRI)
    import_rows(database, a_deal(budget_amount="1700"), at=SAT)
    (_, row) = effective(database, WED).rows
    assert (row["known_amount"], row["true_amount"], row["run"]) == (9000, 1000, 3)
    assert pipeline(database, WED, hindsight=True) == (1000, 500)


def test_what_an_undone_run_had_added_was_never_there(database: str) -> None:
    import_rows(database, a_deal(name="Shop"), at=MON)
    wrong = import_rows(database, a_deal(), at=TUE)
    undo(database, wrong.run or 0, FRI)
    answer = effective(database, WED)
    note = f"deal {answer.rows[1]['deal']}: Negotiation → not there; run 3, 2026-11-20 12:00"
    assert told(answer) == [
        ("known then", 2000, 1000, ""),
        ("Website", -1000, -500, note),
        (1000, 500),
    ]


def test_an_undo_that_was_undone_hid_what_was_true(database: str) -> None:
    import_rows(database, a_deal(), at=MON)
    right = import_rows(database, a_deal(budget_amount="9000"), at=TUE)
    undone = undo(database, right.run or 0, WED)
    undo_undo(database, undone, FRI)
    assert told(effective(database, THU)) == [
        ("known then", 1000, 500, ""),
        (
            "Website",
            8000,
            4000,
            "deal 2: amount 1,000 USD → 9,000 USD; run 4, 2026-11-20 12:00",
        ),
        (9000, 4500),
    ]
    assert told(effective(database, TUE)) == [("known then", 9000, 4500, ""), (9000, 4500)]


def test_a_removed_deal_was_never_there(database: str) -> None:
    import_rows(database, a_deal(), a_deal(name="Shop"), at=MON)
    remove(database, "Shop", FRI)
    assert [row["true_status"] for row in effective(database, WED).rows[1:]] == [None]
    assert pipeline(database, WED, hindsight=True) == (1000, 500)


# -------------------------------------------------------------------------------------------------------------- rates


def test_a_rate_of_that_day_that_was_told_later_is_a_line_of_its_own(database: str, tmp_path: Path) -> None:
    def rates(at: datetime, rate: str) -> None:
        (tmp_path / "rates.csv").write_text(
            f"day,currency,rate\n2026-11-17,EUR,1.10\n2026-11-18,EUR,{rate}\n", encoding="utf-8"
        )
        import_rates(tmp_path / "rates.csv", database, IN_EUROS_TOO, clock=lambda: at)

    rates(MON, "1.10")
    import_rows(database, a_deal(budget_currency="EUR"), a_deal(name="Shop"), at=TUE, settings=IN_EUROS_TOO)
    import_rows(database, a_deal(name="Web", budget_currency="EUR"), at=TUE, settings=IN_EUROS_TOO)
    closings(database, tmp_path, FRI, "Website,Acme,won,2026-11-17T09:30:00Z,")
    rates(SAT, "1.25")
    assert [line[:3] for line in told(effective(database, WED))] == [
        ("known then", 3200, 1600),
        ("Website", -1100, -550),
        ("EUR to USD on 2026-11-18", 150, 75),
        (2250, 1125),
    ]
    assert effective(database, WED).notes[-1] == "rate 1.1 → 1.25; run 5, rates.csv, 2026-11-21 12:00"
    assert pipeline(database, WED, hindsight=True) == (2250, 1125)


# -------------------------------------------------------------------------------------------------------- how it adds


def test_every_decimal_is_told_so_that_the_lines_add_up_exactly(database: str, tmp_path: Path) -> None:
    deals = [a_deal(name=name, budget_amount="0.0001", probability="33.3333") for name in ("A", "B", "C")]
    import_rows(database, *deals, at=MON)
    closings(database, tmp_path, FRI, "A,Acme,won,2026-11-17T09:30:00Z,")
    answer = effective(database, WED)
    weighted = [Decimal(str(row["weighted_amount"])) for row in answer.rows]
    assert weighted == [Decimal("0.0000999999"), Decimal("-0.0000333333")]
    assert answer.total["weighted_amount"] == sum(weighted)


def test_a_deal_counts_in_the_group_that_was_known_and_in_the_one_that_was_true(database: str) -> None:
    import_rows(database, a_deal(budget_amount="0.0003", probability="33.3333"), a_deal(name="Shop"), at=MON)
    wrong = import_rows(database, a_deal(owner="bob", budget_amount="500"), at=TUE)
    undo(database, wrong.run or 0, FRI)
    answer = effective(database, WED, by="owner")
    assert [tuple(row.values()) for row in answer.rows] == [
        ("ann", 1000, Decimal("0.0003"), Decimal("1000.0003"), 500, Decimal("0.0000999999"), Decimal("500.0000999999")),
        ("bob", 500, -500, 0, 250, -250, 0),
    ]
    assert answer.total["true_open_amount"] == Decimal("1000.0003")
    assert (answer.total_name, answer.notes) == ("Grand Total", [])


def test_days_asked_for_limit_what_is_told(database: str, tmp_path: Path) -> None:
    deals = [a_deal(name=name, close_date=day) for name, day in (("A", "2026-12-01"), ("B", "2027-01-15"))]
    import_rows(database, *deals, at=MON)
    closings(
        database,
        tmp_path,
        FRI,
        "A,Acme,won,2026-11-17T09:30:00Z,2026-12-01\nB,Acme,won,2026-11-17T09:30:00Z,2027-01-15",
    )
    assert [row["name"] for row in effective(database, WED, end=date(2026, 12, 31)).rows] == ["known then", "A"]


def test_a_close_date_that_takes_a_deal_out_of_the_days_asked_for_is_told(database: str) -> None:
    import_rows(database, a_deal(close_date="2027-01-15"), at=MON)
    wrong = import_rows(database, a_deal(close_date="2026-12-01"), at=TUE)
    undo(database, wrong.run or 0, FRI)
    note = "deal 2: close date 2026-12-01 → 2027-01-15; run 3, 2026-11-20 12:00"
    assert told(effective(database, WED, end=date(2026, 12, 31))) == [
        ("known then", 1000, 500, ""),
        ("Website", -1000, -500, note),
        (0, 0),
    ]
    assert len(effective(database, WED).rows) == 1


def test_an_export_of_hindsight_has_the_deals_as_they_were(database: str, tmp_path: Path) -> None:
    import_rows(database, a_deal(), at=MON)
    closings(database, tmp_path, FRI, "Website,Acme,won,2026-11-17T09:30:00Z,")
    target = tmp_path / "out.csv"
    when = replace(end_of(WED), effective=True)
    export_file(target, database, IN_EUROS_TOO, layout="plain", view="all", today=WED.date(), when=when)
    assert [row["status"] for row in read_csv(target)] == ["won"]


def test_without_a_past_moment_it_is_refused(sqlite: str) -> None:
    import_rows(sqlite, a_deal())
    with pytest.raises(UsageError, match=r"asked of a past moment, and none is named\.\nName one with --as-of"):
        build_report("effective", sqlite, IN_EUROS_TOO, Asked(), NOON.date())
