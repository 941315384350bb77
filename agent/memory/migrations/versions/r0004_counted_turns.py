"""What is counted over many turns lies apart from their long texts: how each was answered, and what it showed.

Databases of before this step was a file may have some of it already.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op
from sommelier.agent.memory.migrations.columns import Id, Json, columns_of

revision = "0004"
down_revision = "0003"

_SHELF_STEPS = ("profile", "candidates", "ranking")
_LAST_STEP = "explanations"
_TOGETHER = 500
_TURNS = sa.table(
    "turns", sa.column("id", Id), sa.column("user", Id), sa.column("recommendations", Json),
    sa.column("timings", Json), sa.column("at", sa.BigInteger),
)  # fmt: skip
log = logging.getLogger(__name__)


def upgrade() -> None:
    """Make the tables, and count the turns that are there. Who wrote their sentences was not kept."""
    if "counts" not in columns_of("turns"):
        op.add_column("turns", sa.Column("counts", Json))
    answers, shown = _answers(), _shown()
    connection = op.get_bind()
    uncounted = connection.execute(sa.select(_TURNS.c.id).where(_TURNS.c.id.not_in(sa.select(answers.c.turn))))
    ids = iter(uncounted.scalars().all())
    while some := list(islice(ids, _TOGETHER)):
        for turn in connection.execute(sa.select(_TURNS).where(_TURNS.c.id.in_(some))).all():
            for table, rows in zip((answers, shown), _counted(turn), strict=True):
                if rows:
                    connection.execute(sa.insert(table), rows)


def _answers() -> sa.Table:
    table = op.create_table(
        "answers",
        sa.Column("turn", Id, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("shelf_seconds", sa.Double, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("timings", Json, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("sentences", sa.Integer, nullable=False),
        sa.Column("plain_sentences", sa.Integer, nullable=False),
        sa.Column("reasons", sa.Integer, nullable=False),
        sa.Column("plain_reasons", sa.Integer, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_answers_at", "answers", ["at"], if_not_exists=True)
    return table


def _shown() -> sa.Table:
    table = op.create_table(
        "shown",
        sa.Column("turn", Id, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user", Id, nullable=False),
        sa.Column("item", Id, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_shown_at", "shown", ["at"], if_not_exists=True)
    return table


def _counted(turn: sa.Row[Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Its rows in both tables; none where what was logged of it cannot be read: no workspace stays shut for that."""
    try:
        return [_answer(turn)], list(_items(turn))
    except (KeyError, TypeError, AttributeError) as error:
        log.warning("the logged turn %r cannot be read and is left out of the board (%r)", turn.id, error)
        return [], []


def _answer(turn: sa.Row[Any]) -> dict[str, Any]:
    finished = _LAST_STEP in turn.timings  # until then the plain reasons stand in for those that are being written
    reasons = [each["explanation"]["written_by"] for each in turn.recommendations] if finished else []
    return {
        "turn": turn.id, "at": turn.at, "finished": finished,
        "shelf_seconds": sum(turn.timings.get(step, 0.0) for step in _SHELF_STEPS),
        "seconds": sum(turn.timings.values()), "timings": turn.timings, "shown": len(turn.recommendations),
        "sentences": 0, "plain_sentences": 0, "reasons": len(reasons), "plain_reasons": reasons.count("evidence"),
    }  # fmt: skip


def _items(turn: sa.Row[Any]) -> Iterator[dict[str, Any]]:
    for each in turn.recommendations:
        yield {"turn": turn.id, "rank": each["rank"], "user": turn.user, "item": each["item"]["id"], "at": turn.at}
