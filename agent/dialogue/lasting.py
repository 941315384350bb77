"""What a message says for good: what never or always holds, what somebody has, and what is to be remembered of it.

Knows the message as it is read; whether anything is kept is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..dialogue_state import Act, Ask, Constrain, Constraint, Pin, Unpin
from .catalogue_phrases import ValueChoice
from .message import Message
from .phrasing import say
from .refusing import EQUIPMENT, constraint_of

PINS = "pins"
"""What a question is about that asks what is remembered."""


def possessions(message: Message) -> list[Constrain]:
    """What somebody has or speaks, "I have a Switch", is all that serves them; what they have not, "we don't own a PC",
    does not. Each of them is accounted for."""
    had = [_possession(message, at, choice) for at, choice in _owned(message, "has")]
    lacked = [_possession(message, at, choice, lacks=True) for at, choice in _owned(message, "lacks")]
    return [Constrain(each) for each in (*_either(had), *lacked)]


def said_for_good(message: Message, acts: Sequence[Act]) -> tuple[Constraint, ...]:
    """The conditions among the acts that outlive a topic and were said to hold for good."""
    made = [act.constraint for act in acts if isinstance(act, Constrain) and act.constraint.lasting]
    kinds = ("has", "lacks", "for_good")
    places = [at for kind in kinds for at in _within(message, kind)] if made else []
    named = [message.mention(at) for at in places]
    choices = [choice for at in places for choice in (*_choices(message, at), *_languages(message, at))]
    values = {value for each in choices for value in each.values}
    ranges = {
        name for each in named if each.kind == "range" for one in each.what.constraints for name in one.attributes
    }
    return tuple(each for each in made if set(each.values) & values or (each.bounds and set(each.attributes) & ranges))


def about_pins(message: Message) -> Act | None:
    """What is asked about what is remembered, or is to be forgotten of it; None where nothing is."""
    if message.says("lasting", "forget_all"):
        return Unpin()
    if message.says("lasting", "ask"):
        return Ask(PINS)
    choices = [choice for at in _within(message, "forget") for choice in _choices(message, at)]
    names = dict.fromkeys(name for each in choices for name in each.attributes)
    return Unpin(tuple(names), tuple(value for each in choices for value in each.values)) if choices else None


def remembered(message: Message) -> Pin | None:
    """ "Remember that": what is offered to be remembered, else what was said last."""
    if not message.says("lasting", "remember"):
        return None
    state = message.state
    offered = state.question.pins if state.question else ()
    lasting = tuple(each for each in state.constraints if each.lasting)
    said = offered or tuple(each for each in lasting if each.turn == state.turns - 1) or lasting
    return Pin(said) if said else None


def remembered_of(message: Message, acts: Sequence[Act]) -> tuple[Pin, ...]:
    """ "Remember that I never want horror": what the message itself says."""
    made = tuple(act.constraint for act in acts if isinstance(act, Constrain) and act.constraint.lasting)
    return (Pin(made),) if made and message.says("lasting", "remember_this") else ()


def _within(message: Message, kind: str) -> Iterator[int]:
    """The places of the mentions within what was said with the phrases of a kind."""
    pattern = message.pack.patterns("lasting", kind)
    spans = [match.span() for match in pattern.finditer(message.marked.text)] if pattern is not None else []
    yield from (at for at in message.stances.of if any(start <= message.words[at].start < end for start, end in spans))


def _choices(message: Message, at: int) -> tuple[ValueChoice, ...]:
    mention = message.mention(at)
    return mention.what if mention.kind == "value" else ()


def _owned(message: Message, kind: str) -> list[tuple[int, ValueChoice]]:
    return [(at, choice) for at in _within(message, kind) if at not in message.gone
            for choice in _languages(message, at) or _choices(message, at) if _is_owned(choice)]  # fmt: skip


def _languages(message: Message, at: int) -> tuple[ValueChoice, ...]:
    """Nobody speaks or owns a country."""
    found = message.language_named(message.mention(at))
    return (found,) if found else ()


def _is_owned(choice: ValueChoice) -> bool:
    return choice.kind == "language" or choice.attributes[0].rstrip("s") in EQUIPMENT


def _possession(message: Message, at: int, choice: ValueChoice, *, lacks: bool = False) -> Constraint:
    message.gone.add(at)
    words = message.mention(at).text
    said = say("refused", message.pack.code, value=words) if lacks else words
    return replace(constraint_of(choice, refused=lacks, words=said), standing=True)


def _either(had: Iterable[Constraint]) -> list[Constraint]:
    """Who has one console and another plays on either."""
    found: dict[tuple[str, ...], Constraint] = {}
    for each in had:
        known = found.get(each.attributes)
        found[each.attributes] = _together(known, each) if known else each
    return list(found.values())


def _together(one: Constraint, other: Constraint) -> Constraint:
    values = tuple(dict.fromkeys((*one.values, *other.values)))
    return replace(one, kind="any" if len(values) > 1 else "in", values=values, words=f"{one.words} / {other.words}")
