"""The page of the pipeline in a browser: search, filters, order, board, accounts, on a desk, a phone and on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, Page
from tests.build import IN_DOLLARS
from tests.reports.pages import NASTY, a_pipeline, many_deals, page_of, write_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SUMS = "#sums"
NAMES = "#shown .rows tbody .c-name"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the small pipeline."""
    folder = tmp_path_factory.mktemp("page")
    a_pipeline(f"sqlite:///{folder / 'deals.db'}")
    return write_page(folder / "page.html", page_of(f"sqlite:///{folder / 'deals.db'}"))


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 5,000 open deals."""
    folder = tmp_path_factory.mktemp("large")
    many_deals(f"sqlite:///{folder / 'deals.db'}")
    return write_page(folder / "page.html", page_of(f"sqlite:///{folder / 'deals.db'}", settings=IN_DOLLARS))


@pytest.fixture
def page(chromium: Browser, file: Path) -> Iterator[Page]:
    """The page of the small pipeline, opened; nothing may have gone wrong when it is closed."""
    opened = Page(chromium, file)
    yield opened
    assert opened.complaints() == []
    assert opened.requests() == [file.as_uri()]
    opened.close()


def opened_at(page: Page, address: str) -> None:
    page.ask(f"location.hash = {address!r}")
    page.wait("!document.getElementById('place').hidden")


def test_the_sum_of_what_is_shown_is_exact(page: Page) -> None:
    assert page.text(SUMS) == "7 deals · 100,000,000,003,900.79 USD · weighted 10,000,000,002,460.47"


def test_deals_are_found_as_one_types_without_accents_and_capitals(page: Page) -> None:
    page.enter("search", "arzte")
    assert page.texts(NAMES) == ["Ärzteportal"]
    page.enter("search", "ACME ann")
    assert page.texts(NAMES) == ["Website", "=1+1"]
    page.enter("search", "nobody's")
    assert page.text("#shown tbody") == "Nothing fits these filters."
    assert page.text(SUMS) == "0 of 7 deals · 0.00 USD · weighted 0.00"


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"status": "4"}, ["Ärzteportal", "Portal", "العقد السنوي"]),
        ({"owner": "=ann"}, ["Website", NASTY, "=1+1"]),
        ({"owner": "none"}, ["العقد السنوي"]),
        ({"month": "2026-12"}, ["Huge", "Website", "Portal"]),
        ({"month": "none"}, ["العقد السنوي"]),
        ({"account": "søhne"}, []),
        ({"account": "sohne"}, [NASTY]),
        ({"owner": "=bob", "status": "4", "month": "2026-12"}, ["Portal"]),
    ],
    ids=str,
)
def test_filters_leave_the_deals_that_fit_all_of_them(page: Page, filters: dict[str, str], names: list[str]) -> None:
    for name, value in filters.items():
        page.enter(name, value)
    assert page.texts(NAMES) == (names or [])


def test_overdue_deals_are_marked_and_can_be_asked_for(page: Page) -> None:
    page.ask("document.querySelector('[name=overdue]').click()")
    assert page.texts("#shown .c-close") == ["Close date", "Nov 2, 2026\noverdue", "Nov 23, 2026\noverdue"]
    page.click("button[type=reset]")
    page.wait("document.getElementById('sums').innerText.startsWith('7 deals')")


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("name", NASTY, "العقد السنوي"),
        ("close", "Ärzteportal", "العقد السنوي"),
        ("amount", "Huge", "العقد السنوي"),
        ("owner", "Website", "العقد السنوي"),
        ("weighted", "Huge", "العقد السنوي"),
    ],
)
def test_each_heading_sorts_and_nothing_comes_last(page: Page, key: str, first: str, last: str) -> None:
    heading = f"#shown th[data-key={key}]"
    if key != "amount":  # by which the table is sorted already
        page.click(f"{heading} button")
    names = page.texts(NAMES)
    assert (names[0], names[-1]) == (first, last)
    before = page.ask(f"document.querySelector('{heading}').ariaSort")
    page.click(f"{heading} button")
    assert {before, page.ask(f"document.querySelector('{heading}').ariaSort")} == {"ascending", "descending"}
    assert page.ask("document.querySelectorAll('#shown th[aria-sort=none]').length") == 7
    if key != "name":
        assert page.texts(NAMES)[-1] == last


def test_the_board_has_a_lane_for_each_open_status_with_its_sums(page: Page) -> None:
    page.click("[data-view=board]")
    assert page.texts(".lane header") == [
        "Open\n3 deals · 100,000,000,001,000.29\nweighted 10,000,000,000,500.07",
        "Identification & Alignment\n0 deals · 0.00\nweighted 0.00",
        "Needs Analysis\n1 deal · 600.00\nweighted 120.00",
        "Solution Development\n0 deals · 0.00\nweighted 0.00",
        "Negotiation\n3 deals · 2,300.50\nweighted 1,840.40",
    ]
    assert page.texts(".lane:last-child .card")[0].split("\n") == [
        "Ärzteportal", "Østfold Klinikk", "2,000.20", "80%", "Nov 2, 2026 · overdue",
    ]  # fmt: skip
    page.enter("owner", "=ann")
    assert [len(text) for text in (page.texts(".card"), page.texts(".card.is-late"))] == [3, 1]


def test_an_account_has_a_page_with_its_closed_deals_and_the_way_back(page: Page) -> None:
    page.enter("search", "acme")
    page.click("#shown .rows tbody a")
    page.wait("!document.getElementById('place').hidden")
    assert page.text(".place-name") == "Acme"
    assert page.ask("document.activeElement.className") == "place-name"
    assert page.ask("document.title") == "Acme – Sales pipeline"
    assert page.texts("#place .figure") == [
        "Open pipeline\n1,300.60\n3 deals",
        "Weighted pipeline\n740.31\n1 deal overdue",
        "Won\n650.50\n1 deal",
        "Win rate\n50.0%\nof 2 closed",
    ]
    assert page.texts("#place tbody .c-name") == ["Website", "=1+1", "Portal", "Sold", "Gone"]
    page.ask("history.back()")
    page.wait("document.getElementById('place').hidden")
    assert page.texts(NAMES) == ["Website", "Portal", "=1+1"]  # as it was left
    assert page.ask("document.activeElement.innerText") == "Acme"


def test_a_customer_has_a_page_and_an_unknown_name_says_so(page: Page) -> None:
    opened_at(page, "#customer=Acme%20West")
    assert page.texts("#place tbody tr th") == ["Portal"]
    opened_at(page, "#account=M%C3%BCller%20%26%20%3Cb%3ES%C3%B6hne%3C%2Fb%3E")
    page.wait("document.querySelector('.place-name').innerText.startsWith('Müller')")
    assert page.text(".place-name") == "Müller & <b>Söhne</b>"
    opened_at(page, "#account=100%")
    page.wait("document.querySelector('.place-name').innerText === '100%'")
    assert page.text("#place .empty") == "Nothing is known under this name."


def test_accounts_are_a_table_with_what_is_open_and_what_was_won(page: Page) -> None:
    page.click("[data-view=places]")
    page.enter("search", "acme")
    assert page.texts("#shown tbody tr") == ["Acme\t3\t1,300.60\t740.31\t1\t650.50"]


def test_names_are_texts_each_in_its_own_direction(page: Page) -> None:
    page.enter("search", "script")
    assert page.texts(NAMES) == [NASTY]
    assert page.ask("document.querySelectorAll('main script, main b').length") == 0
    page.enter("search", "العقد")
    assert page.ask("getComputedStyle(document.querySelector('.rows tbody bdi')).unicodeBidi") == "isolate"


def test_the_figures_are_told_with_what_they_were_then(page: Page) -> None:
    assert page.texts("main .figures .figure")[2:] == [
        "Deals open\n7\n▼ -1 (-12.5%)",
        "Win rate\n50.0%\nnone closed then\nof the deals closed within a year",
        "Won this month\n651\n▲ +651\n1 deal",
        "Lost this month\n80\n▲ +80\n1 deal",
        "Overdue\n2,000\n▲ +2,000\n2 deals",
    ]


@pytest.mark.parametrize(
    ("locale", "amount", "day"),
    [("de-DE", "2.000,20", "02.11.2026"), ("fr-CH", "2 000,20", "2 nov. 2026"), ("en-GB", "2,000.20", "2 Nov 2026")],
)
def test_numbers_and_days_are_the_readers(chromium: Browser, file: Path, locale: str, amount: str, day: str) -> None:
    page = Page(chromium, file, locale=locale)
    page.enter("search", "arzte")
    shown = " ".join(page.text("#shown tbody").replace("\u202f", " ").replace("\xa0", " ").split())
    assert amount in shown
    assert day in shown
    page.close()


def test_a_part_of_a_bar_leads_to_its_deals_and_tells_its_amount(page: Page) -> None:
    part = ".chart-months .wide [data-tip='Negotiation'][data-name='2026-12']"
    assert page.ask(f'document.querySelector("{part} title").textContent') == "Dec 2026, Negotiation: 240.24 USD"
    page.ask(f"document.querySelector(\"{part}\").dispatchEvent(new MouseEvent('click', {{bubbles: true}}))")
    assert page.texts(NAMES) == ["Portal"]


def test_what_is_shown_is_saved_as_csv_without_formulas(page: Page) -> None:
    page.ask("URL.createObjectURL = (blob) => { window.saved = blob; return 'data:,'; }")
    page.enter("search", "acme")
    page.enter("owner", "=ann")
    page.click("#save")
    assert page.ask("window.saved.text()").removeprefix("\ufeff").split("\r\n") == [
        "name,account,customer,status,owner,close_date,probability,amount,currency",
        '"Website","Acme","","Open","ann",2026-12-24,0.500000,1000.1000,USD',
        '"\'=1+1","Acme","","Open","ann",2026-11-23,0.100000,0.2000,USD',
        "",
    ]


def test_the_switch_turns_the_page_dark_and_light_again(page: Page) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    dark = page.ask(ground)
    page.click("#theme")
    light = page.ask(ground)
    page.click("#theme")
    assert (dark, light, page.ask(ground)) == ("rgb(20, 23, 28)", "rgb(245, 246, 248)", "rgb(20, 23, 28)")


def test_a_phone_shows_all_of_it_without_scrolling_sideways(chromium: Browser, file: Path) -> None:
    page = Page(chromium, file, (390, 844))
    for view in ("table", "board", "places"):
        page.click(f"[data-view={view}]")
        assert page.ask("document.documentElement.scrollWidth") == 390
    assert page.ask("document.querySelector('figure .narrow').checkVisibility()")
    assert not page.ask("document.querySelector('figure .wide').checkVisibility()")
    page.click("[data-view=table]")
    page.ask("(() => { const by = document.querySelector('.sort-by select'); by.value = 'close';"
             "by.dispatchEvent(new Event('change')); })()")  # fmt: skip
    assert page.texts(NAMES)[0] == "Ärzteportal"
    page.close()


def test_paper_has_the_figures_the_charts_and_the_top_of_the_table_but_no_controls(
    chromium: Browser, large_file: Path
) -> None:
    page = Page(chromium, large_file)
    page.call("Emulation.setEmulatedMedia", media="print")
    shown = "[...document.querySelectorAll({!r})].filter((e) => e.checkVisibility()).length"
    assert page.ask(shown.format("button, select, input, .pager")) == 8  # the headings of the table
    assert page.ask(shown.format("figure .wide svg")) == 3
    assert page.ask(shown.format("#shown tbody tr")) == 25
    page.close()


def test_who_sees_nothing_hears_what_every_part_is(page: Page) -> None:
    page.call("Accessibility.enable")
    for view in ("table", "board", "places"):
        page.click(f"[data-view={view}]")
        nodes: list[dict[str, Any]] = page.call("Accessibility.getFullAXTree")["nodes"]
        parts = [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes if not one["ignored"]]
        named = {"button", "textbox", "searchbox", "combobox", "checkbox", "link", "region", "table", "image", "search"}
        assert [role for role, name in parts if role in named and not name] == []
        assert {"main", "banner", "region", "search", "status", "heading"} <= {role for role, _ in parts}
    images = [name for role, name in parts if role == "image"]  # a chart is one image with a text
    assert len(images) == 4
    assert [name.endswith("The numbers are in the table below.") for name in images] == [True] * 4


def test_without_scripts_the_figures_and_charts_are_there(chromium: Browser, file: Path) -> None:
    page = Page(chromium, file)
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.call("Page.reload")
    page.wait("document.querySelector('noscript p')?.checkVisibility()")
    assert page.text(".figure .value") == "100,000,000,003,901"
    assert page.text(".facts dd") == "24 Nov 2026"
    page.close()


def test_5000_deals_load_and_are_filtered_within_a_second(chromium: Browser, large_file: Path) -> None:
    page = Page(chromium, large_file)
    assert page.text(SUMS).startswith("5,000 deals")
    assert page.ask("performance.getEntriesByType('navigation')[0].domComplete") < 1000
    search = "document.querySelector('[name=search]')"
    for action in (
        f"{search}.value = 'system 49'; {search}.dispatchEvent(new Event('input', {{bubbles: true}}))",
        "document.querySelector('[data-view=board]').click()",
        "document.querySelector('[data-view=places]').click()",
    ):
        drawn = "requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)))"
        timed = f"new Promise((done) => {{ const start = performance.now(); {action}; {drawn}; }})"
        assert page.ask(timed) < 1000
    page.close()


def test_rows_are_turned_page_by_page_and_cards_are_shown_50_at_a_time(chromium: Browser, large_file: Path) -> None:
    page = Page(chromium, large_file)
    first = page.texts(NAMES)
    assert (len(first), page.text(".pager span")) == (50, "Page 1 of 100")
    page.click(".pager button:last-child")
    assert page.text(".pager span") == "Page 2 of 100"
    assert not set(first) & set(page.texts(NAMES))
    page.click("[data-view=board]")
    assert page.ask("document.querySelectorAll('.lane:first-child .card').length") == 50
    assert page.text(".lane:first-child .more-cards") == "950 more"
    page.click(".lane:first-child .more-cards")
    assert page.ask("document.querySelectorAll('.lane:first-child .card').length") == 100
    page.close()
