"""The migrations end where the tables of today are."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from connectors import migrations
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


def test_accounts_that_were_stored_before_get_their_match_keys(database: str) -> None:
    with transaction(database) as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__path__[0])))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        columns = "id, kind, started_at, done_by, version, settings, file, sha256, size, layout, mode, duplicates"
        values = "1, 'import', '2026-11-24 12:00:00', 'ann', '0.1', 'x', 'a.csv', 'x', 1, 'orocrm', 'upsert', 'equal'"
        connection.execute(text(f"insert into run ({columns}) values ({values})"))
        for number, name in ((3, "Zürcher Werkzeugbau AG"), (7, "Acme, Inc."), (8, "!!!")):
            values = f"{number}, '{name}', '2026-11-24 12:00:00', 1"
            connection.execute(text(f"insert into account (id, name, created_at, run_id) values ({values})"))
    bring_up_to_date(database)
    with transaction(database) as connection:
        keys = connection.execute(text("select id, match_key from account order by id")).all()
        assert list(map(tuple, keys)) == [(3, "zurcher werkzeugbau"), (7, "acme"), (8, "!!!")]
