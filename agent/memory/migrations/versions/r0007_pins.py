"""What holds for a person for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sommelier.agent.memory.migrations.columns import Id, Json

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table; nobody said before that anything be remembered."""
    if sa.inspect(op.get_bind()).has_table("pins"):
        return
    op.create_table(
        "pins",
        sa.Column("user", Id, primary_key=True),
        sa.Column("condition", sa.String(64), primary_key=True),
        sa.Column("pin", Json, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
