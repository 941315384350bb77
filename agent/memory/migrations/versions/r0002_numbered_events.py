"""Events get numbers of their own, by order of commit, which are never given twice; and an index by item.

Databases of before this step was a file may have some of it already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sommelier.agent.memory.migrations.columns import Id, Json, columns_of, on_postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Number the events that are there as they lie."""
    if on_postgresql():
        _number_in_place()
    elif "arrival" not in columns_of("events"):
        _number_in_a_new_table()
    op.create_index("ix_events_item", "events", ["item", "user", "at", "kind", "value"], if_not_exists=True)


def _number_in_place() -> None:
    op.execute("ALTER TABLE events ADD COLUMN IF NOT EXISTS arrival BIGINT GENERATED ALWAYS AS IDENTITY")
    key = sa.inspect(op.get_bind()).get_pk_constraint("events")
    if key["constrained_columns"] == ["id"]:
        op.drop_constraint(str(key["name"]), "events", type_="primary")
        op.create_primary_key("events_pkey", "events", ["arrival"])
        op.create_unique_constraint("events_id_key", "events", ["id"])
    op.create_index("ix_events_user_arrival", "events", ["user", "arrival"], if_not_exists=True)


def _number_in_a_new_table() -> None:
    """SQLite's row ids are given again after a deletion, save those of a table that is made to remember them."""
    op.execute("DROP INDEX IF EXISTS ix_events_user")
    op.execute("DROP INDEX IF EXISTS ix_events_item")
    op.rename_table("events", "events_unnumbered")
    op.create_table(
        "events",
        sa.Column("arrival", sa.Integer, primary_key=True),
        sa.Column("id", Id, nullable=False, unique=True),
        sa.Column("user", Id, nullable=False),
        sa.Column("item", Id),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("at", sa.BigInteger),
        sa.Column("position", sa.BigInteger),
        sa.Column("context", Json),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_user", "events", ["user"])
    kept = 'id, "user", item, kind, value, at, position, context'
    op.execute(f"INSERT INTO events (arrival, {kept}) SELECT rowid, {kept} FROM events_unnumbered")
    op.drop_table("events_unnumbered")
