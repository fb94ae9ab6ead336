"""What the source says: the stage of an opportunity in its own words, how a file was read, the column of a problem."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; what is stored already has no stage, and problems whose column was not kept have 0."""
    stage = sa.String(length=255)
    if op.get_bind().dialect.name == "postgresql":
        stage = sa.String(length=255, collation="C")
    for table in ("opportunity", "opportunity_history"):
        op.add_column(table, sa.Column("stage", stage, nullable=True))
    op.add_column("run", sa.Column("reading", sa.Text(), nullable=True))
    op.add_column("problem", sa.Column("column", sa.Integer(), nullable=False, server_default="0"))
