"""Merges judged rows into the database in one transaction: stage, lock, name, settle, match, refuse, write, balance."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, func, insert, select

from connectors import databases
from pipelines.ahead import ahead
from pipelines.merge.accounts import NamesInOrder, resolve_accounts
from pipelines.merge.balancing import Sums, require_balance, said_currencies, stored_money, sums
from pipelines.merge.matching import match, tell_accounts_by_customer
from pipelines.merge.missing import Missing, Seen, settle_missing
from pipelines.merge.refusing import refuse
from pipelines.merge.repeating import Repeated, settle_repeated
from pipelines.merge.staging import Merge, staged_fields, temporary_tables
from pipelines.merge.writing import Written, write
from pipelines.questions.rates_in_use import stored_rates
from pipelines.steps.key import name_keys, own_keys, repeated
from pipelines.steps.total import Money, add_money
from schemas.entities import Entity
from schemas.settings import Settings
from schemas.tables import opportunity

BESIDES = ("shown_row", "fingerprint")
"""What a file may hold of its rows besides their fields."""
LARGE_PART = 20
"""A file is a large part of what is stored when it has more than a twentieth of its rows."""


@dataclass
class Keys:
    """The rows that were staged, their keys, the accounts they name, and the days on which rows may be closed."""

    rows: list[Sequence[int]] = field(default_factory=list)
    by_name: list[np.ndarray] = field(default_factory=list)
    own: list[np.ndarray] = field(default_factory=list)
    meant: list[np.ndarray] = field(default_factory=list)
    accounts: NamesInOrder = field(default_factory=NamesInOrder)
    closing_days: set[date] = field(default_factory=set)

    def count(self) -> int:
        """How many rows were staged."""
        return sum(map(len, self.rows))

    def candidates(self, *, with_ids: bool) -> list[int]:
        """The rows that may stand in the file more than once."""
        indices = repeated(self.own)
        if with_ids:
            indices = np.union1d(indices, repeated(self.by_name))
        indices = np.union1d(indices, repeated(self.meant))
        found: list[int] = []
        start = 0
        for rows in self.rows:
            first, last = np.searchsorted(indices, (start, start + len(rows)))
            found += [int(rows[index - start]) for index in indices[first:last]]
            start += len(rows)
        return found


def stage_rows(
    connection: Connection, batches: Iterable[pa.Table], given: list[str], settings: Settings, merge: Merge
) -> Keys:
    """Put the good rows of a file into the stage table while the next batch is judged; gives their keys."""
    keys = Keys()
    columns = ["row", *staged_fields(merge.entity, given)]
    names, of_accounts = merge.entity.noun.identity, merge.entity.account
    dated = "closed_at" in given or settings.closing_rate == "close_date"
    optional = (["closing_day"] if dated else []) + (["shown_row"] if merge.has("shown_row") else [])
    optional += ["meant_id", "meant_run"] if merge.has("fingerprint") else []

    def prepared() -> Iterable[pa.Table]:
        for good in batches:
            rows = good
            by_name = name_keys(rows, names)
            keys.rows.append(_compact(rows["row"]))
            keys.by_name.append(by_name if "source_id" in given else by_name[:0])
            keys.own.append(own_keys(rows, by_name))
            if merge.has("fingerprint"):
                keys.meant.append(np.asarray(pc.coalesce(rows["meant_id"], pa.array(keys.own[-1]))))
            if of_accounts in given:
                keys.accounts.add(rows[of_accounts])
            elif "account" in columns:
                rows = rows.append_column("account", pa.nulls(len(rows), pa.string()))
            if dated:
                rows = rows.append_column("closing_day", _closing_days(rows, settings, merge.today))
                keys.closing_days.update(day for day in rows["closing_day"].unique().to_pylist() if day)
            yield rows

    databases.stage(connection, "stage", columns + optional, ahead(prepared()))
    return keys


def _compact(rows: pa.ChunkedArray) -> Sequence[int]:
    """Row numbers without a gap as a range, which takes no room; else as they are."""
    numbers: Sequence[int] = np.asarray(rows)  # type: ignore[assignment]  # an array is a sequence of its numbers
    if len(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1:
        return range(numbers[0], numbers[-1] + 1)
    return numbers


def _closing_days(rows: pa.Table, settings: Settings, today: date) -> pa.Array:
    """The day whose rate a closing takes: that of closed_at, else (as set) a past close date; null means the run's."""
    days = pa.nulls(len(rows), pa.date32())
    if settings.closing_rate == "close_date" and "close_date" in rows.column_names:
        closed = (
            pc.is_in(rows["status"], pa.array(settings.ids("won", "lost"))) if "status" in rows.column_names else True
        )
        past = pc.less_equal(rows["close_date"], pa.scalar(today, pa.date32()))
        days = pc.if_else(pc.and_(pc.fill_null(past, False), closed), rows["close_date"], None)
    if "closed_at" in rows.column_names:
        days = pc.coalesce(rows["closed_at"].cast(pa.date32(), safe=False), days)
    return days


