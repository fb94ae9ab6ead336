"""Pages of reports as tests read them: of a small pipeline, written out here, and of one with many deals."""

from datetime import UTC, date, datetime
from pathlib import Path

from pipelines.answering import Asked
from pipelines.reporting import build_reports, written
from schemas.settings import Settings
from tests.build import IN_EUROS_TOO, TODAY, an_opportunity, import_rows, store_rates

OCTOBER = datetime(2026, 10, 20, 12, tzinfo=UTC)
NASTY = "<script>alert(1)</script>"
BIG = "99999999999999.99"
"""An amount that no float holds."""


def a_pipeline(database: str) -> None:
    """Seven open deals, of which two are overdue, and two closed ones; most were known in October already."""
    store_rates(database, date(2026, 10, 20), EUR="1.10")
    store_rates(database, date(2026, 10, 31), EUR="1.10")
    store_rates(database, EUR="1.20")
    deals = [
        an_opportunity(name="Website", owner="ann", budget_amount="1000.10", probability="50", close_date="2026-12-24"),
        an_opportunity(name="Ärzteportal", account="Østfold Klinikk", owner="bob", status="negotiation",
                       budget_amount="2000.20", probability="80", close_date="2026-11-02"),
        an_opportunity(name=NASTY, account="Müller & <b>Söhne</b>", owner="ann", status="needs_analysis",
                       budget_amount="500", budget_currency="EUR", probability="20", close_date="2027-01-15"),
        an_opportunity(name="العقد السنوي", account="東京精密機械", owner="", status="negotiation", budget_amount="",
                       budget_currency="", probability="80", close_date=""),
        an_opportunity(name="Portal", customer="Acme West", owner="bob", status="negotiation", budget_amount="300.30",
                       probability="80", close_date="2026-12-01"),
        an_opportunity(name="Huge", account="Globex", owner="bob", budget_amount=BIG, probability="10",
                       close_date="2026-12-02"),
        an_opportunity(name="Sold", status="negotiation", owner="bob", budget_amount="700", close_date="2026-11-20"),
        an_opportunity(name="Gone", status="negotiation", owner="ann", budget_amount="80", close_date="2026-11-20"),
    ]  # fmt: skip
    known = {"settings": IN_EUROS_TOO, "at": OCTOBER, "today": OCTOBER.date()}
    assert import_rows(database, *deals, **known).added == 8  # type: ignore[arg-type]  # words of an import
    later = [
        an_opportunity(name="Sold", status="won", owner="bob", budget_amount="700", close_revenue="650.50",
                       close_revenue_currency="USD", close_date="2026-11-20"),
        an_opportunity(name="Gone", status="lost", owner="ann", budget_amount="80", close_date="2026-11-20"),
        an_opportunity(name="=1+1", owner="ann", budget_amount="0.20", probability="10", close_date="2026-11-23"),
    ]  # fmt: skip
    found = import_rows(database, *later, settings=IN_EUROS_TOO)
    assert (found.added, found.updated) == (1, 2)


def many_deals(database: str, number: int = 5000) -> None:
    """So many open deals of 900 accounts and 12 owners, with names as long as people give them."""
    statuses = ("in_progress", "identification_alignment", "needs_analysis", "solution_development", "negotiation")
    import_rows(
        database,
        *(
            an_opportunity(
                source_id=str(n),
                name=f"{('Renewal', 'Rollout', 'Migration')[n % 3]} of the warehouse system {n}",
                account=f"Aurora Logistics {n % 900} GmbH Rostock",
                owner=f"owner.{n % 12}",
                status=statuses[n % 5],
                budget_amount=f"{(n * 7919) % 250_000}.{n % 100:02}",
                probability=str(n % 10 * 10),
                close_date=date.fromordinal(date(2026, 9, 1).toordinal() + n % 500).isoformat(),
            )
            for n in range(number)
        ),
    )


def page_of(database: str, *names: str, asked: Asked | None = None, settings: Settings = IN_EUROS_TOO) -> str:
    """The page of some reports; without a name that of the pipeline."""
    told = build_reports(names or ("pipeline",), database, settings, asked or Asked(), TODAY, "html")
    return "".join(map(str, written(told, "html")))


def write_page(path: Path, text: str) -> Path:
    """Write a page; gives the path."""
    path.write_text(text, encoding="utf-8")
    return path
