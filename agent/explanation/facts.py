"""What may be said of a candidate: its own fields, the person's history, what both have in common, what was asked for.

Made from evidence alone; nothing is judged here. Knows no sentences and no models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...retrieval.attribute_roles import role_of, year_of
from ...retrieval.catalogue import AttributeValue, Item
from ...retrieval.event_kinds import Polarity
from ...retrieval.evidence import Candidate, HistoryLink, SharedAttribute
from ..knowledge.phrases import KIND_ADJECTIVES, consumed, noun, shorten, verbs_for
from ..knowledge.tags import form_of
from .extract import line_of
from .grammar import FLAG, HISTORY, ITEM, NOUN, REQUEST, SOURCE, YEAR, Fact
from .verifier import Facts

STRONG_LINK = 0.5
DRAWN = 0.1
"""Interest in a shared attribute from which the person counts as drawn to it."""
OFTEN, OFTEN_TIMES = 0.2, 2.0
"""Share of an item's choices, and times at all, that come with the candidate where people often choose both."""


def facts_of(candidate: Candidate, request_words: Sequence[str] = ()) -> Facts:
    """Everything a sentence about `candidate` may say."""
    item, evidence = candidate.item, candidate.evidence
    known = [*title_facts(item.title, ITEM), *_history(candidate), *_own(candidate)]
    asked = dict.fromkeys((*evidence.words, *request_words))
    known += [Fact(text, REQUEST) for word in asked for text in _wordings(word)]
    known += [Fact(word, NOUN) for word in {noun(item), "movie" if noun(item) == "film" else noun(item)}]
    known += [Fact(line.rstrip("."), SOURCE)] if (line := line_of(item)) else []
    strong = any(link.strength >= STRONG_LINK for link in evidence.history)
    return Facts(tuple(known), evidence.popularity, strong)


def title_facts(title: str, role: str, polarity: Polarity | None = None, verbs: tuple[str, ...] = ()) -> Iterator[Fact]:
    """The title as it is and as it is shown when long."""
    for text in dict.fromkeys((title, shorten(title))):
        yield Fact(text, role, polarity, verbs)


def history_of(candidate: Candidate) -> list[HistoryLink]:
    """The items of the history that anything is known of: those chosen along with it, then those merely alike."""
    evidence = candidate.evidence
    known = {link.item for link in evidence.history}
    return [*evidence.history, *(each.link for each in evidence.alike if each.link.item not in known)]


def actions(link: HistoryLink) -> tuple[str, ...]:
    """What the person did with it, the plainest verb first."""
    return verbs_for(link.kind, link.polarity, link.fields)


def is_reason(link: HistoryLink) -> bool:
    """A disliked item is none, and neither is one of which nothing can be said."""
    return link.polarity != "disliked" and bool(actions(link)) and bool(shorten(link.title))


def often_together(link: HistoryLink) -> bool:
    """Whether people who chose that item often choose the candidate."""
    return link.together >= max(OFTEN_TIMES, OFTEN * link.choices)


def drawn_to(candidate: Candidate) -> tuple[SharedAttribute, ...]:
    """What the item has that the person is drawn to."""
    return tuple(attribute for attribute in candidate.evidence.shared if attribute.strength >= DRAWN)


def fields(item: Item) -> Iterator[tuple[str, str]]:
    """(role, text) of all that the item's attributes let one say; a flag that is not set says nothing."""
    year = role_of(item, "year")
    for name, value in item.attributes.items():
        if name == year:
            yield from [(YEAR, str(said))] if (said := year_of(item)) else []
        elif isinstance(value, bool):
            yield from [(FLAG, name.replace("_", " ").removeprefix("is ").removeprefix("has "))] if value else []
        else:
            yield from ((name, _spoken(part)) for part in (value if isinstance(value, tuple) else (value,)))


def _history(candidate: Candidate) -> Iterator[Fact]:
    for link in history_of(candidate):
        crowd = consumed(link.fields) if often_together(link) else ""
        for text in dict.fromkeys((link.title, shorten(link.title))):
            yield Fact(text, HISTORY, link.polarity, actions(link), crowd=crowd)


def _own(candidate: Candidate) -> Iterator[Fact]:
    drawn = {(attribute.facet, attribute.value) for attribute in drawn_to(candidate)}
    for facet, value in fields(candidate.item):
        liked: Polarity | None = "liked" if (facet, value) in drawn else None
        also = _also(candidate, facet, value)
        for text in dict.fromkeys((value, shorten(value, 40), form_of(value) or value)):
            yield Fact(text, facet, liked, also=also)


def _also(candidate: Candidate, facet: str, value: str) -> tuple[str, ...]:
    """Titles of the history items that have this value as well."""
    having = (
        each.link.title for each in candidate.evidence.alike
        if any((shared.facet, shared.value) == (facet, value) for shared in each.values)
    )  # fmt: skip
    return tuple(dict.fromkeys(text for title in having for text in (title, shorten(title))))


def _wordings(word: str) -> set[str]:
    low = word.casefold()
    return {word, shorten(word, 40), KIND_ADJECTIVES.get(low, word), form_of(low) or word}


def _spoken(value: AttributeValue) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