def _fill_closing_rates(connection: Connection, merge: Merge, days: set[date]) -> bool:
    """Put the rate of every enabled currency, for each day a row may be closed on, into SQL; whether all exist."""
    book = stored_rates(connection)
    base, oldest = merge.settings.base_currency, merge.settings.max_rate_age_days
    lines = []
    for code in merge.settings.currencies:
        for day in sorted(days | {merge.today}):
            quote = book.quote(code, base, day, oldest)
            if quote is not None:
                lines.append({"currency": code, "day": day, "rate": quote.rate, "rate_day": quote.day})
    connection.execute(insert(merge.closing_rate), lines)
    return len(lines) == len(merge.settings.currencies) * len(days | {merge.today})


def new_merge(connection: Connection, entity: Entity, given: list[str], **facts: Any) -> Merge:
    """A merge on fresh temporary tables."""
    tables = temporary_tables(connection, entity, [f for f in given if f not in BESIDES])
    return Merge(entity, frozenset(given), *tables, **facts)


def end_merge(connection: Connection, merge: Merge) -> None:
    """Drop the temporary tables of a merge, so that another one can follow in the same transaction."""
    for table in (merge.stage, merge.match, merge.change, merge.closing_rate, merge.account_name):
        table.drop(connection)


@dataclass
class Merged:
    """What the staged rows became, and what of them was refused."""

    written: Written
    repeated: Repeated
    problems: list[Any]
    rejected: Money
    missing: Missing | None


class Snapshot(NamedTuple):
    """What becomes of missing deals, the ids of rows refused before the merge, and how many such rows have none."""

    policy: str
    refused_ids: Collection[str]
    without_id: int


def merge_staged(
    connection: Connection, merge: Merge, keys: Keys, duplicates: str, snapshot: Snapshot | None = None
) -> Merged:
    """Store the staged rows; the caller holds the lock."""
    table = merge.entity.table
    seen = Seen(connection, merge, snapshot.refused_ids) if snapshot else None
    if table is not opportunity or _fill_closing_rates(connection, merge, keys.closing_days):
        merge = replace(merge, needs_rates=False)
    stored = connection.scalar(select(func.max(table.c.id))) or 0
    if stored < LARGE_PART * keys.count():
        databases.join_whole(connection)
    tell_accounts_by_customer(connection, merge)
    resolved = resolve_accounts(connection, merge, keys.accounts.settle())
    candidates = keys.candidates(with_ids=merge.has("source_id"))
    copies = settle_repeated(connection, merge, candidates, duplicates, renamed=resolved.renamed)
    match(connection, merge)
    databases.settle(connection, "match", temporary=True)
    problems, rejected = refuse(connection, merge)
    add_money(rejected, resolved.rejected)
    add_money(rejected, copies.rejected)
    written = write(connection, merge)
    if written.added:
        databases.settle(connection, table.name)
    refused = [*resolved.problems, *copies.problems, *problems]
    missing = None
    if snapshot and seen:
        unknown = snapshot.without_id + seen.nameless(connection, [one for one in refused if not one.warns])
        missing = settle_missing(connection, merge, seen, snapshot.policy, unknown)
    return Merged(written, copies, refused, rejected, missing)


def balance(
    connection: Connection, merge: Merge, merged: Merged, read: int, rejected: int, money: tuple[Money, Money]
) -> dict[str, Sums]:
    """The proven sums per currency; `money` is that of the file and that of the rows rejected while judging."""
    file, lost = money
    add_money(lost, merged.rejected)
    said_currencies(connection, merge, file, lost, merged.repeated.duplicate)
    proof = sums(file, stored_money(connection, merge, merged.written), merged.repeated.duplicate, lost)
    parts = (
        merged.written.added,
        merged.written.updated,
        merged.written.unchanged,
        merged.repeated.copies,
        rejected,
    )
    require_balance(read, parts, proof)
    return proof
