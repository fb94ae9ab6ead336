"""Leads, and what leads, accounts, contacts and business customers say of themselves besides their names."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

from schemas.exact import Moment

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ADDRESS = (
    *("label", "organization", "name_prefix", "first_name", "middle_name", "last_name", "name_suffix", "street"),
    *("street_2", "postal_code", "city", "state", "state_code", "country_code"),
)
NAMES = {
    "account": ("referred_by",),
    "contact": (
        *("name_prefix", "middle_name", "name_suffix", "job_title", "fax", "skype", "twitter", "facebook"),
        *("google_plus", "linkedin", "contact_source", "contact_method", "picture_uri", "picture_uuid"),
    ),
    "customer": (
        *("channel", *(f"shipping_{part}" for part in ADDRESS), *(f"billing_{part}" for part in ADDRESS)),
        *("ownership", "rating", "ticker_symbol", "website"),
    ),
    "lead": (
        *("name_prefix", "first_name", "middle_name", "last_name", "name_suffix", "job_title", "company_name"),
        *("website", "industry", "twitter", "linkedin", "lead_source"),
    ),
}
BLOCKS = {
    "account": ("contacts",),
    "contact": ("emails", "phones", "groups", "default_of", "accounts", "addresses"),
    "customer": ("phones", "emails"),
    "lead": ("addresses", "opportunities", "emails", "phones"),
}
PLAIN: dict[str, dict[str, TypeEngine[Any]]] = {
    "account": {"description": sa.Text(), "tags": sa.Text()},
    "contact": {
        "gender": sa.String(16),
        "description": sa.Text(),
        "birthday": sa.Date(),
        "tags": sa.Text(),
    },
    "customer": {"employees": sa.Integer(), "tags": sa.Text()},
    "lead": {"employees": sa.Integer(), "notes": sa.Text(), "tags": sa.Text()},
}
LINKS = {
    "contact": {"owner_id": "owner", "assigned_to_id": "owner"},
    "account": {"owner_id": "owner", "default_contact_id": "contact"},
    "customer": {"contact_id": "contact", "owner_id": "owner"},
    "lead": {"account_id": "account", "customer_id": "customer", "contact_id": "contact", "owner_id": "owner"},
}


def text(length: int | None = None) -> TypeEngine[str]:
    """A text compared by its bytes."""
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    return sa.String(length=length, collation=collation) if length else sa.Text(collation=collation)


def upgrade() -> None:
    """Add columns and the table of leads; what was stored before says nothing more than it did."""
    for table in ("contact", "account", "customer"):
        for name in (table, f"{table}_history"):
            for column in _told(table):
                op.add_column(name, column)
        for link, other in LINKS[table].items():
            _add_link(table, link, other)
            op.add_column(f"{table}_history", sa.Column(link, ID, nullable=True))
    _leads()
    for table in ("account", "contact", "customer", "lead"):
        given = sa.text("source_id IS NOT NULL")
        op.create_index(
            f"uq_{table}_source_source_id",
            table,
            ["source", "source_id"],
            unique=True,
            sqlite_where=given,
            postgresql_where=given,
        )


def _told(table: str) -> list[sa.Column[Any]]:
    names = [sa.Column(name, text(255), nullable=True) for name in ("source_id", *NAMES[table])]
    blocks = [sa.Column(name, text(), nullable=True) for name in BLOCKS[table]]
    plain = [sa.Column(name, kind, nullable=True) for name, kind in PLAIN[table].items()]
    return [sa.Column("source", sa.String(64), nullable=True), *names, *blocks, *plain]


def _add_link(table: str, column: str, other: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        # it adds no constraint to a table that is there, but a column with one
        key = sa.ForeignKey(f"{other}.id")
        op.add_column(table, sa.Column(column, ID, key, nullable=True), inline_references=True)
    else:
        op.add_column(table, sa.Column(column, ID, nullable=True))
        op.create_foreign_key(f"fk_{table}_{column}", table, other, [column], ["id"])


def _leads() -> None:
    def columns() -> list[sa.Column[Any]]:
        return [
            sa.Column("name", text(255), nullable=False),
            sa.Column("status", sa.String(64), nullable=False),
            *_told("lead"),
            *(sa.Column(column, ID, nullable=True) for column in LINKS["lead"]),
            sa.Column("created_at", Moment(), nullable=False),
            sa.Column("valid_from", Moment(), nullable=False),
            sa.Column("run_id", ID, nullable=False),
            sa.Column("row", sa.BigInteger(), nullable=True),
        ]

    links = {**LINKS["lead"], "run_id": "run"}
    op.create_table(
        "lead",
        sa.Column("id", ID, nullable=False),
        *columns(),
        *(sa.ForeignKeyConstraint([c], [f"{o}.id"], name=f"fk_lead_{c}") for c, o in links.items()),
        sa.PrimaryKeyConstraint("id", name="pk_lead"),
    )
    op.create_index("ix_lead_name", "lead", ["name"])
    op.create_table(
        "lead_history",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        *columns(),
        sa.Column("valid_to", Moment(), nullable=False),
        sa.Column("replaced_by_run_id", ID, nullable=False, autoincrement=False),
        sa.CheckConstraint("valid_from <= valid_to", name="ck_lead_history_period"),
        sa.PrimaryKeyConstraint("id", "replaced_by_run_id", name="pk_lead_history"),
    )
    op.create_index("ix_lead_history_replaced_by_run_id", "lead_history", ["replaced_by_run_id"])
