"""Pages of reports: what is in the file, whatever shows it."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from pipelines.answering import Asked
from pipelines.questions.answer import Answer, Column
from pipelines.report_modules import report_names
from pipelines.report_page.charts import compact
from pipelines.report_page.rendering import script, span, style
from pipelines.report_page.series import Bar, Step, month_bars, waterfall_steps
from schemas.known import read_as_of
from schemas.statuses import Status
from tests.build import IN_DOLLARS, NOON, an_opportunity, import_rows
from tests.reports.pages import NASTY, a_pipeline, many_deals, page_of

OPEN_IDS = ["in_progress", "negotiation"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the small pipeline."""
    database = f"sqlite:///{tmp_path_factory.mktemp('page') / 'deals.db'}"
    a_pipeline(database)
    return database


def test_the_same_database_gives_the_same_page_on_either_kind(sqlite: str, postgresql: str) -> None:
    pages = []
    for database in (sqlite, postgresql):
        a_pipeline(database)
        pages += [page_of(database), page_of(database)]
    assert len(set(pages)) == 1


def test_the_page_asks_for_nothing_and_its_policy_forbids_it_to(small: str) -> None:
    page = page_of(small)
    assert re.findall(r'\b(?:src|href|action|xlink:href)="(?!#)[^"]*"|url\((?!#)|@import|https?:', page) == []
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    code = re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    assert policy
    assert len(code) == 1
    digest = base64.b64encode(hashlib.sha256(code[0].encode()).digest()).decode()
    assert policy[1].split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"script-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_a_name_is_never_taken_for_html(small: str) -> None:
    for names in ((), ("customer-history",), ("accounts",)):
        page = page_of(small, *names)
        assert NASTY not in page
        assert "<b>Söhne" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page_of(small, "customer-history")


def test_a_page_of_5000_open_deals_is_below_700_kilobytes(sqlite: str) -> None:
    many_deals(sqlite)
    assert len(page_of(sqlite, settings=IN_DOLLARS).encode()) < 700_000


def test_the_head_of_the_page_says_what_its_numbers_rest_on(small: str) -> None:
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>\s*(.*?)\s*</dd></div>", page_of(small)))
    told = {name: re.sub(r"<[^>]*>", "", text) for name, text in facts.items()}
    assert {name: told[name] for name in ("As of", "Currency", "Compared with", "Filters", "Rates", "Behind it")} == {
        "As of": "24 Nov 2026",
        "Currency": "USD",
        "Compared with": "31 Oct 2026 (known then)",
        "Filters": "none",
        "Rates": "1 EUR = 1.2 USD",
        "Behind it": "9 deals, runs 1–2",
    }


@pytest.mark.parametrize("name", report_names())
def test_every_report_has_a_page(name: str, small: str) -> None:
    when = read_as_of("2026-11-01" if name == "effective" else None, NOON)
    since = read_as_of("2026-10-31" if name == "waterfall" else None, NOON)
    page = page_of(small, name, asked=Asked(when=when, since=since))
    assert page.startswith("<!DOCTYPE html>")
    assert page.endswith("</html>\n")
    assert "<caption>" in page


def test_the_pictures_of_the_pipeline_are_of_all_deals_whatever_the_forecast_is_grouped_by(small: str) -> None:
    whole, grouped = page_of(small), page_of(small, asked=Asked(by="account"))
    pictures = [re.findall(r"<svg.*?</svg>", page, re.DOTALL) for page in (whole, grouped)]
    assert pictures[0] == pictures[1]
    assert "Forecast by owner</h2>" in whole
    assert "Forecast by account</h2>" in grouped


def test_names_in_charts_are_texts_in_any_script_and_cut_where_they_are_long(small: str) -> None:
    chart = re.findall(r"<svg.*?</svg>", page_of(small, "concentration"), re.DOTALL)[1]
    assert {">Müller &amp; &lt;b&gt;Söhne…<", ">東京精密機械<"} <= set(re.findall(r">[^<]+<", chart))


def test_a_chart_has_the_colours_of_the_page_and_no_size_of_its_own(small: str) -> None:
    page = page_of(small)
    charts = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(charts) == 8  # four, each wide and narrow
    known = set(re.findall(r"--([\w-]+):", page))
    for chart in charts:
        assert re.findall(r"#[0-9a-f]{6}|font-family|\bid=|\bwidth=|clip-path", chart) == []
        assert set(re.findall(r"var\(--([\w-]+)\)", chart)) <= known


