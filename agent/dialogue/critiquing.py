"""How a message wants to move away from what was shown: newer, cheaper, less violent, like this one but different."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from ..dialogue_state import Critique, Direction
from .marked_text import Mention
from .message import Message

_REACH = 4
"""Words between an adjective and what it compares with."""


def critiques(message: Message) -> Iterator[Critique]:
    """One for each adjective, else one of the whole where items are pointed at."""
    pointed = message.items("reference")
    found = False
    for at, mention, _ in message.places("direction", "vague"):
        way = None if at in message.gone else _way(message, at, mention)
        if way:
            message.gone.add(at)
            found = True
            yield Critique(
                way, mention.what.attributes[0].name, items=_than(message, at) or pointed, words=mention.text
            )
    for critique in _in_words(message, pointed, found):
        found = True
        yield critique
    if found:  # "like the second but newer" moves away from the second
        message.gone |= {at for at, _, _ in message.places("reference")}


def _than(message: Message, at: int) -> tuple[str, ...]:
    """What is pointed at right behind an adjective: "shorter than the second but newer than the third"."""
    after = message.words[at + 1].plain if at + 1 < len(message.words) else ""
    if after not in message.pack.words("than"):
        return ()
    behind = (mention.what for place, mention, _ in message.places("reference") if at < place <= at + _REACH)
    return next(behind, ())


def _way(message: Message, at: int, mention: Mention) -> Direction | None:
    """Which way a comparative goes; "too old" is away from old. A plain "old" is a wish, not a critique."""
    way: Direction = mention.what.way
    stance = message.stances.of[at]
    if stance in ("fine", "indifferent", "relax"):
        return None
    if mention.kind == "direction":
        return opposite(way) if stance in ("out", "soft") else way
    too = message.before(at) in message.pack.words("too")
    return opposite(way) if too and stance not in ("out", "soft") else None


def _in_words(message: Message, pointed: tuple[str, ...], found: bool) -> Iterator[Critique]:
    pattern = message.pack.patterns("acts", "degree")
    match = pattern.search(message.marked.text) if pattern is not None else None
    if match and not _is_accounted(message, match):
        said = {name: text for name, text in match.groupdict().items() if text}
        way: Direction = "less" if "less" in said else "more"
        harsh = {at for at in _within(message, match) if message.is_harsh(message.mention(at))}
        message.gone |= set(_within(message, match)) - harsh
        message.stances.of |= dict.fromkeys(harsh if way == "less" else (), "soft")  # and a condition
        text = message.marked.spoken(said.get("less") or said.get("more") or "")
        yield Critique(way, text=text, items=pointed, words=message.marked.spoken(match[0]))
    elif pointed and not found and message.says("acts", "critique"):
        yield Critique("more", items=pointed)
    elif not found and message.state.shelf and message.says("acts", "same_again"):
        yield Critique("more", items=message.state.shelf)


def refused_degrees(message: Message) -> list[str]:
    """What there is to be less of by a refusal of too much of it: "nothing too violent"."""
    pattern = message.pack.patterns("acts", "degree")
    found = []
    for match in pattern.finditer(message.marked.text) if pattern is not None else ():
        words = [at for at, word in enumerate(message.words) if match.start() <= word.start < match.end()]
        refused = words and any(cue.kind == "refuse" and cue.end == words[0] for cue in message.stances.cues)
        if refused and match.groupdict().get("less") and not _is_measured(message, match):
            found.append(message.marked.spoken(match["less"]))
            message.stances.used |= set(words)
    return found


def _is_measured(message: Message, match: regex.Match[str]) -> bool:
    """Whether it is of a quantity, which a bound says better: "nothing too long"."""
    return any(message.mention(at).kind in ("vague", "direction") for at in _within(message, match))


def _is_accounted(message: Message, match: regex.Match[str]) -> bool:
    """Whether what is in the words is said elsewhere already, or refused ("nothing too long")."""
    within = list(_within(message, match))
    first = next((at for at, word in enumerate(message.words) if word.start >= match.start()), 0)
    refused = any(cue.kind == "refuse" and cue.end == first for cue in message.stances.cues)
    done = (
        at in message.gone
        or message.stances.of[at] == "out"
        or message.mention(at).kind in ("vague", "reference", "title")
        for at in within
    )
    return refused or any(done)


def _within(message: Message, match: regex.Match[str]) -> Iterator[int]:
    return (at for at in message.stances.of if match.start() <= message.words[at].start < match.end())


def opposite(way: Direction) -> Direction:
    """The other way."""
    return "less" if way == "more" else "more"
