"""Writes made-up opportunities as OroCRM exports them: the same bytes for the same delivery, in flat memory."""

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

Cells = np.ndarray[Any, np.dtype[np.object_]]
Random = np.random.Generator
Chosen = np.ndarray[Any, np.dtype[np.bool_]]

BLOCK_ROWS = 50_000
OWNERS = [f"user{number:03d}" for number in range(121)]
"""The last one owns changed rows only."""
HEADERS = (
    "Opportunity name",
    "Expected close date",
    "Probability",
    "Budget Amount",
    "Budget Amount Currency",
    "Close revenue",
    "Close revenue Currency",
    "Customer need",
    "Status Id",
    "Close reason Name",
    "Contact First name",
    "Contact Last name",
    "Owner Username",
    "Customer Account Account name",
    "Tags",
)
NAME, CLOSE_DATE, PROBABILITY, AMOUNT, CURRENCY, NEED, STATUS, OWNER = 0, 1, 2, 3, 4, 7, 8, 12

WORDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
STATUS_SHARES = (0.17, 0.16, 0.15, 0.12, 0.10, 0.17, 0.13)
STATUS_PERCENT = np.array([12, 22, 38, 52, 74, 100, 0])
WON = WORDS["statuses"].index("won")
CURRENCY_SHARES = (0.45, 0.28, 0.11, 0.07, 0.05, 0.04)
EMPTY_SHARE = 0.1
TRICKY_SHARE, TRICKY_NAME_SHARE = 0.02, 0.25


@dataclass(frozen=True)
class Delivery:
    """What a file holds; a bad row has one defect, a changed one another owner, amount and probability."""

    rows: int
    bad_percent: float = 0
    changed_percent: float = 0
    seed: int = 11


@dataclass
class Written:
    """How many rows a file has, and how many of them are bad or changed."""

    rows: int = 0
    bad: int = 0
    changed: int = 0


