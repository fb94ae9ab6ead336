"""The past as tests make it: rows renamed or removed, and runs undone, each by a run of its own (decision 0014)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, literal, select, update

from connectors.databases import lock, transaction
from pipelines.merge.recording import close_run, next_moment, open_run
from schemas.exact import Moment
from schemas.tables import HISTORY, opportunity


@contextmanager
def a_run(database: str, at: datetime, **facts: Any) -> Iterator[tuple[Connection, datetime, int]]:
    """A run in the ledger: its connection, its moment of record and its number."""
    with transaction(database) as connection:
        lock(connection)
        recorded = next_moment(connection, at)
        number = open_run(connection, at, recorded, {"kind": "other", "settings": ""} | facts)
        yield connection, recorded, number
        close_run(connection, number, {"finished_at": recorded}, {}, [])


def rename(database: str, table: Table, old: str, new: str, at: datetime) -> None:
    """Give a row of a table such as owner another name."""
    with a_run(database, at) as (connection, recorded, number):
        _keep(connection, table, table.c.name == old, recorded, number)
        values = {"name": new, "valid_from": recorded, "run_id": number}
        connection.execute(update(table).where(table.c.name == old).values(values))


def remove(database: str, name: str, at: datetime) -> None:
    """Remove an opportunity."""
    with a_run(database, at) as (connection, recorded, number):
        _keep(connection, opportunity, opportunity.c.name == name, recorded, number)
        connection.execute(delete(opportunity).where(opportunity.c.name == name))


def undo(database: str, run_id: int, at: datetime) -> int:
    """Undo what a run did to opportunities and to nothing else; gives the number of the undo."""
    past = HISTORY[opportunity]
    columns = [column.name for column in opportunity.c]
    with a_run(database, at, kind="undo", undoes_run_id=run_id) as (connection, recorded, number):
        undone = opportunity.c.run_id == run_id
        before = select(*(past.c[name] for name in columns)).where(past.c.replaced_by_run_id == run_id)
        ids = set(connection.scalars(select(opportunity.c.id).where(undone)))
        images = [dict(image) for image in connection.execute(before).mappings() if image["id"] in ids]
        _keep(connection, opportunity, undone, recorded, number)
        connection.execute(delete(opportunity).where(undone))
        if images:
            connection.execute(insert(opportunity), [image | {"valid_from": recorded} for image in images])
    return number


def undo_undo(database: str, undo_id: int, at: datetime) -> int:
    """Undo the undo of a run: the images that the undo replaced are the present again."""
    past = HISTORY[opportunity]
    columns = [column.name for column in opportunity.c]
    with a_run(database, at, kind="undo", undoes_run_id=undo_id) as (connection, recorded, number):
        before = select(*(past.c[name] for name in columns)).where(past.c.replaced_by_run_id == undo_id)
        images = [dict(image) for image in connection.execute(before).mappings()]
        restored = opportunity.c.id.in_([image["id"] for image in images])
        _keep(connection, opportunity, restored, recorded, number)
        connection.execute(delete(opportunity).where(restored))
        connection.execute(insert(opportunity), [image | {"valid_from": recorded} for image in images])
    return number


def _keep(connection: Connection, table: Table, where: Any, recorded: datetime, number: int) -> None:
    past = HISTORY[table]
    columns = [*(column.name for column in table.c), "valid_to", "replaced_by_run_id"]
    images = select(*table.c, literal(recorded, Moment), literal(number)).where(where)
    connection.execute(insert(past).from_select(columns, images))
