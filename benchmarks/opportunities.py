"""Writes made-up opportunities as OroCRM exports them: the same file for the same delivery, in flat memory."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import words

Cells = np.ndarray[Any, np.dtype[np.object_]]
Random = np.random.Generator

BLOCK_ROWS = 50_000
LAST_OWNER = 120
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

STATUS_SHARES = (0.17, 0.16, 0.15, 0.12, 0.10, 0.17, 0.13)
STATUS_PERCENT = np.array([12, 22, 38, 52, 74, 100, 0])
WON = words.STATUSES.index("won")
CURRENCY_SHARES = (0.45, 0.28, 0.11, 0.07, 0.05, 0.04)


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
    """Write a delivery to a CSV file; seed and rows fix all that is neither bad nor changed."""
    accounts = account_names(max(1, delivery.rows // 20))
    popularity = np.cumsum((np.arange(len(accounts)) + 3.0) ** -0.85)
    popularity /= popularity[-1]
    written = Written()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADERS)
        for number, start in enumerate(range(0, delivery.rows, BLOCK_ROWS)):
            count = min(BLOCK_ROWS, delivery.rows - start)
            chosen, change, spoil = (np.random.default_rng([delivery.seed, number, use]) for use in range(3))
            columns = opportunities(
                chosen, start + 1, accounts[np.searchsorted(popularity, chosen.random(count))]
            )
            written.changed += change_rows(columns, change.random(count) < delivery.changed_percent / 100)
            written.bad += spoil_rows(columns, spoil.random(count) < delivery.bad_percent / 100, start)
            writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
            written.rows += count
    return written


def account_names(count: int) -> Cells:
    """Different company names; beyond half a million, fewer than asked for."""
    lists = (words.STEMS, words.TRADES, words.FORMS, words.PLACES)
    shape = [len(names) for names in lists]
    total = int(np.prod(shape))
    # a stride without a common factor visits every combination once, neighbours far apart
    places = np.unravel_index(np.arange(min(count, total)) * 300_007 % total, shape)
    parts = (_cells(names)[place] for names, place in zip(lists, places, strict=True))
    return _cells([" ".join(name) for name in zip(*parts, strict=True)])


def opportunities(random: Random, first: int, accounts: Cells) -> list[Cells]:
    """The columns of good rows, one for each account given, numbered from the first."""
    count = len(accounts)
    status = random.choice(len(words.STATUSES), count, p=STATUS_SHARES)
    is_open = status < WON
    percent = STATUS_PERCENT[status] + np.where(is_open, random.integers(-8, 9, count), 0)
    cents = np.clip(np.exp(random.normal(12.9, 1.35, count)), 5_000, 9e10).astype(np.int64)
    revenue = cents * random.integers(70, 111, count) // 100
    currency = _cells(words.CURRENCIES)[random.choice(len(words.CURRENCIES), count, p=CURRENCY_SHARES)]
    empty = random.random((8, count)) < 0.1
    has_revenue = (status == WON) & ~empty[0]
    tags = _cells([f"{one};{two}" if one != two else one for one in words.TAGS for two in words.TAGS])
    names = zip(
        _any(random, words.DEALS, count),
        _any(random, words.THINGS, count),
        range(first, first + count),
        strict=True,
    )
    days = np.datetime64("2024-01-01") + np.arange(4 * 365)
    columns = [
        _cells([f"{deal} {thing} {number:08d}" for deal, thing, number in names]),
        _any(random, np.datetime_as_string(days).tolist(), count),
        _cells(percent.astype(str).tolist()),
        np.where(empty[1], "", _money(cents)),
        np.where(empty[1], "", currency),
        np.where(has_revenue, _money(revenue), ""),
        np.where(has_revenue, currency, ""),
        np.where(empty[2], "", _any(random, words.NEEDS, count)),
        _cells(words.STATUSES)[status],
        np.where(is_open | empty[3], "", _any(random, words.REASONS, count)),
        np.where(empty[4], "", _any(random, words.FIRST_NAMES, count)),
        np.where(empty[5], "", _any(random, words.LAST_NAMES, count)),
        np.where(empty[6], "", _any(random, [f"user{number:03d}" for number in range(LAST_OWNER)], count)),
        accounts,
        np.where(empty[7], "", _any(random, tags.tolist(), count)),
    ]
    _make_tricky(random, columns)
    return columns


def _make_tricky(random: Random, columns: list[Cells]) -> None:
    for row in np.flatnonzero(random.random(len(columns[NAME])) < 0.02).tolist():
        text = words.TRICKY[int(random.integers(len(words.TRICKY)))]
        if random.random() < 0.25:
            columns[NAME][row] += f', "{text.split()[0].strip(chr(34))}" für Malmö'
        else:
            columns[NEED][row] = text


def change_rows(columns: Sequence[Cells], chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> int:
    """Give the chosen rows another owner, amount and probability (a closed one keeps 0 or 100); their number."""
    rows = np.flatnonzero(chosen).tolist()
    for row in rows:
        columns[OWNER][row] = f"user{LAST_OWNER}"
        if columns[AMOUNT][row]:
            columns[AMOUNT][row] = str(Decimal(columns[AMOUNT][row]) + Decimal("123.45"))
        if columns[STATUS][row] not in ("won", "lost"):
            columns[PROBABILITY][row] = str(int(columns[PROBABILITY][row]) + 1)
    return len(rows)


def spoil_rows(columns: Sequence[Cells], chosen: np.ndarray[Any, np.dtype[np.bool_]], start: int) -> int:
    """Give each of the chosen rows one defect, the kinds in turn; their number."""
    rows = np.flatnonzero(chosen).tolist()
    for turn, row in enumerate(rows, start):
        amount, currency = columns[AMOUNT][row] or "250.00", columns[CURRENCY][row] or "EUR"
        defects = [
            {CLOSE_DATE: words.BAD_DATES[row % len(words.BAD_DATES)]},
            {AMOUNT: f"-{amount}", CURRENCY: currency},
            {STATUS: words.BAD_STATUSES[row % len(words.BAD_STATUSES)]},
            {AMOUNT: amount, CURRENCY: words.BAD_CURRENCIES[row % len(words.BAD_CURRENCIES)]},
            {NAME: ""},
        ]
        for column, cell in defects[turn % len(defects)].items():
            columns[column][row] = cell
    return len(rows)


def _cells(texts: list[str]) -> Cells:
    return np.array(texts, dtype=object)


def _any(random: Random, texts: list[str], count: int) -> Cells:
    return _cells(texts)[random.integers(0, len(texts), count)]


def _money(cents: np.ndarray[Any, np.dtype[np.int64]]) -> Cells:
    return _cells(
        [
            f"{whole}.{rest:02d}"
            for whole, rest in zip(*map(np.ndarray.tolist, np.divmod(cents, 100)), strict=True)
        ]
    )
