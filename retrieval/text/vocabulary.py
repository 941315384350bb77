"""Sparse views of the catalogue: which items have which facet values, and which words.

Both are incidence matrices whose columns are weighted by rarity, log(items / items having it).
"""

from __future__ import annotations

import re
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ..catalogue import Item

Floats = NDArray[np.float32]
IN_PASSING = 0.3
"""A word that an item's text merely mentions, beside one that its title or facets name: asking for "a clever heist
film" is asking for heists, not for descriptions in which somebody is clever."""

Facet: TypeAlias = "tuple[str, str]"
Term = TypeVar("Term", bound=Hashable)

_WORD = re.compile(r"\w+(?:'\w+)?")
STOPWORDS = frozenset(
    """
    a about after all also am an and any anything are as at be because been before but by can could did do does else
    ever fancy few film films find for from get give good got great had has have having he hello her here hey hi him
    his how i if in into is it its just kind know less let like likes look looking lot love made make many may maybe
    me mind mood more most movie movies much my myself need new no nor not nothing now of off ok okay on one ones
    only or other our out over own perhaps pick picked picks please really recommend same say see seen she should
    show similar so some someone something sort still stuff such suggest sure surprise tell than thank thanks that
    the their them then there these they thing things think this those to today tonight too try under until up us
    very want wanted was watch watching way we well were what when where which while who whose why will with within
    without would yes yet you your
    """.split()  # noqa: SIM905 - a list of 150 strings is not the simpler form
)


def words_of(text: str) -> list[str]:
    """The content words of a text in order: case-folded, plural s cut, stop words dropped, repetitions kept."""
    stems = [stem(word) for word in _raw_words(text) if word not in STOPWORDS and not word.endswith("n't")]
    return [word for word in stems if word not in STOPWORDS and len(word) > 1]


def phrases_of(text: str) -> list[str]:
    """Every run of two to four words, case-folded, joined by single spaces."""
    words = _raw_words(text)
    return [" ".join(words[at : at + size]) for size in (4, 3, 2) for at in range(len(words) - size + 1)]


def _raw_words(text: str) -> list[str]:
    return _WORD.findall(_straight(text))


def _straight(text: str) -> str:
    return text.casefold().replace("\u2019", "'")


def stem(word: str) -> str:
    """The word without a possessive or plural ending, so that "heists" finds "heist"."""
    word = word.split("'")[0]
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word


@dataclass(frozen=True)
class Incidence(Generic[Term]):
    """Items (rows) against terms (columns). `rarity` has shape (terms,)."""

    terms: Sequence[Term]
    matrix: sp.csr_matrix
    rarity: Floats

    @classmethod
    def of(cls, rows: Sequence[Iterable[Term]]) -> Incidence[Term]:
        """From the terms of each item."""
        columns: dict[Term, int] = {}
        indices: list[int] = []
        starts = [0]
        for row in rows:
            indices += sorted({columns.setdefault(term, len(columns)) for term in row})
            starts.append(len(indices))
        ones = np.ones(len(indices), np.float32)
        shape = (len(rows), len(columns))
        matrix: sp.csr_matrix = sp.csr_matrix((ones, np.array(indices, np.int32), starts), shape=shape)
        having = np.maximum(np.asarray(matrix.sum(axis=0)).ravel(), 1)
        return cls(list(columns), matrix, np.log(len(rows) / having).astype(np.float32))

    def weakened(self, keep: Sequence[Container[Term]], factor: float) -> Incidence[Term]:
        """The same incidences, those of row i that are not in `keep[i]` counting `factor` instead of 1."""
        matrix = self.matrix.copy()
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        kept = [self.terms[at] in keep[row] for row, at in zip(rows.tolist(), matrix.indices.tolist(), strict=True)]
        matrix.data = np.where(kept, 1.0, factor).astype(np.float32)
        return Incidence(self.terms, matrix, self.rarity)

    @cached_property
    def column(self) -> Mapping[Term, int]:
        """Term -> column."""
        return {term: at for at, term in enumerate(self.terms)}

    @cached_property
    def _by_term(self) -> sp.csc_matrix:
        return self.matrix.tocsc()

    def weigh(self, weights: Mapping[Term, float]) -> Floats:
        """Sum over an item's terms of weight x rarity, shape (items,). Unknown terms count nothing."""
        known = [(self.column[term], weight) for term, weight in weights.items() if term in self.column]
        if not known:
            return np.zeros(self.matrix.shape[0], np.float32)
        columns = np.array([at for at, _ in known])
        values = np.array([weight for _, weight in known], np.float32) * self.rarity[columns]
        return np.asarray(self._by_term[:, columns] @ values, np.float32).ravel()

    def weights_of(self, row: int) -> dict[Term, float]:
        """The terms of one item with their weights there, 1 unless weakened."""
        inside = slice(*self.matrix.indptr[row : row + 2])
        terms = (self.terms[at] for at in self.matrix.indices[inside])
        return dict(zip(terms, self.matrix.data[inside].tolist(), strict=True))

    def rarity_of(self, term: Term) -> float:
        """log(items / items having the term); 0 for a term that no item has."""
        return float(self.rarity[self.column[term]]) if term in self.column else 0.0


