"""Draw candidates for a query, each with its features and its evidence.

The pool is the union of what several channels find (behaviour vectors, text vectors, exact co-visitation,
facets, words, catalogue values that were said, conversations that read alike, popularity). Features are then computed
exactly for the pool and summed with the fusion weights. Consumed and excluded items and items outside the filters are
dropped here, in code; a pool that comes up short is refilled by popularity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import Protocol

import numpy as np

from .behaviour.covisitation import DISCOUNT, HISTORY, Floats, decayed
from .behaviour.towers import relative
from .catalogue import Item
from .event_kinds import SEQUENCE_KINDS
from .evidence import Candidate, Evidence, HistoryEntry, HistoryLink, Likeness, Query, SharedAttribute
from .filters import matcher, where
from .fusion import FusionWeights
from .index import Index
from .likeness import History
from .text.vocabulary import request_terms, spellings, written_as

POOL = 200
"""Items each of the large channels contributes."""
EXTRA = 1000
"""So many more are fetched at first in place of consumed ones. Fetching all that somebody ever consumed costs in
proportion to it (10,000: 20 times the query) and is hardly ever needed to fill the pool."""
LINKS = 5
"""History links and shared attributes kept as evidence."""

NEWEST = 10
"""History items that a candidate's text is compared with one by one."""
NEARNESS_POWER = 4
"""Power of the highest of these cosines: the next part of a series counts, what merely resembles hardly does."""

AWAY = 0.6
"""How much what is to be less counts beside a text that is asked for; at 1 it would lead to what resembles neither."""

COMMON = math.log(2)
"""Rarity of what half of all items have; sharing something more common than that is no reason."""


class QueryEncoder(Protocol):
    """Anything that turns what is asked for into unit vectors of the index's text space."""

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """Shape (texts, dimensions)."""
        ...


class Retriever:
    """First stage over one open index. Safe to call from several threads."""

    def __init__(self, index: Index, encoder: QueryEncoder, weights: FusionWeights | None = None) -> None:
        self.index = index
        self.weights = weights or FusionWeights()
        self._vector = lru_cache(maxsize=1024)(lambda text: encoder.encode_queries([text])[0])

    def candidates(self, query: Query, k: int = 20, explained: int | None = None) -> list[Candidate]:
        """The k best items for the query, best first; fewer only when fewer are allowed.

        Only the first `explained` carry evidence (default: all of them), which takes as long as finding them does.
        Raises CatalogueError for a malformed filter.
        """
        drawn = self._drawn(query)
        return self._weighed(drawn, drawn.pool(k), k, k if explained is None else explained)

    def allowed(self, query: Query, most: int) -> list[Item]:
        """The `most` best known items that the query excludes by neither name nor filter."""
        meets, items = matcher(query.filters), (self.index.items[at] for at in self.index.by_popularity.tolist())
        left = (item for item in items if item.id not in query.exclude and meets(item))
        return list(islice(left, most))

    def describe(self, query: Query, items: Sequence[str]) -> list[Candidate]:
        """These items as candidates for the query, best first, whatever it excludes or filters.

        Raises KeyError for an id that is not in the index.
        """
        drawn = self._drawn(query)
        pool = [self.index.position[item] for item in items]
        return self._weighed(drawn, pool, len(items), len(items))

    def _drawn(self, query: Query) -> _Draw:
        said = self.index.conversations.score(self._vector(query.request)) if query.request else None
        return _Draw(self.index, query, self._text_queries(query), said)

    def _weighed(self, drawn: _Draw, pool: Sequence[int], k: int, explained: int) -> list[Candidate]:
        if not pool:
            return []
        features = {name: values.astype(np.float64) for name, values in drawn.features(pool).items()}
        parts = self.weights.parts(features, drawn.query.asks, drawn.query.told).values()
        scores = np.sum([*parts, np.zeros(len(pool))], axis=0)
        best = np.lexsort((pool, -scores))[:k].tolist()
        evidence = drawn.evidence([pool[at] for at in best[:explained]])
        evidence += [Evidence()] * (len(best) - len(evidence))
        return [
            Candidate(
                self.index.items[pool[at]], float(scores[at]), {name: float(features[name][at]) for name in features},
                drawn.sources(pool[at]), why, int(self.index.covisitation.counts[pool[at]]),
            )
            for at, why in zip(best, evidence, strict=True)
        ]  # fmt: skip

    @cached_property
    def _middle(self) -> Floats:
        return np.asarray(self.index.text.mean(axis=0), np.float32)

    def _text_queries(self, query: Query) -> dict[str, Floats]:
        queries = {"summary": self._vector(query.summary)} if query.summary else {}
        asked = [self._vector(query.request)] if query.request else []
        asked += [self.index.text[self.index.position[each]] for each in query.examples if each in self.index.position]
        if query.avoid:
            # Away from what there is to be less of, as far as from the catalogue's middle where nothing else is asked.
            asked = asked or [self._middle]
            asked += [-AWAY * self._vector(each) for each in query.avoid]
        return queries | ({"request": _unit(np.mean(asked, axis=0))} if asked else {})


