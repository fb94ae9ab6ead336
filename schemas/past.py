"""The past of a table: how rows go to its history, and the rows as they were known at a moment."""

from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Insert, Select, Table, and_, insert, literal, select, union_all

from schemas.exact import Moment
from schemas.tables import HISTORY


def as_of(table: Table, moment: datetime | None) -> FromClause:
    """The rows of a table as known at a moment, with the columns of the table; without a moment the table itself.

    A row is known from the moment of record of the run that stored it (`valid_from`, included) until that of the run
    that replaced or removed it (`valid_to`, not included).
    """
    if moment is None:
        return table
    past = HISTORY[table]
    present = select(*table.c).where(table.c.valid_from <= moment)
    then = and_(past.c.valid_from <= moment, past.c.valid_to > moment)
    replaced = select(*(past.c[column.name] for column in table.c)).where(then)
    return union_all(present, replaced).subquery(f"{table.name}_then")


def images(table: Table, now: datetime, run_id: int) -> Select[Any]:
    """The rows of a table as its history keeps them once a run replaces them now; the caller says which."""
    return select(*table.c, literal(now, Moment), literal(run_id))


def into_history(table: Table, replaced: Select[Any]) -> Insert:
    """The statement that puts images of a table into its history."""
    columns = [*(column.name for column in table.c), "valid_to", "replaced_by_run_id"]
    return insert(HISTORY[table]).from_select(columns, replaced)
