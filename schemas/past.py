"""The past of a table: its rows as they were known at a moment, from the present ones and their history."""

from datetime import datetime

from sqlalchemy import FromClause, Table, and_, select, union_all

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
