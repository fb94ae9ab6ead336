from decimal import Decimal

import pytest

from tests.build import an_opportunity, counts, history, import_rows, stored, told


def probabilities(database: str) -> list[Decimal | None]:
    return [row["probability"] for row in stored(database, "probability")]


@pytest.mark.parametrize(
    ("cell", "fraction"),
    [
        ("40", "0.4"),
        ("40.0", "0.4"),
        ("40%", "0.4"),
        ("40 %", "0.4"),
        ("0", "0"),
        ("100", "1"),
        ("1.5", "0.015"),
        ("33.3333", "0.333333"),
        ("4e1", "0.4"),
    ],
)
def test_a_probability_is_read_as_a_percentage(sqlite: str, cell: str, fraction: str) -> None:
    import_rows(sqlite, an_opportunity(probability=cell))
    assert probabilities(sqlite) == [Decimal(fraction)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("100.0001", "probability_out_of_range"),
        ("-1", "probability_out_of_range"),
        ("high", "not_a_number"),
        ("40.5.1", "not_a_number"),
        ("EUR 40", "not_a_number"),
        ("12.34567", "too_precise"),
        ("nan", "not_a_number"),
    ],
)
def test_what_is_no_percentage_is_a_problem(sqlite: str, cell: str, code: str) -> None:
    assert told(import_rows(sqlite, an_opportunity(probability=cell))) == [(2, "Probability", code)]


@pytest.mark.parametrize("status", ["needs_analysis", "won"])
def test_a_blank_probability_of_a_new_opportunity_stays_blank(database: str, status: str) -> None:
    import_rows(
        database,
        an_opportunity(status=status, probability=""),
        an_opportunity(status=status, name="Shop", probability=""),
    )
    assert probabilities(database) == [None, None]


def test_a_probability_of_the_old_default_follows_the_status(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="20"))
    again = import_rows(database, an_opportunity(status="negotiation", probability="20"))
    assert counts(again) == {"updated": 1}
    assert probabilities(database) == [Decimal("0.8")]


def test_a_probability_of_the_old_default_follows_also_where_the_file_has_no_probabilities(
    database: str,
) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="20"))
    import_rows(database, an_opportunity(status="won"))
    assert probabilities(database) == [Decimal(1)]
    import_rows(database, an_opportunity(status="lost"))
    assert probabilities(database) == [Decimal(0)]


def test_a_manual_probability_survives_a_change_of_status(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="50"))
    import_rows(database, an_opportunity(status="won"))
    assert probabilities(database) == [Decimal("0.5")]
    import_rows(database, an_opportunity(status="negotiation", probability="50"))
    assert probabilities(database) == [Decimal("0.5")]


def test_a_blank_probability_does_not_follow_the_status(database: str) -> None:
    import_rows(database, an_opportunity(status="in_progress", probability=""))
    import_rows(database, an_opportunity(status="won"))
    assert probabilities(database) == [None]


def test_a_new_probability_in_the_file_that_is_the_default_of_the_old_status_follows(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="55"))
    import_rows(database, an_opportunity(status="negotiation", probability="20"))
    assert probabilities(database) == [Decimal("0.8")]


def test_a_new_probability_in_the_file_counts_otherwise(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="20"))
    import_rows(database, an_opportunity(status="negotiation", probability="70"))
    assert probabilities(database) == [Decimal("0.7")]
    import_rows(database, an_opportunity(status="negotiation", probability="75"))
    assert probabilities(database) == [Decimal("0.75")]


def test_the_same_file_twice_changes_nothing_even_after_a_probability_has_followed(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="20"))
    moved = an_opportunity(status="negotiation", probability="20")
    import_rows(database, moved)
    before, images = stored(database), history(database)
    assert counts(import_rows(database, moved)) == {"unchanged": 1}
    assert (stored(database), history(database)) == (before, images)
    assert probabilities(database) == [Decimal("0.8")]


def test_the_same_file_twice_changes_nothing_even_after_several_statuses(database: str) -> None:
    for status in ("in_progress", "needs_analysis", "won", "lost", "negotiation"):
        row = an_opportunity(status=status, probability="0")
        import_rows(database, row)
        assert counts(import_rows(database, row)) == {"unchanged": 1}


def test_a_probability_that_followed_can_be_stated_anew(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="20"))
    import_rows(database, an_opportunity(status="negotiation", probability="20"))
    import_rows(database, an_opportunity(status="negotiation", probability="30"))
    assert probabilities(database) == [Decimal("0.3")]
    import_rows(database, an_opportunity(status="negotiation", probability="20"))
    assert probabilities(database) == [Decimal("0.2")]


def test_a_blank_cell_clears_a_probability_that_followed(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="20"))
    import_rows(database, an_opportunity(status="negotiation", probability="20"))
    assert counts(import_rows(database, an_opportunity(status="negotiation", probability=""))) == {"updated": 1}
    assert probabilities(database) == [None]


def test_a_change_of_something_else_leaves_a_probability_that_followed(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="20"))
    import_rows(database, an_opportunity(status="negotiation", probability="20"))
    import_rows(database, an_opportunity(status="negotiation", probability="20", budget_amount="5"))
    assert probabilities(database) == [Decimal("0.8")]


def test_what_an_export_showed_after_a_probability_followed_is_no_news_the_second_time(database: str) -> None:
    import_rows(database, an_opportunity(status="needs_analysis", probability="20"))
    import_rows(database, an_opportunity(status="negotiation", probability="20"))
    won = an_opportunity(status="won", probability="80")
    import_rows(database, won)
    assert probabilities(database) == [Decimal(1)]
    assert counts(import_rows(database, won)) == {"unchanged": 1}
