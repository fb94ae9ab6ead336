"""Opportunities and what they name at rest: the SQLAlchemy tables, their history, and the ledger of runs."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from schemas.exact import ExactText, Moment, Scaled
from schemas.fields import FIELDS_OF

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Id = BigInteger().with_variant(Integer(), "sqlite")


def name(length: int = 255) -> TypeEngine[str]:
    """A text compared and sorted by its bytes on every database, so that order never depends on a server's locale."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def text() -> TypeEngine[str]:
    """A text of any length, compared and sorted by its bytes like a name."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def _stated(*, keys: bool) -> list[Column[Any]]:
    """Since when a row stands as it is, and the run and the row of its file that stated it."""
    run_key = (ForeignKey("run.id"),) if keys else ()
    return [
        Column("created_at", Moment, nullable=False),
        Column("valid_from", Moment, nullable=False),
        Column("run_id", Id, *run_key, nullable=False),
        Column("row", BigInteger, nullable=keys),
    ]


def _told(entity: str, *besides: str) -> list[Column[Any]]:
    """A column for each field of an entity, but for those that other columns hold; and whose id its id is."""
    left_out = {"source_id", "name", *besides}
    fields = [field for field in FIELDS_OF[entity].values() if field.name not in left_out and not field.computed]
    kinds: dict[str, TypeEngine[Any]] = {
        "text": Text(),
        "tags": Text(),
        "blocks": text(),
        "date": Date(),
        "whole": Integer(),
        "status": String(64),
        "choice": String(16),
    }
    told = [Column(field.name, kinds.get(field.kind) or name(field.longest or 255)) for field in fields]
    return [Column("source", String(64)), Column("source_id", name()), *told]


def _link(column: str) -> Column[Any]:
    """The id of a row of the table that the column is named after, or of who is called otherwise."""
    table = {"default_contact_id": "contact", "assigned_to_id": "owner"}.get(column, column.removesuffix("_id"))
    return Column(column, Id, ForeignKey(f"{table}.id"))


def _own_id(table: Table) -> None:
    """What tells one row of a source from another, where the source gave them ids."""
    Index(
        f"uq_{table.name}_source_source_id",
        table.c.source,
        table.c.source_id,
        unique=True,
        sqlite_where=table.c.source_id.is_not(None),
        postgresql_where=table.c.source_id.is_not(None),
    )


def _found_or_created(table: str, *columns: Column[Any], unique: tuple[str, ...] = ("name",)) -> Table:
    key = Column("id", Id, primary_key=True)
    return Table(table, metadata, key, *columns, *_stated(keys=True), UniqueConstraint(*unique))


def _history_of(table: Table) -> Table:
    """The images of a table's rows that a run replaced or removed, each with its end and that run."""
    name = f"{table.name}_history"
    return Table(
        name,
        metadata,
        *(Column(c.name, c.type, nullable=c.nullable, primary_key=c.primary_key, autoincrement=False) for c in table.c),
        Column("valid_to", Moment, nullable=False),
        Column("replaced_by_run_id", Id, primary_key=True, autoincrement=False),
        CheckConstraint("valid_from <= valid_to", name="period"),
        Index(f"ix_{name}_replaced_by_run_id", "replaced_by_run_id"),
    )


run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("done_by", String(255), nullable=False),
    Column("version", String(32), nullable=False),
    Column("settings", String(16), nullable=False),
    Column("file", Text, nullable=False),
    Column("sheet", Text),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("layout", Text, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("duplicates", String(16), nullable=False),
    *(Column(count, BigInteger) for count in ("read", "added", "updated", "unchanged", "duplicate", "rejected")),
    Column("problems", BigInteger),
    Column("rejects", Text),
    Column("reading", Text),
    Column("recorded_at", Moment),
    Column("written_at", Moment),
    Column("pruned_before", Moment),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("undoes_run_id", Id),
    Column("held_run_id", Id),
    *(Column(count, BigInteger) for count in ("missing", "removed", "kept")),
    Index("uq_run_recorded_at", "recorded_at", unique=True),
)
"""Runs: `recorded_at` is the moment from which what a run wrote is known, each later than the one before; `written_at`
is when its file was last written, `pruned_before` the moment before which a run removed the history.

`state` is done, held (stopped before it stored anything, for `reason`), approved or refused. An undo names the run it
undoes, an approved import the run that was held.
"""

held_plan = Table(
    "held_plan",
    metadata,
    Column("run_id", Id, ForeignKey("run.id"), primary_key=True),
    Column("plan", LargeBinary, nullable=False),
)

installation = Table("installation", metadata, Column("key", String(32), primary_key=True))
"""One row: what tells this database from every other."""

