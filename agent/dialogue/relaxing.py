"""What a message takes back of what was asked for before."""

from __future__ import annotations

from collections.abc import Iterator

from ..dialogue_state import Relax
from .catalogue_phrases import Meaning
from .marked_text import Mention
from .marking import AttributeMention
from .message import Message
from .stances import Stance
from .widening import widening


def relaxed(message: Message) -> Iterator[Relax]:
    """Conditions that no longer hold; each once."""
    done: set[Relax] = set()
    for at, mention, stance in message.places("attribute", "value", "range", "direction", "vague"):
        lifted = stance in ("relax", "fine", "indifferent") or _is_any(message, at, mention, stance)
        if not lifted or at in message.gone or (stance == "fine" and widening(message, mention)):
            continue
        relax = _relaxation(message, mention, stance)
        if relax:
            message.gone.add(at)
            yield from () if relax in done else (relax,)
            done.add(relax)
    yield from _only_part(message)


def is_firm(message: Message) -> bool:
    """Whether something is taken back in so many words, rather than said not to matter."""
    places = message.places("attribute", "value", "range")
    lifted = ("relax", "fine")
    firm = any(stance in lifted or _is_any(message, at, each, stance) for at, each, stance in places)
    return firm or message.says("acts", "just_part")


def _only_part(message: Message) -> Iterator[Relax]:
    if message.says("acts", "just_part"):
        keep = tuple(name for _, mention, _ in message.places("value") for choice in mention.what
                     for name in choice.attributes)  # fmt: skip
        yield from (Relax(keep=keep),) if keep else ()


def _is_any(message: Message, at: int, mention: Mention, stance: Stance) -> bool:
    """ "Any year", "no age limit": an attribute that is not to count."""
    return mention.kind == "attribute" and (message.before(at) in message.pack.words("any") or stance == "out")


def _relaxation(message: Message, mention: Mention, stance: Stance) -> Relax | None:
    if isinstance(mention.what, AttributeMention):
        named = Relax(tuple(each.name for each in mention.what.attributes))
        lifted = stance in ("relax", "fine") and _holds(message, named.attributes, ())
        return named if mention.kind == "attribute" or stance == "relax" or lifted else None
    if mention.kind == "range":
        names = tuple(name for each in mention.what.constraints for name in each.attributes)
        return Relax(names) if stance == "relax" or _holds(message, names, ()) else None
    if exact := in_force(message, mention):
        return exact
    names, values = _named_by(mention.what)
    # "Thriller is fine" with nothing said against thrillers before is a wish.
    sure = stance == "relax" or _holds(message, names, values) or message.says("acts", "again")
    return Relax(names, values) if sure else None


def in_force(message: Message, mention: Mention) -> Relax | None:
    """What takes back the wishes that have the very word: "forget French" is of the language where that was asked for,
    and of the country, too, where both were."""
    words = {mention.text.casefold(), message.pack.table("spoken").get(mention.text.casefold(), "").casefold()}
    found = [(each, value) for each in message.state.constraints for value in each.values
             if str(value).casefold() in words]  # fmt: skip
    if not found:
        return None
    names, values = _named_by(mention.what)
    attributes = dict.fromkeys((*(name for each, _ in found for name in each.attributes), *names))
    return Relax(tuple(attributes), tuple(dict.fromkeys((*(value for _, value in found), *values))))


def _holds(message: Message, names: tuple[str, ...], values: tuple[str | bool, ...]) -> bool:
    return any(set(each.attributes) & set(names) and (not values or set(each.values) & set(values))
               for each in message.state.constraints)  # fmt: skip


def _named_by(meaning: Meaning) -> tuple[tuple[str, ...], tuple[str | bool, ...]]:
    names = tuple(dict.fromkeys(name for choice in meaning for name in choice.attributes))
    return names, tuple(value for choice in meaning for value in choice.values)