class _Draw:
    """One query being answered."""

    def __init__(self, index: Index, query: Query, text_queries: dict[str, Floats], said: Floats | None) -> None:
        """`said` are the strengths of items in conversations that read as the request does, where there are any."""
        self.index = index
        self.said = np.zeros(len(index.items), np.float32) if said is None else said
        self.query = query
        known = [entry for entry in query.history if entry.item in index.position]
        taken = self._taken(known)
        self.user = index.tower.query(
            [index.position[entry.item] for entry in taken],
            decayed([entry.weight * (entry.polarity != "disliked") for entry in taken]),
        )
        welcome = [entry for entry in known if entry.polarity != "disliked"]
        self.positive = welcome[-HISTORY:]
        self.history = [index.position[entry.item] for entry in self.positive]
        self.decayed = decayed([entry.weight for entry in self.positive])
        self.exact = index.covisitation.score(self.history, self.decayed)
        self.facets = index.facets.weigh(dict(query.interests))
        self.terms = request_terms(query.request, index.words)
        self.words = index.words.weigh(dict.fromkeys(self.terms, 1.0))
        self.spoken = [facet for term in self.terms for facet in index.spoken_facets.get(term, ())]
        self.values = index.facets.weigh(dict.fromkeys(self.spoken, 1.0))
        self.attributes = index.trends.attributes.score(query.attributes)
        self.context = index.trends.context.score(query.context)
        self.meets = matcher(query.filters)
        self.text = text_queries | self._history_text()
        self.channels: dict[str, set[int]] = {}

    def _taken(self, known: Sequence[HistoryEntry]) -> list[HistoryEntry]:
        """What the tower is asked with: choices, as it learned from them, and looks where there is nothing else.

        A film rated low was chosen all the same, and says what comes next to a tower that reads the order.
        """
        entries = {entry.item: entry for entry in known}
        chosen = [entries.get(item, HistoryEntry(item)) for item in self.query.chosen if item in self.index.position]
        chosen = chosen or [entry for entry in known if entry.kind is None or entry.kind in SEQUENCE_KINDS]
        return chosen or [entry for entry in known if entry.polarity != "disliked"]

    def _history_text(self) -> dict[str, Floats]:
        if not self.history:
            return {}
        return {"text": _unit(self.decayed @ self.index.text[self.history])}

    def pool(self, k: int) -> list[int]:
        """Positions of allowed items found by any channel, at least k when so many are allowed."""
        wanted = max(POOL, 2 * k)
        most = wanted + len(self.query.exclude)
        size = min(most, wanted + EXTRA)
        while len(allowed := self._found(size)) < wanted and size < most:
            size = min(most, 4 * size)
        return sorted(self._refilled(allowed, k))

    def _found(self, size: int) -> list[int]:
        """Allowed among the `size` best of each channel."""
        found = self._by_vectors(size) | self._by_strength(size)
        self.channels = {name: set(positions) for name, positions in found.items()}
        return [at for at in set().union(*self.channels.values()) if self.allows(at)]

    def _by_vectors(self, size: int) -> dict[str, list[int]]:
        clause = where(self.query.filters, self.index.facet_spellings) if self.query.filters else None
        found = {name: self.index.nearest("text", vector, size, clause) for name, vector in self.text.items()}
        return found | {"behaviour": self.index.nearest("behaviour", self.user, size, clause)}

    def _by_strength(self, size: int) -> dict[str, list[int]]:
        return {
            "covisitation": _largest(self.exact, size),
            "facets": _largest(self.facets, size),
            "words": _largest(self.words, size),
            "values": _largest(self.values * self.index.familiarity, size),
            "conversations": _largest(self.said, size),
            "attributes": _largest(self.attributes * self.index.familiarity, size),
            "context": _largest(self.context * self.index.familiarity, size),
            "popularity": self.index.by_popularity[:size].tolist(),
        }

    def _refilled(self, allowed: list[int], k: int) -> list[int]:
        present = set(allowed)
        for at in self.index.by_popularity.tolist():
            if len(allowed) >= k:
                break
            if at not in present and self.allows(at):
                allowed.append(at)
        return allowed

    def allows(self, position: int) -> bool:
        """Neither excluded nor outside the filters."""
        item = self.index.items[position]
        return item.id not in self.query.exclude and self.meets(item)

    def features(self, pool: Sequence[int]) -> dict[str, Floats]:
        """Feature name -> values for the pool; see `fusion.FEATURES` for their meaning."""
        asked = sum(self.index.words.rarity_of(word) for word in self.terms)
        spoken = sum(self.index.facets.rarity_of(facet) for facet in self.spoken)
        return {
            "covisitation": relative(self.exact[pool]),
            "behaviour": self.index.tower.feature(self.index.tower.targets[pool] @ self.user),
            "facets": relative(self.facets[pool]),
            **{name: self._cosines(name, pool) for name in ("text", "summary", "request")},
            "nearest": self._nearest(pool),
            "popularity": self.index.familiarity[pool],
            "recency": self.index.trends.recency[pool],
            "attributes": self.attributes[pool],
            "context": self.context[pool],
            "words": self.words[pool] / np.float32(max(asked, 1e-9)),
            "values": self.values[pool] / np.float32(max(spoken, 1e-9)),
            "conversations": self.said[pool],
        }

    def _cosines(self, name: str, pool: Sequence[int]) -> Floats:
        if name not in self.text:
            return np.zeros(len(pool), np.float32)
        return np.asarray(self.index.text[pool] @ self.text[name], np.float32)

    def _nearest(self, pool: Sequence[int]) -> Floats:
        """How near each text is to that of one of the newest history items: a sequel is near one item, not to all."""
        if not self.history:
            return np.zeros(len(pool), np.float32)
        cosines = self.index.text[pool] @ self.index.text[self.history[-NEWEST:]].T
        return np.asarray(cosines.max(axis=1).clip(0) ** NEARNESS_POWER, np.float32)

    def sources(self, position: int) -> tuple[str, ...]:
        """The channels that found this item; ("other",) if none did."""
        return tuple(name for name, found in self.channels.items() if position in found) or ("other",)

    def evidence(self, positions: Sequence[int]) -> list[Evidence]:
        """Why each of these items is here."""
        given = self.index.covisitation.contributions(self.history, self.decayed, positions)
        written = written_as(self.query.request)
        met = History([self.index.items[at] for at in self.history], self.index.facets.rarity_of)
        return [
            Evidence(
                history=(links := self._links(given[:, column], position)),
                shared=self._shared(position),
                words=self._spelled(position, terms := self._matched(position), written),
                rarities=tuple(self.index.words.rarity_of(term) for term in terms),
                popularity=float(self.index.popularity_rank[position]),
                alike=self._alike(met, position, links),
            )
            for column, position in enumerate(positions)
        ]

    def _links(self, given: Floats, position: int) -> tuple[HistoryLink, ...]:
        total, choices = float(given.sum()), self.index.covisitation.counts
        share: dict[int, float] = {}
        together: dict[int, float] = {}
        for place, value in enumerate(given):
            if value > 0:
                at = self.history[place]
                share[at] = share.get(at, 0.0) + float(value) / total
                together[at] = float(value / self.decayed[place]) * max(1, int(choices[position])) ** DISCOUNT
        entry = dict(zip(self.history, self.positive, strict=True))
        strongest = sorted(share, key=lambda at: -share[at])[:LINKS]
        return tuple(
            _link(self.index.items[at], share[at], entry[at], together[at], int(choices[at])) for at in strongest
        )

    def _alike(self, met: History, position: int, links: Sequence[HistoryLink]) -> tuple[Likeness, ...]:
        """Also those that nobody chose together with it: their links have no strength."""
        known = {link.item: link for link in links}

        def link_at(place: int) -> HistoryLink:
            item = self.index.items[self.history[place]]
            return known.get(item.id) or _link(item, 0.0, self.positive[place])

        return met.alike(self.index.items[position], link_at, lambda pair: self.query.interests.get(pair, 0.0))

    def _shared(self, position: int) -> tuple[SharedAttribute, ...]:
        facets = self.index.facets
        shared = [
            SharedAttribute(name, value, strength, facets.rarity_of((name, value)))
            for name, value in self.index.items[position].facets()
            if (strength := self.query.interests.get((name, value), 0.0)) > 0
            and facets.rarity_of((name, value)) > COMMON
        ]
        return tuple(sorted(shared, key=lambda each: -each.strength * each.rarity)[:LINKS])

    def _spelled(self, position: int, terms: Sequence[str], written: Mapping[str, str]) -> tuple[str, ...]:
        """Terms as people write them: the catalogue first, then the request, which is `written`."""
        known = {**written, **spellings(self.index.items[position])} if terms else {}
        return tuple(known.get(term, term) for term in terms)

    def _matched(self, position: int) -> tuple[str, ...]:
        if not self.terms:
            return ()
        present = self.index.words.weights_of(position)  # what names the item before what its text mentions
        return tuple(sorted((word for word in self.terms if word in present), key=lambda word: -present[word]))


def _link(item: Item, share: float, entry: HistoryEntry, together: float = 0.0, choices: int = 0) -> HistoryLink:
    fields = tuple(item.attributes)
    return HistoryLink(item.id, item.title, share, entry.polarity, entry.kind, fields, together, choices)


def _largest(values: Floats, count: int) -> list[int]:
    """Positions of the largest positive values, in no particular order."""
    positive = np.flatnonzero(values > 0)
    if len(positive) <= count:
        return positive.tolist()
    return positive[np.argpartition(-values[positive], count)[:count]].tolist()  # type: ignore[no-any-return]


def _unit(vector: Floats) -> Floats:
    """The vector at length 1."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
