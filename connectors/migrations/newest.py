"""A new database: its tables as they are today, without the steps that older ones take to get there."""

import secrets

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table

from connectors import making
from schemas.tables import installation, metadata, opportunity

VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it."""


def create(connection: Connection, revision: str) -> None:
    """Create every table in an empty database, which then needs no step up to a revision."""
    making.create(connection, metadata)
    if connection.dialect.name == "postgresql":
        # room in each page for the next version of its rows, which then need no new index entries
        connection.exec_driver_sql(f"alter table {opportunity.name} set (fillfactor = 85)")
    connection.execute(installation.insert().values(key=secrets.token_hex(16)))
    making.create(connection, VERSION.metadata)
    connection.execute(VERSION.insert().values(version_num=revision))
