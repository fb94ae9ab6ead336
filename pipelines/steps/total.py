"""The money of a batch: exact sums per currency of everything it says, rejected or not."""

from collections import defaultdict
from collections.abc import Mapping as Dictionary
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import AMOUNTS
from schemas.mapping import Mapping
from schemas.raw import RawBatch

Money = defaultdict[str, Decimal]
UNSAID = ""
"""Stands for the currency of amounts in a file that has no header for it."""


def no_money() -> Money:
    """Nothing in any currency."""
    return defaultdict(Decimal)


def add_money(total: Money, more: Dictionary[str, Decimal]) -> None:
    """Add sums to sums, currency by currency."""
    for currency, amount in more.items():
        total[currency] += amount


def total(rows: pa.Table, raw: RawBatch, mapping: Mapping, base_currency: str) -> Money:
    """Every amount of the rows (n) by the currency its cell says, in capitals; a blank one means the base currency."""
    money = no_money()
    for amount, currency in AMOUNTS.items():
        if amount not in mapping.positions:
            continue
        position = mapping.positions.get(currency)
        if position is None:
            money[UNSAID] += pc.sum(rows[amount]).as_py() or Decimal(0)
            continue
        said = raw.cells.column(position).dictionary_encode()
        names = [text.strip().upper() or base_currency for text in said.dictionary.to_pylist()]
        sums = pa.table({"said": said.indices, "amount": rows[amount]}).group_by("said").aggregate([("amount", "sum")])
        for index, amount_sum in zip(sums["said"].to_pylist(), sums["amount_sum"].to_pylist(), strict=True):
            if amount_sum is not None:
                money[names[index]] += amount_sum
    return money
