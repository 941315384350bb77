"""What a message refuses, and how that is said: values alone, or only together ("no French comedies").

Knows the mentions of a message and the stance to each; makes constraints, and no acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..dialogue_state import Constraint, ConstraintKind
from .catalogue_phrases import Meaning, ValueChoice
from .marked_text import Mention
from .message import Message
from .phrasing import called, joined, say

EQUIPMENT = frozenset({"platform", "console", "system", "device"})
"""What somebody has does not change with the topic."""
_REFUSING = ("refuse", "soften")
_SHORT = 4
"""Words of a refusal that is said back as it was said."""


def refusal_of(message: Message, at: int, mention: Mention) -> Callable[[str], str]:
    """How something at a place is said to be refused: as it was said after one word ("nothing violent"), else by the
    language's own phrase."""
    cues = (each for each in message.stances.cues if each.kind in _REFUSING and each.end <= at < each.start + _SHORT)
    cue = next((each for each in cues if each.kind == "soften" or _weight(message, each.start, each.end) <= 1), None)
    if cue is None or _weight(message, cue.end, at):
        phrase = "refused_range" if mention.kind == "vague" else "refused"
        return lambda words: say(phrase, message.pack.code, value=words)
    said = [message.words[place].plain for place in range(cue.start, at)]
    return lambda words: ("" if message.pack.joined else " ").join((*said, words))


def _weight(message: Message, start: int, end: int) -> int:
    """How many words of a stretch are no softeners ("not too", "pas trop"); of signs two are a word."""
    softeners = message.pack.words("softeners")
    count = sum(message.words[place].plain not in softeners for place in range(start, end))
    return count // (1 + message.pack.joined)


def constraint_of(choice: ValueChoice, *, refused: bool, words: str) -> Constraint:
    """That it is there, or with `refused` that it is not."""
    if refused:
        return Constraint("out", choice.attributes, choice.values, words=words)
    kind: ConstraintKind = "in" if len(choice.values) == 1 else "any"
    standing = choice.kind == "language" or choice.attributes[0].rstrip("s") in EQUIPMENT
    return Constraint(kind, choice.attributes, choice.values, words=words, standing=standing)


def refused_together(message: Message) -> Iterator[Constraint]:
    """Values refused side by side: only together, or, where one of them is wished anyway, the other."""
    language = message.pack.code
    for group in refused_wholes(message):
        choices = [choice for at in group for choice in message.mention(at).what]
        wished = {value for values in _wished_values(message, group) for value in values}
        rest = [each for each in choices if not set(each.values) & wished]
        alternatives = len(group) > 1 and len({each.attributes for each in choices}) < len(choices)  # "no horror, war"
        if len(rest) == 1 or alternatives:
            for each in rest:
                yield constraint_of(each, refused=True, words=_refused(spoken(each, language), language))
        elif rest:
            said = ("" if message.pack.joined else " ").join(message.mention(at).text for at in group)
            yield _not_both(choices, _refused(said, language))


def refused_wholes(message: Message) -> Iterator[tuple[int, ...]]:
    """Groups of places that are refused together, and words that stand for several values at once: "no rom-coms"."""
    yield from message.stances.groups
    for at, mention, stance in message.places("value"):
        alone = not any(at in group for group in message.stances.groups)
        if stance == "out" and alone and len(mention.what) > 1 and at not in message.gone:
            yield (at,)


def is_one_name(choice: ValueChoice) -> bool:
    """Whether it is one person or company."""
    return choice.kind in ("person", "maker") and len(choice.values) == 1


def spoken(choice: ValueChoice, language: str) -> str:
    """Its values in words."""
    return joined((called(str(each), language) for each in choice.values), language, "or")


def _refused(words: str, language: str) -> str:
    return say("refused", language, value=words)


def _not_both(choices: list[ValueChoice], said: str) -> Constraint:
    names = tuple(each.attributes[0] for each in choices)
    values = tuple(str(each.values[0]) for each in choices)
    return Constraint("not both", names, values, words=said)


def _wished_values(message: Message, group: tuple[int, ...]) -> Iterator[tuple[str | bool, ...]]:
    for at, mention, stance in message.places("value"):
        if at not in group and stance == "wish":
            meaning: Meaning = mention.what
            yield from (choice.values for choice in meaning)
    yield from (each.values for each in message.state.constraints if each.kind in ("in", "any"))
