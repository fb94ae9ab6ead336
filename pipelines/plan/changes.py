"""What a run changed, row by row and field by field: asked of the database before the run is committed."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, ColumnElement, Connection, FromClause, Select, Table, and_, select
from sqlalchemy.types import Date

from connectors.databases import texts
from schemas.entities import name_of
from schemas.exact import ExactText, Moment, Scaled
from schemas.tables import HISTORY, exchange_rate

UNSAID = {"id", "created_at", "valid_from", "run_id", "row", "match_key"}
"""Columns that say where a row comes from, or follow from others."""
BOTH = ("", "old_")
BESIDE = ("account", "budget_amount", "budget_currency")
"""Fields that are told of every deal, changed or not."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a run does to one row of a table: each field with its old and its new value as text, None where blank.

    `id` and `row` are those of the stored row and of the file; what is `added` has no id yet and no old values, what
    no row of the file speaks of has row 0. `account` tells deals of one name apart; their budget is told in any case.
    """

    table: str
    row: int
    id: int | None
    name: str
    account: str | None
    amount: str | None
    currency: str | None
    fields: dict[str, tuple[str | None, str | None]]

    @property
    def added(self) -> bool:
        """Whether the row is new."""
        return self.id is None


@contextmanager
def changes(connection: Connection, run_id: int) -> Iterator[Iterator[Change]]:
    """Everything that a run wrote, in the order of the tables and of the file.

    Nothing else may be asked of the connection before the end; so whoever stops earlier ends the answer here.
    """
    with closing(_changed(connection, run_id)) as found:
        yield found


def _changed(connection: Connection, run_id: int) -> Generator[Change]:
    for table in HISTORY:
        if table is not exchange_rate and _wrote(connection, table, run_id):
            yield from _of_table(connection, table, run_id)


def _wrote(connection: Connection, table: Table, run_id: int) -> bool:
    return connection.scalar(select(table.c.id).where(table.c.run_id == run_id).limit(1)) is not None


def _of_table(connection: Connection, table: Table, run_id: int) -> Generator[Change]:
    kinds = {_field(column): column.type for column in table.c if column.name not in UNSAID}
    with texts(connection, _query(table, run_id)) as batches:
        for batch in batches:
            yield from _changes(table, batch, kinds)


def _query(table: Table, run_id: int) -> Select[Any]:
    """Each row that the run wrote, beside the image that it replaced; what it refers to by name."""
    image = HISTORY[table].alias("image")
    source: FromClause = table.outerjoin(image, and_(image.c.id == table.c.id, image.c.replaced_by_run_id == run_id))
    columns: list[ColumnElement[Any]] = [table.c.row, table.c.id, image.c.run_id.label("was")]
    columns.append(name_of(table).label("shown"))
    for prefix, side in zip(BOTH, (table, image), strict=True):
        for column in (column for column in table.c if column.name not in UNSAID):
            label = prefix + _field(column)
            if not column.foreign_keys:
                columns.append(side.c[column.name].label(label))
                continue
            target = next(iter(column.foreign_keys)).column.table.alias(label)
            source = source.outerjoin(target, target.c.id == side.c[column.name])
            columns.append(name_of(target).label(label))
    return select(*columns).select_from(source).where(table.c.run_id == run_id).order_by(table.c.row, table.c.id)


def _field(column: Column[Any]) -> str:
    return column.name.removesuffix("_id") if column.foreign_keys else column.name


def _changes(table: Table, batch: pa.Table, kinds: dict[str, Any]) -> Iterator[Change]:
    told: list[dict[str, tuple[str | None, str | None]]] = [{} for _ in range(len(batch))]
    for field, kind in kinds.items():
        new, old = batch[field], batch[f"old_{field}"]
        same = pc.if_else(pc.and_(pc.is_valid(new), pc.is_valid(old)), pc.equal(new, old), None)
        same = pc.coalesce(same, pc.and_(pc.is_null(new), pc.is_null(old)))
        places = pc.indices_nonzero(pc.invert(same))
        values = zip(old.take(places).to_pylist(), new.take(places).to_pylist(), strict=True)
        for place, (before, after) in zip(places.to_pylist(), values, strict=True):
            told[place][field] = canonical(before, kind), canonical(after, kind)
    keys = zip(*(batch[part].to_pylist() for part in ("row", "id", "was")), strict=True)
    beside = zip(*(_cells(batch, field, kinds) for field in BESIDE), strict=True)
    for (row, number, was), name, (account, amount, currency), fields in zip(
        keys, batch["shown"].to_pylist(), beside, told, strict=True
    ):
        key = int(number) if was else None
        yield Change(table.name, int(row or 0), key, name, account, amount, currency, fields)


def _cells(batch: pa.Table, field: str, kinds: dict[str, Any]) -> list[str | None]:
    if field not in kinds:
        return [None] * len(batch)
    return [canonical(value, kinds[field]) for value in batch[field].to_pylist()]


def canonical(value: str | None, kind: Any) -> str | None:
    """A value as every database tells it: decimals without surplus zeros, moments as 2026-12-31T17:30:00Z."""
    if value is None or isinstance(kind, Date):
        return value
    if isinstance(kind, Scaled | ExactText):
        return value.rstrip("0").rstrip(".") if "." in value else value
    if isinstance(kind, Moment):
        day, _, time = value.removesuffix("+00").partition(" ")
        whole, _, fraction = time.partition(".")
        return f"{day}T{whole}{'.' + fraction.rstrip('0') if fraction.strip('0') else ''}Z"
    return value
