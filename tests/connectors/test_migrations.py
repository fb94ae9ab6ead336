"""The migrations end where the tables of today are."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from connectors.databases import NEWEST_REVISION, bring_up_to_date, revision_of, transaction
from schemas.tables import metadata


def test_a_migrated_database_has_exactly_the_tables_of_today(database: str) -> None:
    bring_up_to_date(database)
    with transaction(database) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
        assert revision_of(connection) == NEWEST_REVISION


def test_a_database_that_is_up_to_date_is_left_alone(database: str) -> None:
    bring_up_to_date(database)
    bring_up_to_date(database)
    with transaction(database) as connection:
        assert revision_of(connection) == NEWEST_REVISION
