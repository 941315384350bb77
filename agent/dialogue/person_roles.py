"""In which part somebody is asked for: "directed by Clint Eastwood" is not with him. Knows a message, makes no acts."""

from __future__ import annotations

from dataclasses import replace

from .catalogue_phrases import ValueChoice
from .marked_text import Mention
from .marking import attributes_called
from .message import Message

_ROLES = ("director", "cast")
_AHEAD = 40
"""Characters before a name that are looked at."""


def in_role(message: Message, at: int, mention: Mention) -> Mention:
    """A mention of people with the attributes of the part that the words before it name; as it is where they name
    none."""
    if mention.kind != "value" or mention.what[0].kind != "person":
        return mention
    return replace(mention, what=tuple(_narrowed(message, at, each) for each in mention.what))


def _narrowed(message: Message, at: int, choice: ValueChoice) -> ValueChoice:
    ahead = message.marked.spoken(message.marked.text[: message.words[at].start]).rstrip()[-_AHEAD:]
    for role in _ROLES:
        pattern = message.pack.patterns("parts_of_people", role)
        names = {each.name for each in attributes_called(message.schema, role)} & set(choice.attributes)
        if names and pattern is not None and any(found.end() == len(ahead) for found in pattern.finditer(ahead)):
            return replace(choice, attributes=tuple(each for each in choice.attributes if each in names))
    return choice
