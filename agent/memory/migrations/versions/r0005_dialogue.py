"""What a message was understood to do and the state of its conversation, beside the turn that it was part of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sommelier.agent.memory.migrations.columns import Json, columns_of

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; turns of before it have no state, and a conversation goes on from none."""
    if "dialogue" not in columns_of("turns"):
        op.add_column("turns", sa.Column("dialogue", Json))