run_money = Table(
    "run_money",
    metadata,
    Column("run_id", Id, ForeignKey("run.id"), primary_key=True),
    Column("currency", Text, primary_key=True),
    *(Column(part, Scaled(38, 4), nullable=False) for part in ("file", "stored", "duplicate", "rejected")),
)

problem = Table(
    "problem",
    metadata,
    Column("run_id", Id, ForeignKey("run.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("row", BigInteger, nullable=False),
    Column("column", Integer, nullable=False),
    *(Column(part, Text, nullable=False) for part in ("header", "code", "value", "why", "fix")),
    Column("warns", Boolean, nullable=False),
)

exchange_rate = Table(
    "exchange_rate",
    metadata,
    Column("day", Date, primary_key=True),
    Column("from_currency", String(3), primary_key=True),
    Column("to_currency", String(3), primary_key=True),
    Column("rate", ExactText, nullable=False),
    Column("source", Text, nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("run_id", Id),
)

owner = _found_or_created("owner", Column("name", name(), nullable=False))
contact = _found_or_created(
    "contact",
    Column("first_name", name(100), nullable=False),
    Column("last_name", name(100), nullable=False),
    *_told("contact", "first_name", "last_name", "owner", "assigned_to"),
    *map(_link, ("owner_id", "assigned_to_id")),
    unique=("first_name", "last_name"),
)
account = _found_or_created(
    "account",
    Column("name", name(), nullable=False),
    Column("match_key", text(), nullable=False),
    *_told("account", "owner", "default_contact_first_name", "default_contact_last_name"),
    *map(_link, ("owner_id", "default_contact_id")),
)
account_alias = Table(
    "account_alias",
    metadata,
    Column("name", name(), primary_key=True),
    Column("account_id", Id, ForeignKey("account.id")),
    Column("decided_at", Moment, nullable=False),
    Column("decided_by", String(255), nullable=False),
)
customer = _found_or_created(
    "customer",
    Column("name", name(), nullable=False),
    _link("account_id"),
    *_told("customer", "account", "contact_first_name", "contact_last_name", "owner"),
    *map(_link, ("contact_id", "owner_id")),
)
lead = Table(
    "lead",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", name(), nullable=False),
    *_told("lead", "status", "account", "customer", "contact_first_name", "contact_last_name", "owner"),
    Column("status", String(64), nullable=False),
    *map(_link, ("account_id", "customer_id", "contact_id", "owner_id")),
    *_stated(keys=True),
    Index("ix_lead_name", "name"),
)
for _table in (account, contact, customer, lead):
    _own_id(_table)


def _opportunity_columns() -> list[Column[Any]]:
    amounts = [
        column
        for amount, currency in (
            ("budget_amount", "budget_currency"),
            ("close_revenue", "close_revenue_currency"),
        )
        for column in (
            Column(amount, Scaled(19, 4)),
            Column(currency, String(3)),
            Column(f"{amount}_base", Scaled(19, 4)),
            Column(f"{amount}_rate", ExactText),
            Column(f"{amount}_rate_day", Date),
        )
    ]
    return [
        Column("source", String(64)),
        Column("source_id", name()),
        Column("name", name(), nullable=False),
        Column("account_id", Id, ForeignKey("account.id")),
        Column("customer_id", Id, ForeignKey("customer.id")),
        Column("contact_id", Id, ForeignKey("contact.id")),
        Column("owner_id", Id, ForeignKey("owner.id")),
        Column("lead", name()),
        Column("status", String(64), nullable=False),
        Column("stage", name()),
        Column("close_reason", Text),
        Column("probability", Scaled(7, 6)),
        Column("stated_probability", Scaled(7, 6)),
        Column("close_date", Date),
        *amounts,
        Column("customer_need", Text),
        Column("proposed_solution", Text),
        Column("notes", Text),
        Column("tags", Text),
        Column("closed_at", Moment),
        Column("missing_since", Moment),
        *_stated(keys=False),
    ]


opportunity = Table("opportunity", metadata, Column("id", Id, primary_key=True), *_opportunity_columns())
Index("ix_opportunity_account_id_name", opportunity.c.account_id, opportunity.c.name)
_own_id(opportunity)

owner_history = _history_of(owner)
account_history = _history_of(account)
contact_history = _history_of(contact)
customer_history = _history_of(customer)
lead_history = _history_of(lead)
opportunity_history = _history_of(opportunity)
exchange_rate_history = _history_of(exchange_rate)

HISTORY = {
    owner: owner_history,
    contact: contact_history,
    account: account_history,
    customer: customer_history,
    lead: lead_history,
    opportunity: opportunity_history,
    exchange_rate: exchange_rate_history,
}
"""The tables whose past is kept, each after those that its rows refer to."""
