"""A message and its answer as far as it came: a value that grows with every part of a streamed turn.

Knows neither threads nor pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ..dialogue_state import DialogueState, OpenQuestion, Option
from ..turn import LAST_STEP, Explained, Finished, Recommendation, Sentence, Shelf, Turn, TurnPart


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message and its answer so far. `problem` is a plain sentence when `state` is "failed"; `ahead` is the number
    of people whose turns come first; `timings` and `counts` say how it was searched, once it is answered.

    `turn` is the id of what the log has in its place, "" while it has nothing; `dialogue` is the conversation after it,
    None until that is known. `drop` is the place of the constraint that it takes back, where it is no message. `late`:
    it has taken so long that one should see that something comes.
    """

    message: str
    reply: str = ""
    recommendations: tuple[Recommendation, ...] = ()
    state: Literal["running", "done", "failed", "stopped"] = "running"
    problem: str = ""
    ahead: int = 0
    timings: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    turn: str = ""
    dialogue: DialogueState | None = None
    question: OpenQuestion | None = None
    drop: int | None = None
    late: bool = False

    @classmethod
    def logged(cls, turn: Turn) -> Exchange:
        """A turn as the engine logged it: whole, or as far as it came before it was cut off."""
        state: Literal["done", "stopped"] = "done" if LAST_STEP in turn.timings else "stopped"
        return cls(turn.message, turn.reply, turn.recommendations, state, timings=turn.timings, counts=turn.counts,
                   turn=turn.id, dialogue=turn.state, question=turn.question, drop=turn.drop)  # fmt: skip

    def taking(self, part: TurnPart) -> Exchange:
        """This exchange with one more part of the streamed turn."""
        if isinstance(part, Shelf):
            known = replace(self, turn=part.turn, dialogue=part.state) if part.turn else self
            return replace(known, recommendations=part.recommendations)
        if isinstance(part, Sentence):
            return replace(self, reply=f"{self.reply} {part.text}".strip())
        if isinstance(part, Finished):
            return replace(self.logged(part.turn), state="done")
        return replace(self, recommendations=tuple(_explained(part, each) for each in self.recommendations))

    def failing(self, problem: str) -> Exchange:
        """This exchange ended by `problem`; once it is answered, a later problem no longer matters to the reader."""
        return self if self.state == "done" else replace(self, state="failed", problem=problem)

    @property
    def unanswered(self) -> bool:
        """Whether it ended without a whole answer, so that asking again makes sense."""
        return self.state in {"failed", "stopped"}

    @property
    def mark(self) -> str:
        """Names this exchange's shelf without naming an item: the same items in the same order, the same mark."""
        return mark_of(each.item.id for each in self.recommendations)

    @property
    def options(self) -> tuple[Option, ...]:
        """What the open question offers, once it was asked."""
        return self.question.options if self.question and self.state == "done" else ()


def chips_of(exchanges: Sequence[Exchange]) -> tuple[str, ...]:
    """The constraints in force after the newest turn that is known, in words, by their places."""
    known = (each.dialogue for each in reversed(exchanges) if each.dialogue is not None)
    newest = next(known, None)
    return newest.chips if newest else ()


def may_undo(exchanges: Sequence[Exchange]) -> bool:
    """Whether there is a step that can be taken back."""
    last = exchanges[-1] if exchanges else None
    return last is not None and last.state != "running" and last.dialogue is not None and bool(last.dialogue.earlier)


def mark_of(words: Iterable[str]) -> str:
    """Names a list without giving its contents away: what was offered is what a press means, or nothing is."""
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _explained(part: Explained, shown: Recommendation) -> Recommendation:
    return part.recommendation if part.recommendation.item.id == shown.item.id else shown
