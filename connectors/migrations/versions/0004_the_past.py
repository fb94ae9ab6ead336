"""The past of everything: histories of accounts, contacts, customers, owners and rates; runs that undo, or are held."""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

from connectors.migrations.shared_sources import share_sources
from schemas.exact import ExactText, Moment

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ALWAYS = "1970-01-01 00:00:00"


def text(length: int | None) -> TypeEngine[str]:
    """A text compared by its bytes."""
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    return sa.String(length=length, collation=collation) if length else sa.Text(collation=collation)


def upgrade() -> None:
    """Add tables and columns; what was stored before is known since its run, a rate since always.

    Layouts of one system share its ids from now on.
    """
    _runs()
    _named()
    _rates()
    op.add_column("problem", sa.Column("warns", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in ("opportunity", "opportunity_history"):
        op.add_column(table, sa.Column("missing_since", Moment(), nullable=True))
    op.create_index("ix_opportunity_history_replaced_by_run_id", "opportunity_history", ["replaced_by_run_id"])
    share_sources(op.get_bind())


def _runs() -> None:
    op.add_column("run", sa.Column("state", sa.String(16), nullable=False, server_default="done"))
    op.add_column("run", sa.Column("recorded_at", Moment(), nullable=True))
    op.add_column("run", sa.Column("written_at", Moment(), nullable=True))
    op.add_column("run", sa.Column("pruned_before", Moment(), nullable=True))
    op.add_column("run", sa.Column("reason", sa.Text(), nullable=True))
    for column in ("undoes_run_id", "held_run_id"):
        op.add_column("run", sa.Column(column, ID, nullable=True))
    for column in ("missing", "removed", "kept"):
        op.add_column("run", sa.Column(column, sa.BigInteger(), nullable=True))
    op.create_index("uq_run_recorded_at", "run", ["recorded_at"], unique=True)
    op.create_table(
        "held_plan",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_held_plan_run_id"),
        sa.PrimaryKeyConstraint("run_id", name="pk_held_plan"),
    )
    installation = op.create_table(
        "installation",
        sa.Column("key", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_installation"),
    )
    op.bulk_insert(installation, [{"key": secrets.token_hex(16)}])


def _named() -> None:
    named: dict[str, list[sa.Column[Any]]] = {
        "owner": [sa.Column("name", text(255), nullable=False)],
        "account": [
            sa.Column("name", text(255), nullable=False),
            sa.Column("match_key", text(None), nullable=False),
        ],
        "contact": [
            sa.Column("first_name", text(100), nullable=False),
            sa.Column("last_name", text(100), nullable=False),
        ],
        "customer": [
            sa.Column("name", text(255), nullable=False),
            sa.Column("account_id", ID, nullable=True),
        ],
    }
    for name, columns in named.items():
        op.add_column(name, sa.Column("valid_from", Moment(), nullable=False, server_default=ALWAYS))
        op.add_column(name, sa.Column("row", sa.BigInteger(), nullable=True))
        op.execute(f"update {name} set valid_from = created_at")
        _history(
            name,
            [
                sa.Column("id", ID, nullable=False, autoincrement=False),
                *columns,
                sa.Column("created_at", Moment(), nullable=False),
                sa.Column("valid_from", Moment(), nullable=False),
                sa.Column("run_id", ID, nullable=False),
                sa.Column("row", sa.BigInteger(), nullable=True),
            ],
            "id",
        )


def _rates() -> None:
    op.add_column("exchange_rate", sa.Column("valid_from", Moment(), nullable=False, server_default=ALWAYS))
    op.add_column("exchange_rate", sa.Column("run_id", ID, nullable=True))
    _history(
        "exchange_rate",
        [
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("from_currency", sa.String(3), nullable=False),
            sa.Column("to_currency", sa.String(3), nullable=False),
            sa.Column("rate", ExactText(), nullable=False),
            sa.Column("source", sa.Text(), nullable=False),
            sa.Column("valid_from", Moment(), nullable=False),
            sa.Column("run_id", ID, nullable=True),
        ],
        "day",
        "from_currency",
        "to_currency",
    )


def _history(table: str, columns: list[sa.Column[Any]], *key: str) -> None:
    name = f"{table}_history"
    op.create_table(
        name,
        *columns,
        sa.Column("valid_to", Moment(), nullable=False),
        sa.Column("replaced_by_run_id", ID, nullable=False, autoincrement=False),
        sa.CheckConstraint("valid_from <= valid_to", name=f"ck_{name}_period"),
        sa.PrimaryKeyConstraint(*key, "replaced_by_run_id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_replaced_by_run_id", name, ["replaced_by_run_id"])
