"""Requests for fitting the weights of turns that ask for something: event logs have choices, but nobody's words.

Each validation choice is given a request that the chosen item answers, in words that at least five items share: one or
two of its facet values, or words of its description, or one word of its title where it has nothing else. So a request
narrows, and never names. It is kinder than people are: the words of a real request need not occur in what answers it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence

from ...agent.turn import Request
from ...retrieval.catalogue import Item
from ...retrieval.index import Index
from ...retrieval.text.vocabulary import words_of
from ..evaluation.cases import Case

SHARED = 5
"""Items that must have a word or value for it to be asked for."""
COMMON = 0.5
"""What more than this share of items have, nobody asks for."""
TEMPLATES = ("{}", "something with {}", "I am looking for {}", "{}, please", "do you have {}?")


def synthetic_requests(cases: Iterable[Case], index: Index, seed: int = 0) -> Iterator[tuple[Case, Request]]:
    """Each case with a request; cases whose target left the catalogue, or has nothing to ask for, are left out.

    The same case gets the same request whatever the other cases are.
    """
    for case in (case for case in cases if case.target in index.position):
        draw = random.Random(f"{seed} {case.user}")
        terms = _terms(index.items[index.position[case.target]], index, draw)
        if terms:
            yield case, Request(draw.choice(TEMPLATES).format(" and ".join(terms)))


def _terms(item: Item, index: Index, draw: random.Random) -> list[str]:
    """One or two things to ask for, in random order."""
    named = set(words_of(item.title))
    values = [value for name, value in item.facets() if _may_be_asked(index.facets.rarity_of((name, value)), index)]
    spoken = [value for value in dict.fromkeys(values) if not set(words_of(value)) & named]
    described = [word for word in _words(item.text, index) if word not in named]
    titled = _words(item.title, index)[:1] if len(named) > 1 else []
    choice = spoken or described or titled
    return draw.sample(choice, min(len(choice), draw.choice((1, 2))))


def _words(text: str, index: Index) -> Sequence[str]:
    return [word for word in dict.fromkeys(words_of(text)) if _may_be_asked(index.words.rarity_of(word), index)]


def _may_be_asked(rarity: float, index: Index) -> bool:
    having = len(index.items) * math.exp(-rarity)
    return round(having) >= SHARED and having <= COMMON * len(index.items)
