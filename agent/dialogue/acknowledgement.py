"""What the person did on the page since the last answer, said back in a sentence of facts before the next reply.

It is made from the log at the moment of the answer, so what was undone is not in it. No model takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ...retrieval.catalogue import Event, EventKind, Item
from ...retrieval.event_kinds import MEANINGS
from ..knowledge.phrases import listed, shorten, verbs_for

_HEARD: tuple[EventKind, ...] = ("like", "save", "seen", "dislike", "dismiss")
"""What is answered, in this order: deeds that ask for something. Looking at an item asks for nothing."""
_MOST = 3
"""Titles per deed."""


def acknowledgement(events: Iterable[Event], find: Callable[[str], Item | None]) -> str | None:
    """ "You liked Heat and saved Ronin." for these events, oldest first; None when none of them asks for an answer.

    `find` gives an item by id, None when it left the catalogue.
    """
    heard: dict[str, list[str]] = {}
    for kind in _HEARD:
        for event in events:
            item = find(event.item) if event.item and event.kind == kind else None
            if item and shorten(item.title):
                verb = verbs_for(kind, MEANINGS[kind].polarity, item.attributes)[0]
                titles = heard.setdefault(verb, [])
                if shorten(item.title) not in titles:
                    titles.append(shorten(item.title))
    return " ".join(f"You {verb} {_counted(titles)}." for verb, titles in heard.items()) or None


def _counted(titles: list[str]) -> str:
    rest = len(titles) - _MOST
    return listed([*titles[:_MOST], f"{rest} more"] if rest > 0 else titles)
