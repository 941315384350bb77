"""The layout of the first databases: nobody had numbered anything yet, so they bear no number themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sommelier.agent.memory.migrations.columns import Id, Json

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _catalogue()
    _events()
    _summaries()
    _turns()
    op.create_table("settings", sa.Column("key", Id, primary_key=True), sa.Column("value", Json))


def _catalogue() -> None:
    op.create_table(
        "items",
        sa.Column("id", Id, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
    )
    op.create_table("users", sa.Column("id", Id, primary_key=True), sa.Column("attributes", Json, nullable=False))


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", Id, primary_key=True),
        sa.Column("user", Id, nullable=False),
        sa.Column("item", Id),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("at", sa.BigInteger),
        sa.Column("position", sa.BigInteger),
        sa.Column("context", Json),
    )
    op.create_index("ix_events_user", "events", ["user"])


def _summaries() -> None:
    op.create_table(
        "summaries",
        sa.Column("user", Id, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_by", sa.String(16), nullable=False),
        sa.Column("last_event", Id),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", Id, primary_key=True),
        sa.Column("session", Id, nullable=False),
        sa.Column("user", Id, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("recommendations", Json, nullable=False),
        sa.Column("timings", Json, nullable=False),
        sa.Column("prompts", Json, nullable=False),
        sa.Column("model", Json),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("context", Json, nullable=False),
    )
    op.create_index("ix_turns_session", "turns", ["session"])
    op.create_index("ix_turns_user", "turns", ["user"])
