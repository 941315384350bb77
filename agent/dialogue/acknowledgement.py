"""What the person did on the page since the last answer, said back in a sentence of facts before the next reply.

It is made from the log at the moment of the answer, so what was undone is not in it. No model takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ...retrieval.catalogue import Event, EventKind, Item
from ...retrieval.event_kinds import MEANINGS
from ..knowledge.language import language_pack, languages
from ..knowledge.phrases import shorten, verbs_for
from .phrasing import in_a_row, joined, say

_HEARD: tuple[EventKind, ...] = ("like", "save", "seen", "dislike", "dismiss")
"""What is answered, in this order: deeds that ask for something. Looking at an item asks for nothing."""
_MOST = 3
"""Titles per deed."""


def acknowledgement(events: Iterable[Event], find: Callable[[str], Item | None], language: str = "en") -> str | None:
    """ "You liked Heat. You saved Ronin." for these events, oldest first; None when none of them asks for an answer.

    `find` gives an item by id, None when it left the catalogue; `language` is the conversation's.
    """
    heard: dict[str, list[str]] = {}
    for kind in _HEARD:
        for event in events:
            item = find(event.item) if event.item and event.kind == kind else None
            if item and shorten(item.title):
                titles = heard.setdefault(_sentence(kind, item, language), [])
                if shorten(item.title) not in titles:
                    titles.append(shorten(item.title))
    told = (said.format(titles=_counted(titles, language)) for said, titles in heard.items())
    return in_a_row(told, language) or None


def _sentence(kind: EventKind, item: Item, language: str) -> str:
    """What is said of a deed, with a place for titles. In English the verb is that of the sort of thing."""
    own = language_pack(language).table("deeds").get(kind) if language in languages() else None
    return own or f"You {verbs_for(kind, MEANINGS[kind].polarity, item.attributes)[0]} {{titles}}."


def _counted(titles: list[str], language: str) -> str:
    rest = len(titles) - _MOST
    if rest == 1:  # one more takes no longer to name than to count
        return joined(titles, language)
    more = [say("more_titles", language, count=rest)] if rest > 0 else []
    return joined([*titles[:_MOST], *more], language)