def shares(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((shares(one), shares(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_stands_out_as_wcag_asks(theme: int) -> None:
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", style())
    colours = {name: pair[theme] for name, *pair in found}
    weak = [
        (text, ground, round(contrast(colours[text], colours[ground]), 2))
        for text, ground in (
            *product(("ink", "dim", "accent", "bad", "up"), ("page", "card")),
            ("ink", "soft"),
            ("on-accent", "accent"),
        )
        if contrast(colours[text], colours[ground]) < 4.5
    ]
    assert weak == []


def test_the_scripts_take_no_float_for_an_amount() -> None:
    assert re.findall(r"parseFloat|toFixed|Number\((?!data\.value|told\.status)", script()) == []


def by_month(*rows: tuple[str, str, str]) -> Answer:
    told = [{"month": month, "status": status, "weighted_amount": Decimal(amount)} for month, status, amount in rows]
    return Answer("by-month", "", "USD", date(2026, 11, 24), [Column("month", "", "text")], told, {})  # type: ignore[arg-type]  # cells


def test_months_before_this_one_those_in_a_year_and_no_date_have_one_bar_each() -> None:
    answer = by_month(
        ("2026-08", "in_progress", "1"),
        ("2026-10", "negotiation", "2"),
        ("2026-12", "negotiation", "4"),
        ("2027-11", "in_progress", "8"),
        ("2031-01", "in_progress", "16"),
        ("(none)", "in_progress", "32"),
    )
    bars = month_bars(answer, OPEN_IDS, date(2026, 11, 24))
    assert [bar.name for bar in bars][:4] == ["Earlier", "2026-11", "2026-12", "2027-01"]
    assert [bar.name for bar in bars][-3:] == ["2027-10", "Later", "No date"]
    assert [bar for bar in bars if bar.total] == [
        Bar("Earlier", (Decimal(1), Decimal(2))),
        Bar("2026-12", (Decimal(0), Decimal(4))),
        Bar("Later", (Decimal(24), Decimal(0))),
        Bar("No date", (Decimal(32), Decimal(0))),
    ]


def test_a_waterfall_goes_from_the_opening_to_the_closing_without_empty_steps() -> None:
    rows = [("Opening", "100"), ("Created", "40"), ("Pulled in", "0"), ("Lost", "-15"), ("Closing", "125")]
    told = [{"step": label.lower(), "label": label, "amount": Decimal(amount)} for label, amount in rows]
    answer = Answer("waterfall", "", "USD", date(2026, 11, 24), [], told, {})  # type: ignore[arg-type]  # cells
    assert [(step.label, int(step.start), int(step.end), step.is_total) for step in waterfall_steps(answer)] == [
        ("Opening", 0, 100, True),
        ("Created", 100, 140, False),
        ("Lost", 140, 125, False),
        ("Closing", 0, 125, True),
    ]
    assert Step("Lost", Decimal(140), Decimal(125), is_total=False).amount == Decimal(-15)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0"), ("999", "999"), ("1234", "1.23K"), ("-5600000", "-5.6M"), ("999999999999", "1e+03B"), ("0.5", "0.5")],
)
def test_an_amount_in_a_chart_has_three_digits(amount: str, text: str) -> None:
    assert compact(Decimal(amount)) == text


def test_runs_are_told_by_their_spans() -> None:
    assert [span(numbers) for numbers in ((), (7,), (1, 2, 3), (4, 1, 2, 9))] == ["none", "7", "1–3", "1–2, 4, 9"]


def test_a_rate_that_goes_on_for_ever_is_told_with_six_decimals(small: str) -> None:
    page = page_of(small, asked=Asked("EUR", where="owner = 'ann'"))
    assert "1 USD ≈ 0.833333 EUR" in page
    assert "<dd>where owner = &#39;ann&#39;</dd>" in page


def test_statuses_of_ones_own_have_their_own_colours_wherever_the_closed_ones_stand(sqlite: str) -> None:
    statuses = (
        Status("won", "Won", Decimal(1), "won"),
        Status("lost", "Lost", Decimal(0), "lost"),
        Status("first", "First & only", Decimal("0.3"), "open"),
    )
    settings = replace(IN_DOLLARS, statuses=statuses)
    import_rows(sqlite, an_opportunity(status="first", probability=""), settings=settings)
    page = page_of(sqlite, settings=settings)
    assert "--open-0:" in page
    assert "--status-2: var(--open-0);" in page
    assert "First &amp; only" in page