def commonest(facets: Incidence[Facet], count: int) -> dict[str, list[tuple[str, int]]]:
    """Facet name -> its `count` most common values with the number of items having each, the most common first."""
    having = facets.matrix.sum(axis=0).A1
    found: dict[str, list[tuple[str, int]]] = {}
    for (name, value), items in zip(facets.terms, having, strict=True):
        found.setdefault(name, []).append((value, int(items)))
    return {name: sorted(values, key=lambda each: (-each[1], each[0]))[:count] for name, values in found.items()}


def facet_incidence(items: Sequence[Item]) -> Incidence[Facet]:
    """Items against (facet, value) pairs."""
    return Incidence.of([item.facets() for item in items])


def spoken_facets(facets: Incidence[Facet]) -> dict[str, list[Facet]]:
    """Term of a request, as `request_terms` gives it -> the (facet, value) pairs whose value it is."""
    found: dict[str, list[Facet]] = {}
    for facet in facets.terms:
        value = " ".join(_raw_words(facet[1]))
        found.setdefault(value if " " in value else stem(value), []).append(facet)
    return found


def word_incidence(items: Sequence[Item]) -> Incidence[str]:
    """Items against the content words of their title, facet values and text, and facet values of several words."""
    return Incidence.of([words_of(searchable_text(item)) + _long_values(item) for item in items]).weakened(
        [_named_terms(item) for item in items], IN_PASSING
    )


def request_terms(request: str, known: Incidence[str]) -> list[str]:
    """The terms of a request in order: facet values of several words first, then the words outside them."""
    phrases: list[str] = []
    rest = " ".join(_raw_words(request))
    for phrase in phrases_of(request):
        if phrase in known.column and f" {phrase} " in f" {rest} ":
            phrases.append(phrase)
            rest = f" {rest} ".replace(f" {phrase} ", " ").strip()
    return list(dict.fromkeys(phrases + words_of(rest)))


def written_as(request: str) -> dict[str, str]:
    """The stem of each word of a request -> the word as it is written there. A capital at the beginning may be the
    sentence's, and capitals throughout are nobody's name."""
    spelled: dict[str, str] = {}
    for at, word in enumerate(_WORD.findall(request.replace("\u2019", "'"))):
        plain = word.lower() if request.isupper() or (at == 0 and word.istitle()) else word
        spelled.setdefault(stem(word.casefold()), plain)
    return spelled


def spellings(item: Item) -> dict[str, str]:
    """The facet values of an item as terms -> as the catalogue writes them."""
    return {" ".join(_raw_words(value)): value for _, value in item.facets()}


def _named_terms(item: Item) -> set[str]:
    """The terms that say what the item is: its title and facet values, as against words that its text mentions."""
    values = " ".join(value for _, value in item.facets())
    return set(words_of(f"{item.title} {values}") + _long_values(item))


def _long_values(item: Item) -> list[str]:
    spoken = (" ".join(_raw_words(value)) for _, value in item.facets())
    return [value for value in spoken if " " in value]


def searchable_text(item: Item) -> str:
    """Title, facet values and text as one string."""
    values = " ".join(value for _, value in item.facets())
    return f"{item.title} {values} {item.text}"
