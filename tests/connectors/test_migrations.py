"""The migrations end where the tables of today are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from connectors import migrations
from connectors.databases import NEWEST_REVISION, bring_up_to_date, revision_of, transaction
from connectors.migrations import newest
from connectors.migrations.upgrade import upgrade
from schemas.tables import metadata


def test_a_migrated_database_has_exactly_the_tables_of_today(blank_database: str) -> None:
    with transaction(blank_database) as connection:
        upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
        assert revision_of(connection) == NEWEST_REVISION


def test_a_new_database_differs_in_nothing_from_a_migrated_one(blank_database: str) -> None:
    made = shape_after(blank_database, lambda connection: newest.create(connection, NEWEST_REVISION))
    assert made == shape_after(blank_database, upgrade)
    assert set(made) == {*metadata.tables, "alembic_version"}


def shape_after(database: str, make: Callable[[Connection], None]) -> dict[str, Any]:
    """Every table with its columns, keys, checks and indexes, as the database tells them; nothing of it stays."""
    with transaction(database) as connection:
        make(connection)
        about = inspect(connection)
        shape = {}
        for table in sorted(about.get_table_names()):
            columns = [
                (
                    c["name"],
                    str(c["type"]),
                    getattr(c["type"], "collation", None),
                    c["nullable"],
                    c.get("autoincrement"),
                )
                for c in about.get_columns(table)
            ]
            indexes = about.get_indexes(table)
            for index in indexes:
                index["dialect_options"] = {k: str(v) for k, v in index.get("dialect_options", {}).items()}
            links = about.get_foreign_keys(table)
            if connection.dialect.name == "sqlite":  # which cannot name those of columns that came later
                links = [{**link, "name": None} for link in links]
            rules = links, about.get_unique_constraints(table), about.get_check_constraints(table), indexes
            told = (sorted(map(str, one)) for one in rules)
            shape[table] = sorted(map(str, columns)), about.get_pk_constraint(table), *told
        if connection.dialect.name == "postgresql":
            options = connection.execute(text("select relname, reloptions from pg_class where reloptions is not null"))
            shape |= {name: (*shape[name], option) for name, option in options if name in shape}
        assert connection.scalar(text("select count(*) from installation")) == 1
        connection.rollback()
    return shape


def test_a_database_that_is_up_to_date_is_left_alone(blank_database: str) -> None:
    bring_up_to_date(blank_database)
    bring_up_to_date(blank_database)
    with transaction(blank_database) as connection:
        assert revision_of(connection) == NEWEST_REVISION


def test_accounts_that_were_stored_before_get_their_match_keys(blank_database: str) -> None:
    with transaction(blank_database) as connection:
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
    bring_up_to_date(blank_database)
    with transaction(blank_database) as connection:
        keys = connection.execute(text("select id, match_key from account order by id")).all()
        assert list(map(tuple, keys)) == [(3, "zurcher werkzeugbau"), (7, "acme"), (8, "!!!")]
