"""What holds for every report: each is asked in a test on random pipelines, and groups by the sizes of its currency."""

from pathlib import Path

import pytest

from pipelines.answering import Asked
from pipelines.report_modules import report_names
from pipelines.reporting import build_report
from tests.build import IN_EUROS_TOO, TODAY, an_opportunity, import_rows, store_rates

TESTS = Path(__file__).parent.parent
RANDOM = ("on_random_worlds(", "@given(")


@pytest.mark.parametrize("report", ["accounts", "conversion", "quality"])
def test_sizes_are_those_in_the_currency_asked_for_also_where_a_report_tells_no_amounts(
    database: str, report: str
) -> None:
    store_rates(database, EUR="1.25")
    deals = [an_opportunity(name=code, budget_amount="900", budget_currency=code) for code in ("USD", "EUR")]
    import_rows(database, *deals, settings=IN_EUROS_TOO)
    found = build_report(report, database, IN_EUROS_TOO, Asked(by="size"), TODAY)
    assert list(dict.fromkeys(row["size"] for row in found.rows)) == ["below 1,000", "1,000 to 10,000"]


def test_every_report_is_checked_on_random_pipelines() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    checked = "".join(text for text in texts if any(word in text for word in RANDOM))
    assert [name for name in report_names() if f'"{name}"' not in checked] == []
