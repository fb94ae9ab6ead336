"""The temporary tables of one merge: staged rows, the stored rows they match, changes, names of accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Table

from connectors import making
from schemas.entities import ENTITIES, Entity
from schemas.exact import ExactText
from schemas.fields import AMOUNTS
from schemas.settings import Settings
from schemas.tables import Id, account, opportunity
from schemas.workflows import Workflow

Tables = tuple[Table, Table, Table, Table, Table]

CLOSING_RATE = making.temporary(
    "closing_rate",
    Column("currency", opportunity.c[AMOUNTS["budget_amount"]].type),
    Column("day", Date),
    Column("rate", ExactText),
    Column("rate_day", Date),
)
ACCOUNT_NAME = making.temporary(
    "account_name",
    Column("name", account.c.name.type, primary_key=True),
    Column("account", account.c.name.type),
    Column("match_key", account.c.match_key.type),
)


@dataclass(frozen=True)
class Merge:
    """What one merge works on: what its rows are, the fields that the file holds, temporary tables, the run's facts."""

    entity: Entity
    given: frozenset[str]
    stage: Table
    match: Table
    change: Table
    closing_rate: Table
    account_name: Table
    settings: Settings
    source: str
    account_required: bool
    mode: str
    needs_rates: bool
    judges_only: bool
    run_id: int
    now: datetime
    closed_now: datetime
    today: date
    missing_since: datetime | None = None

    def key_field(self) -> str:
        """The field under which problems tell of a row as a whole: what it is called, else its id."""
        return next((name for name in self.entity.noun.names if name in self.given), "source_id")

    @property
    def workflows(self) -> tuple[Workflow, ...]:
        """The workflows that its rows follow: those of the settings are about opportunities."""
        return self.settings.workflows if self.entity.name == "opportunity" else ()

    def has(self, *fields: str) -> bool:
        """Whether the file holds any of the fields."""
        return any(field in self.given for field in fields)


def staged_fields(entity: Entity, given: Collection[str]) -> list[str]:
    """The fields that are staged: those of the file, and the account where only a customer tells it."""
    told = "account" not in given and ("customer" in given or entity.name == "customer")
    return list(given) + (["account"] if told else [])


def temporary_tables(connection: Connection, entity: Entity, given: Collection[str]) -> Tables:
    """Create the empty temporary tables: stage, match, change, closing_rate, account_name."""
    # SQLite keeps rows in the order of this key; PostgreSQL needs no index on a table that is read whole
    keyed = connection.dialect.name == "sqlite"
    stage = _stage(entity.name, tuple(sorted(staged_fields(entity, given))), keyed)
    tables = stage, _match(keyed), _change(entity.name), CLOSING_RATE, ACCOUNT_NAME
    for table in tables:
        making.create(connection, table.metadata)
    return tables


@lru_cache(maxsize=64)
def _stage(of: str, fields: tuple[str, ...], keyed: bool) -> Table:
    entity = ENTITIES[of]
    kinds = {field: link.table.c[part].type for link in entity.links.values() for field, part in link.parts.items()}
    return making.temporary(
        "stage",
        Column("row", Id, primary_key=keyed, autoincrement=False),
        *(Column(name, kinds.get(name) or entity.table.c[name].type) for name in fields),
        Column("closing_day", Date),
        Column("told_account", Boolean),
        *(Column(number, BigInteger) for number in ("shown_row", "meant_id", "meant_run")),
    )


@cache
def _match(keyed: bool) -> Table:
    key = (Column(name, Id, primary_key=keyed, autoincrement=False) for name in ("row", "stored_id"))
    return making.temporary("match", *key, Column("differs", Boolean))


@cache
def _change(of: str) -> Table:
    columns = ENTITIES[of].table.c
    return making.temporary("change", *(Column(c.name, c.type, autoincrement=False) for c in columns))
