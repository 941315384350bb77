"""What a message says of items that were shown or are named: seen, liked, not liked."""

from __future__ import annotations

from itertools import pairwise

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
    felt = {each for event, ids in seen.items() if event != "seen" for each in ids}
    once = (
        (event, dict.fromkeys(each for each in ids if event != "seen" or each not in felt))
        for event, ids in seen.items()
    )
    return tuple(Feedback(event, tuple(ids)) for event, ids in once if ids)  # type: ignore[arg-type]


def chosen(message: Message) -> tuple[Feedback, ...] | None:
    """What somebody says to take, where that is all they say: "I'll take the second one, thanks"; else None."""
    wishes = any(True for _ in message.places("value", "range", "direction", "vague", "count"))
    if wishes or not message.says("acts", "chosen") or message.says("acts", "critique"):
        return None
    items = message.items("reference", "title")
    return (Feedback("like", items),) if len(items) == 1 else None


def _event(message: Message, at: int, stance: Stance) -> str | None:
    """What the clause around a mention says of it."""
    if stance == "fine":  # "we haven't seen it"
        return None
    clause = _clause(message, at)
    felt = _felt_nearest(message, at) or _felt(message, clause)
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


def _felt_nearest(message: Message, at: int) -> str | None:
    """What the part of the clause around a mention says, else the nearest one before it, else the nearest after: "loved
    Alien and Heat, Moon was boring". What is only seen is felt as the next part says, if that names nothing itself."""
    parts = _parts(message, at)
    own = next(place for place, (start, end) in enumerate(parts) if start <= message.words[at].start < end)
    felt = [_felt(message, message.marked.text[start:end]) for start, end in parts]
    if felt[own] == "seen" and own + 1 < len(parts) and not _names(message, parts[own + 1]):
        return felt[own + 1] or "seen"
    return next(filter(None, (felt[own], *reversed(felt[:own]), *felt[own + 1 :])), None)


def _parts(message: Message, at: int) -> list[tuple[int, int]]:
    """The clause of a mention, cut at commas and where a conjunction stands."""
    start, end = message.clause(at)
    joins = message.pack.words("and") | message.pack.words("always_end")
    cuts = [word.start for word in message.words
            if start < word.start < end and ("," in word.before or word.plain in joins)]  # fmt: skip
    return list(pairwise((start, *cuts, end)))


def _names(message: Message, part: tuple[int, int]) -> bool:
    """Whether an item is named or pointed at in a part of the text."""
    return any(part[0] <= message.words[at].start < part[1] for at, _, _ in message.places("title"))


def _felt(message: Message, clause: str) -> str | None:
    return next((event for kind, event in _KINDS if message.part_says(clause, "acts", kind)), None)


def _is_bare(message: Message) -> bool:
    bare = not any(True for _ in message.places("value", "range", "title", "direction", "vague"))
    few = bool(message.state.shelf) and len(message.words) <= _FEW * (1 + message.pack.joined)
    return few and bare and not message.says("narrative", "wishes_strict") and not message.says("acts", "critique")
