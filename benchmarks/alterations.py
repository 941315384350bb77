"""Ways to alter what a recommender is told: misspelt titles, synonyms, lost and stray events.

All of them are seeded and consistent: the same text is altered in the same way wherever it stands.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sommelier.agent.knowledge.phrases import DULL
from sommelier.agent.turn import Profile
from sommelier.finetune.examples.synonyms import FILM_KINDS
from sommelier.retrieval.catalogue import Event
from sommelier.retrieval.evidence import Candidate
from sommelier.retrieval.index import Index

SYNONYMS = {kind: words[0] for kind, words in FILM_KINDS.items()}
"""Facet values, case-folded, and another way to ask for them."""


def misspelt(text: str) -> str:
    """One typo: two neighbouring letters inside a word of four letters or more change places."""
    draw = _seeded(text)
    places = [at for word in re.finditer(r"[^\W\d_]{4,}", text) for at in range(word.start() + 1, word.end() - 2)
              if text[at] != text[at + 1]]  # fmt: skip
    if not places:
        return text
    at = draw.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def retitled(index: Index, title: Callable[[str], str]) -> Index:
    """The index with other titles; vectors, words and counts of it are as they were."""
    return replace(index, items=[replace(item, title=title(item.title)) for item in index.items])


def with_titles(candidate: Candidate, item: Callable[[str], str] = str, link: Callable[[str], str] = str) -> Candidate:
    """The candidate with other titles for its item and for the history items that point to it."""
    links = tuple(replace(each, title=link(each.title)) for each in candidate.evidence.history)
    return replace(
        candidate,
        item=replace(candidate.item, title=item(candidate.item.title)),
        evidence=replace(candidate.evidence, history=links),
    )


def without_some(events: Sequence[Event], share: float, seed: int) -> list[Event]:
    """The events with this share of them lost, at least one where there are two."""
    lost = min(max(1, round(share * len(events))), len(events) - 1)
    gone = set(random.Random(seed).sample(range(len(events)), max(lost, 0)))
    return [event for at, event in enumerate(events) if at not in gone]


def with_strays(events: Sequence[Event], share: float, items: Sequence[str], seed: int) -> list[Event]:
    """The events with this share of strays among them, at least one: like a neighbour, but on an item by lot."""
    draw = random.Random(seed)
    count = min(max(1, round(share * len(events))), len(events))
    strays = {at: replace(events[at], id=f"stray-{at}", item=draw.choice(items))
              for at in draw.sample(range(len(events)), count)}  # fmt: skip
    return [each for at, event in enumerate(events) for each in ((event, strays[at]) if at in strays else (event,))]


def wish_of(profile: Profile) -> str | None:
    """What to ask for on this user's behalf: their most telling interest, one that has a synonym if there is any."""
    drawn = [each.value for each in profile.interests if each.strength > 0 and each.facet not in DULL]
    return next((value for value in drawn if value.casefold() in SYNONYMS), drawn[0] if drawn else None)


def _seeded(text: str) -> random.Random:
    return random.Random(hashlib.sha256(text.encode()).digest())