def write_opportunities(path: Path, delivery: Delivery) -> Written:
    """Write a delivery to a CSV file; seed and rows settle all that is neither bad nor changed."""
    accounts = account_names(max(1, delivery.rows // 20))
    popularity = np.cumsum((np.arange(len(accounts)) + 3.0) ** -0.85)
    popularity /= popularity[-1]
    written = Written()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADERS)
        for block, start in enumerate(range(0, delivery.rows, BLOCK_ROWS)):
            count = min(BLOCK_ROWS, delivery.rows - start)
            random, change, spoil = (np.random.default_rng([delivery.seed, block, use]) for use in range(3))
            columns = good_rows(random, start + 1, accounts[np.searchsorted(popularity, random.random(count))])
            written.changed += change_rows(columns, change.random(count) < delivery.changed_percent / 100)
            written.bad += spoil_rows(columns, spoil.random(count) < delivery.bad_percent / 100)
            writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
            written.rows += count
    return written


def account_names(count: int) -> Cells:
    """Different company names; never more than half a million."""
    lists = [WORDS[part] for part in ("stems", "trades", "forms", "places")]
    shape = [len(words) for words in lists]
    total = int(np.prod(shape))
    # a stride that shares no factor with the total meets every combination once, and mixes the words
    places = np.unravel_index(np.arange(min(count, total)) * 300_007 % total, shape)
    parts = (_cells(words)[place] for words, place in zip(lists, places, strict=True))
    return _cells([" ".join(name) for name in zip(*parts, strict=True)])


def good_rows(random: Random, first: int, accounts: Cells) -> list[Cells]:
    """The columns of good rows, one row for each account given; names carry the number, counted from the first."""
    count = len(accounts)
    status = random.choice(len(STATUS_SHARES), count, p=STATUS_SHARES)
    is_open = status < WON
    percent = STATUS_PERCENT[status] + np.where(is_open, random.integers(-8, 9, count), 0)
    cents = np.clip(np.exp(random.normal(12.9, 1.35, count)), 5_000, 9e10).astype(np.int64)
    revenue = cents * random.integers(70, 111, count) // 100
    currency = _cells(WORDS["currencies"])[random.choice(len(CURRENCY_SHARES), count, p=CURRENCY_SHARES)]
    empty = random.random((8, count)) < EMPTY_SHARE
    has_revenue = (status == WON) & ~empty[0]
    tags = [f"{one};{two}" if one != two else one for one in WORDS["tags"] for two in WORDS["tags"]]
    named = enumerate(
        zip(_any(random, WORDS["deals"], count), _any(random, WORDS["things"], count), strict=True), first
    )
    days = np.datetime64("2024-01-01") + np.arange(4 * 365)
    columns = [
        _cells([f"{deal} {thing} {number:08d}" for number, (deal, thing) in named]),
        _any(random, np.datetime_as_string(days).tolist(), count),
        _cells(percent.astype(str).tolist()),
        np.where(empty[1], "", _money(cents)),
        np.where(empty[1], "", currency),
        np.where(has_revenue, _money(revenue), ""),
        np.where(has_revenue, currency, ""),
        np.where(empty[2], "", _any(random, WORDS["needs"], count)),
        _cells(WORDS["statuses"])[status],
        np.where(is_open | empty[3], "", _any(random, WORDS["reasons"], count)),
        np.where(empty[4], "", _any(random, WORDS["first_names"], count)),
        np.where(empty[5], "", _any(random, WORDS["last_names"], count)),
        np.where(empty[6], "", _any(random, OWNERS[:-1], count)),
        accounts,
        np.where(empty[7], "", _any(random, tags, count)),
    ]
    _make_tricky(random, columns)
    return columns


def _make_tricky(random: Random, columns: list[Cells]) -> None:
    for row in np.flatnonzero(random.random(len(columns[NAME])) < TRICKY_SHARE).tolist():
        if random.random() < TRICKY_NAME_SHARE:
            columns[NAME][row] += ', "zweite Wahl" für Malmö'
        else:
            columns[NEED][row] = WORDS["tricky"][int(random.integers(len(WORDS["tricky"])))]


def change_rows(columns: Sequence[Cells], chosen: Chosen) -> int:
    """Give rows another owner, amount (where there is one) and probability (where open); how many."""
    rows = np.flatnonzero(chosen).tolist()
    for row in rows:
        columns[OWNER][row] = OWNERS[-1]
        if columns[AMOUNT][row]:
            columns[AMOUNT][row] = str(Decimal(columns[AMOUNT][row]) + Decimal("123.45"))
        if columns[STATUS][row] not in ("won", "lost"):
            columns[PROBABILITY][row] = str(int(columns[PROBABILITY][row]) + 1)
    return len(rows)


def spoil_rows(columns: Sequence[Cells], chosen: Chosen) -> int:
    """Give rows one defect each, the kinds in turn; how many."""
    dates, statuses, currencies = (WORDS[f"bad_{what}"] for what in ("dates", "statuses", "currencies"))
    rows = np.flatnonzero(chosen).tolist()
    for turn, row in enumerate(rows):
        amount, currency = columns[AMOUNT][row] or "250.00", columns[CURRENCY][row] or "EUR"
        defects = (
            {CLOSE_DATE: dates[row % len(dates)]},
            {AMOUNT: f"-{amount}", CURRENCY: currency},
            {STATUS: statuses[row % len(statuses)]},
            {AMOUNT: amount, CURRENCY: currencies[row % len(currencies)]},
            {NAME: ""},
        )
        for column, cell in defects[turn % len(defects)].items():
            columns[column][row] = cell
    return len(rows)


def _cells(texts: list[str]) -> Cells:
    return np.array(texts, dtype=object)


def _any(random: Random, texts: list[str], count: int) -> Cells:
    return _cells(texts)[random.integers(0, len(texts), count)]


def _money(cents: np.ndarray[Any, np.dtype[np.int64]]) -> Cells:
    whole, rest = np.divmod(cents, 100)
    return _cells([f"{w}.{r:02d}" for w, r in zip(whole.tolist(), rest.tolist(), strict=True)])
