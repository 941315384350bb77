"""What a message says of items that were shown or are named: seen, liked, not liked."""

from __future__ import annotations

from ..dialogue_state import Feedback
from .message import Message
from .stances import Stance

_KINDS = (("feedback_dislike", "dislike"), ("feedback_like", "like"), ("feedback_seen", "seen"))
_FEW = 8
"""Words of a message that may be about the whole shelf without naming it; of signs twice as many."""


def feedback(message: Message) -> tuple[Feedback, ...]:
    """Of references, of titles, or of what was last spoken of by a bare "seen it"."""
    seen: dict[str, list[str]] = {}
    for at, mention, stance in message.places("reference", "title"):
        event = _event(message, at, stance)
        if event:
            seen.setdefault(event, []).extend(mention.what)
            message.gone.add(at)
    if not seen and _is_bare(message):
        event = _felt(message, message.text)
        items = message.state.focus if len(message.state.focus) == 1 else message.state.shelf
        seen = {event: list(items)} if event else {}
    return tuple(Feedback(event, tuple(dict.fromkeys(ids))) for event, ids in seen.items())  # type: ignore[arg-type]


def _event(message: Message, at: int, stance: Stance) -> str | None:
    """What the clause around a mention says of it."""
    clause = _clause(message, at)
    felt = _felt(message, clause)
    reference = message.mention(at).kind == "reference"
    if reference and (felt is None or _is_criticised(message, at, felt)):
        return None
    if stance == "example" and message.part_says(clause, "narrative", "wishes_strict"):
        return None
    if stance == "known":
        return felt or "seen"
    return felt


def _is_criticised(message: Message, at: int, felt: str) -> bool:
    """Whether it says how something else is to differ; praise anywhere in such a message only leads up to that."""
    part = message.clause_text(at, commas=True)
    return message.part_says(part, "acts", "critique") or (felt == "like" and message.says("acts", "critique"))


def _clause(message: Message, at: int) -> str:
    """The clause, and the next one where this has only the name: "Joker? Walked out." """
    start, end = message.clause(at)
    if end - start <= 2 and end < len(message.marked.text):
        end = message.clause(min(at + 1, len(message.words) - 1))[1]
    return message.marked.text[start:end]


def _felt(message: Message, clause: str) -> str | None:
    return next((event for kind, event in _KINDS if message.part_says(clause, "acts", kind)), None)


def _is_bare(message: Message) -> bool:
    bare = not any(True for _ in message.places("value", "range", "title", "direction", "vague"))
    few = bool(message.state.shelf) and len(message.words) <= _FEW * (1 + message.pack.joined)
    return few and bare and not message.says("narrative", "wishes_strict") and not message.says("acts", "critique")
