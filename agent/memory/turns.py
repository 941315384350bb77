"""Turns as they were answered, with what produced them, and what is counted over many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from ..dialogue_state import Act, DialogueState, OpenQuestion
from ..llm.language_model import ModelCard
from ..turn import LAST_STEP, SHELF_STEPS, Recommendation, Sentence, Turn
from .connection import Database, replace
from .schema import ANSWERS, SHOWN, TURNS, microseconds, moment

_ACTS: TypeAdapter[tuple[Act, ...]] = TypeAdapter(tuple[Act, ...])
_STATE = TypeAdapter(DialogueState)
_QUESTION: TypeAdapter[OpenQuestion | None] = TypeAdapter(OpenQuestion | None)
_RECOMMENDATIONS: TypeAdapter[tuple[Recommendation, ...]] = TypeAdapter(tuple[Recommendation, ...])


@dataclass(frozen=True, slots=True)
class LoggedTurn:
    """A turn with what produced it: prompt name -> content hash, and the model."""

    turn: Turn
    prompts: Mapping[str, str] = field(default_factory=dict)
    model: ModelCard | None = None


class TurnStore:
    """The turns of one database. Its methods raise what `Database` raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self, turn: Turn, prompts: Mapping[str, str] | None = None, model: ModelCard | None = None,
        sentences: Sequence[Sentence] = (),
    ) -> None:  # fmt: skip
        """Log a turn; a turn with the same id is replaced. `sentences` are those of the reply, with who wrote them."""
        row = {
            **{name: getattr(turn, name) for name in ("id", "session", "user", "message", "reply")},
            "recommendations": _RECOMMENDATIONS.dump_python(turn.recommendations, mode="json"),
            "timings": dict(turn.timings),
            "prompts": dict(prompts or {}),
            "model": None if model is None else asdict(model),
            "at": microseconds(turn.at),
            "context": dict(turn.context),
            "counts": dict(turn.counts),
            "dialogue": _dialogue_row(turn),
            "replaces": turn.replaces,
        }
        with self._database.write() as connection:
            connection.execute(replace(connection, TURNS), row)
            connection.execute(replace(connection, ANSWERS), _answer_row(turn, sentences))
            connection.execute(sa.delete(SHOWN).where(SHOWN.c.turn == turn.id))
            if turn.recommendations:
                connection.execute(sa.insert(SHOWN), _shown_rows(turn))

    def of(self, user: str, session: str) -> list[LoggedTurn]:
        """A user's turns in a session, oldest first, without those that were replaced; nobody else's, whatever the
        session's id."""
        statement = sa.select(TURNS).where(_standing(user, session)).order_by(TURNS.c.at, TURNS.c.id)
        with self._database.read() as connection:
            return [_logged_turn(row) for row in connection.execute(statement)]

    def newest(self, user: str, session: str, count: int = 1) -> list[tuple[str, DialogueState]]:
        """The ids of a user's newest turns in a session, each with the conversation after it, newest first, without
        those that were replaced."""
        newest = sa.select(TURNS.c.id, TURNS.c.dialogue).where(_standing(user, session))
        statement = newest.order_by(TURNS.c.at.desc(), TURNS.c.id.desc()).limit(count)
        with self._database.read() as connection:
            return [(row.id, _state(row.dialogue)) for row in connection.execute(statement)]

    def said(self, most: int) -> list[tuple[str, str, DialogueState]]:
        """User, session and the conversation after it, of the newest `most` turns, oldest first."""
        standing = TURNS.c.dialogue.is_not(None) & TURNS.c.id.not_in(
            sa.select(TURNS.c.replaces).where(TURNS.c.replaces.is_not(None))
        )
        newest = sa.select(TURNS.c.user, TURNS.c.session, TURNS.c.dialogue).where(standing)
        statement = newest.order_by(TURNS.c.at.desc(), TURNS.c.id.desc()).limit(most)
        with self._database.read() as connection:
            found = [(row.user, row.session, _state(row.dialogue)) for row in connection.execute(statement)]
        return found[::-1]

    def last_at(self, user: str, session: str) -> datetime | None:
        """When a user's newest turn of a session was answered; None before the first."""
        own = (TURNS.c.user == user) & (TURNS.c.session == session)
        with self._database.read() as connection:
            newest = connection.execute(sa.select(sa.func.max(TURNS.c.at)).where(own)).scalar()
        return None if newest is None else moment(newest)


def _standing(user: str, session: str) -> sa.ColumnElement[bool]:
    """That a turn is the user's, in the session, and no other took its place."""
    own = (TURNS.c.user == user) & (TURNS.c.session == session)
    later = TURNS.alias()
    replaced = sa.select(later.c.replaces).where(
        (later.c.user == user) & (later.c.session == session) & later.c.replaces.is_not(None)
    )
    return own & TURNS.c.id.not_in(replaced)


def _state(dialogue: Mapping[str, Any] | None) -> DialogueState:
    """The conversation after a turn; of one that was logged before there were states, a new one."""
    return _STATE.validate_python(dialogue["state"]) if dialogue else DialogueState()


def _logged_turn(row: sa.Row[Any]) -> LoggedTurn:
    recommendations = _RECOMMENDATIONS.validate_python(row.recommendations)
    told = row.dialogue or {}
    turn = Turn(
        row.id, row.session, row.user, row.message, row.reply, recommendations, row.timings, moment(row.at),
        row.context, row.counts or {}, _ACTS.validate_python(told.get("acts", ())),
        _STATE.validate_python(told.get("state", {})), _QUESTION.validate_python(told.get("question")),
        told.get("answer", ""), told.get("drop"), row.replaces,
    )  # fmt: skip
    return LoggedTurn(turn, row.prompts, None if row.model is None else ModelCard(**row.model))


def _dialogue_row(turn: Turn) -> dict[str, Any]:
    return {
        "acts": _ACTS.dump_python(turn.acts, mode="json"), "state": _STATE.dump_python(turn.state, mode="json"),
        "question": _QUESTION.dump_python(turn.question, mode="json"), "answer": turn.answer,
        "drop": turn.drop,
    }  # fmt: skip


def _answer_row(turn: Turn, sentences: Sequence[Sentence]) -> dict[str, Any]:
    finished = LAST_STEP in turn.timings  # until then the plain reasons stand in for those that are being written
    asked = [each for each in sentences if each.written_by != "rules"]
    reasons = turn.recommendations if finished else ()
    return {
        "turn": turn.id, "at": microseconds(turn.at), "finished": finished,
        "shelf_seconds": sum(turn.timings.get(step, 0.0) for step in SHELF_STEPS),
        "seconds": sum(turn.timings.values()), "timings": dict(turn.timings), "shown": len(turn.recommendations),
        "sentences": len(asked), "plain_sentences": sum(each.written_by == "evidence" for each in asked),
        "reasons": len(reasons), "plain_reasons": sum(each.explanation.written_by == "evidence" for each in reasons),
    }  # fmt: skip


def _shown_rows(turn: Turn) -> list[dict[str, Any]]:
    at = microseconds(turn.at)
    return [
        {"turn": turn.id, "rank": each.rank, "user": turn.user, "item": each.item.id, "at": at}
        for each in turn.recommendations
    ]
