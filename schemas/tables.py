"""Opportunities at rest: the SQLAlchemy tables, their history, and the ledger of runs."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from schemas.exact import ExactText, Moment, Scaled

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


def _found_or_created(table: str, *columns: Column[Any], unique: tuple[str, ...] = ("name",)) -> Table:
    return Table(
        table,
        metadata,
        Column("id", Id, primary_key=True),
        *columns,
        Column("created_at", Moment, nullable=False),
        Column("run_id", Id, ForeignKey("run.id"), nullable=False),
        UniqueConstraint(*unique),
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
)

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
)

exchange_rate = Table(
    "exchange_rate",
    metadata,
    Column("day", Date, primary_key=True),
    Column("from_currency", String(3), primary_key=True),
    Column("to_currency", String(3), primary_key=True),
    Column("rate", ExactText, nullable=False),
    Column("source", Text, nullable=False),
)

account = _found_or_created(
    "account", Column("name", name(), nullable=False), Column("match_key", text(), nullable=False)
)
account_alias = Table(
    "account_alias",
    metadata,
    Column("name", name(), primary_key=True),
    Column("account_id", Id, ForeignKey("account.id")),
    Column("decided_at", Moment, nullable=False),
    Column("decided_by", String(255), nullable=False),
)
owner = _found_or_created("owner", Column("name", name(), nullable=False))
contact = _found_or_created(
    "contact",
    Column("first_name", name(100), nullable=False),
    Column("last_name", name(100), nullable=False),
    unique=("first_name", "last_name"),
)
customer = _found_or_created(
    "customer", Column("name", name(), nullable=False), Column("account_id", Id, ForeignKey("account.id"))
)


def _opportunity_columns(*, keys: bool) -> list[Column[Any]]:
    def of(table: str) -> tuple[ForeignKey, ...]:
        return (ForeignKey(f"{table}.id"),) if keys else ()

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
        Column("account_id", Id, *of("account")),
        Column("customer_id", Id, *of("customer")),
        Column("contact_id", Id, *of("contact")),
        Column("owner_id", Id, *of("owner")),
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
        Column("created_at", Moment, nullable=False),
        Column("valid_from", Moment, nullable=False),
        Column("run_id", Id, nullable=False),
        Column("row", BigInteger, nullable=False),
    ]


opportunity = Table("opportunity", metadata, Column("id", Id, primary_key=True), *_opportunity_columns(keys=True))
Index("ix_opportunity_account_id_name", opportunity.c.account_id, opportunity.c.name)
Index(
    "uq_opportunity_source_source_id",
    opportunity.c.source,
    opportunity.c.source_id,
    unique=True,
    sqlite_where=opportunity.c.source_id.is_not(None),
    postgresql_where=opportunity.c.source_id.is_not(None),
)

opportunity_history = Table(
    "opportunity_history",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    *_opportunity_columns(keys=False),
    Column("valid_to", Moment, nullable=False),
    Column("replaced_by_run_id", Id, primary_key=True, autoincrement=False),
    CheckConstraint("valid_from <= valid_to", name="period"),
)
