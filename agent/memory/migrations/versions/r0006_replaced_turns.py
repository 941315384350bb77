"""Which turn another one takes the place of, once its message was edited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sommelier.agent.memory.migrations.columns import Id, columns_of

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; no turn of before it was replaced."""
    if "replaces" not in columns_of("turns"):
        op.add_column("turns", sa.Column("replaces", Id))
