"""Accounts by other names: the match key of each account, and what people decided about names."""

import sqlalchemy as sa
from alembic import op

from schemas.exact import Moment
from schemas.names import match_key

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 10_000


def upgrade() -> None:
    """Add column and table, and make the keys of the accounts that are stored."""
    collation = "C" if op.get_bind().dialect.name == "postgresql" else None
    key = sa.Column("match_key", sa.Text(collation=collation), nullable=False, server_default="")
    op.add_column("account", key)
    op.create_table(
        "account_alias",
        sa.Column("name", sa.String(length=255, collation=collation), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_alias_account_id"),
        sa.PrimaryKeyConstraint("name", name="pk_account_alias"),
    )
    _make_keys()


def _make_keys() -> None:
    account = sa.table("account", sa.column("id", ID), sa.column("name"), sa.column("match_key"))
    made = sa.update(account).where(account.c.id == sa.bindparam("of")).values(match_key=sa.bindparam("made"))
    last = 0
    while True:
        query = sa.select(account.c.id, account.c.name).where(account.c.id > last).order_by(account.c.id)
        some = op.get_bind().execute(query.limit(AT_ONCE)).all()
        if not some:
            return
        op.get_bind().execute(made, [{"of": number, "made": match_key(name)} for number, name in some])
        last = some[-1][0]
