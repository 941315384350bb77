"""An event that is taken back leaves its id behind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sommelier.agent.memory.migrations.columns import Id

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table, unless a database of before this step was a file has it."""
    op.create_table(
        "retractions",
        sa.Column("event", Id, primary_key=True),
        sa.Column("user", Id, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_retractions_user", "retractions", ["user"], if_not_exists=True)
