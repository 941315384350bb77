"""Types of columns, and what a table has, for steps that may find their work half done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

Id = sa.String().with_variant(sa.String(collation="C"), "postgresql")
Json = sa.JSON(none_as_null=True)


def columns_of(table: str) -> list[str]:
    """Names of the columns that a table has."""
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]


def on_postgresql() -> bool:
    """Whether the database is PostgreSQL; else it is SQLite."""
    return op.get_bind().dialect.name == "postgresql"
