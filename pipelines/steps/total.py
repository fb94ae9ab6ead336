"""The money of a batch: exact sums per currency of everything it says, rejected or not."""

from collections import defaultdict
from collections.abc import Mapping as Dictionary
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import AMOUNTS
from schemas.folding import folded_word
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
    """Every amount of the rows (n) by its currency; by what the cell says, in capitals, where that is no currency."""
    money = no_money()
    for amount, currency in AMOUNTS.items():
        if amount not in mapping.positions:
            continue
        if currency not in rows.column_names:
            money[UNSAID] += pc.sum(rows[amount]).as_py() or Decimal(0)
            continue
        said = pc.coalesce(rows[currency], _said(raw, mapping, currency, base_currency))
        sums = pa.table({"said": said, "amount": rows[amount]}).group_by("said").aggregate([("amount", "sum")])
        for name, amount_sum in zip(sums["said"].to_pylist(), sums["amount_sum"].to_pylist(), strict=True):
            if amount_sum is not None:
                money[name] += amount_sum
    return money


def _said(raw: RawBatch, mapping: Mapping, currency: str, base_currency: str) -> pa.Array | pa.Scalar:
    """What the cells of a currency column say, for cells that were read as no currency of their own."""
    position = mapping.positions.get(currency)
    if position is None:
        return pa.scalar(base_currency)
    encoded = raw.cells.column(position).dictionary_encode()
    meant = mapping.layout.currencies
    names = [meant.get(folded_word(text)) or text.strip().upper() for text in encoded.dictionary.to_pylist()]
    base = {folded for folded, code in meant.items() if not code}
    words = zip(names, encoded.dictionary.to_pylist(), strict=True)
    named = [base_currency if not name or folded_word(text) in base else name for name, text in words]
    return pa.array(named, pa.string()).take(encoded.indices)
