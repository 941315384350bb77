"""What answers the turns of dialogues: the engine over an index that lacks one fold of them, and simple baselines.

A view knows nothing of what was said and mentioned in its own fold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import scipy.sparse as sp
from field_redial import ReDial, Turn, asked
from numpy.typing import NDArray
from sommelier.agent.ingest.indexing import embedding_cache
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.turn import Request
from sommelier.finetune.evaluation.metrics import rank_against_ties
from sommelier.finetune.evaluation.setup import Setup
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event, User
from sommelier.retrieval.evidence import Candidate
from sommelier.retrieval.fusion import FusionWeights
from sommelier.retrieval.index import Index
from sommelier.retrieval.text.embedding_cache import EmbeddingCache

FOLDS = 5
WHOLE = -1
"""Stands for no fold at all."""
DEPTH = 500
"""Candidates of a turn: what the weights are fitted on, and where a target is looked for."""
SHARES = (0.0, 0.3, 1.0, 3.0, 10.0)
"""Weights of log popularity and of the text's cosine beside log co-mentions that are tried for the mix."""
MIXES = tuple(product(SHARES, SHARES))


@dataclass(frozen=True, slots=True)
class Counted:
    """What a set of dialogues mentions: how often each film, and how often each two together."""

    popularity: NDArray[np.float64]
    together: sp.csr_matrix

    @classmethod
    def of(cls, dialogues: Sequence[Sequence[int]], films: int) -> Counted:
        """`dialogues` are positions of films."""
        rows = np.repeat(np.arange(len(dialogues)), [len(each) for each in dialogues])
        columns = np.array([film for each in dialogues for film in each], np.int64)
        told: sp.csr_matrix = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(dialogues), films))
        pairs = sp.csr_matrix(told.T @ told)
        pairs.setdiag(0)
        return cls(np.asarray(told.sum(axis=0), np.float64).ravel(), pairs)

    def with_any(self, films: Sequence[int]) -> NDArray[np.float64]:
        """Co-mentions of every film with these, shape (films,)."""
        return np.asarray(self.together[list(films)].sum(axis=0), np.float64).ravel()


@dataclass(frozen=True, slots=True)
class View:
    """The world without one fold of dialogues."""

    fold: int
    pipeline: RankingPipeline
    counted: Counted

    @property
    def index(self) -> Index:
        """The films."""
        return self.pipeline.retriever.index

    @property
    def shipped(self) -> FusionWeights:
        """The weights before any fit."""
        return FusionWeights.shipped(self.index.tower.name)

    def candidates(self, turn: Turn, request: Request, events: Sequence[Event] = ()) -> list[Candidate]:
        """The engine's best for a request of the turn by the weights that ship, without the films mentioned by then."""
        self.pipeline.retriever.weights = self.shipped
        free = replace(request, exclude=request.exclude | frozenset(turn.mentioned))
        return self.pipeline.candidates(self.pipeline.read(User(turn.dialogue), events), free, DEPTH, explained=0)

    def simple(self, turn: Turn, vector: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
        """Scores of all films by text alone, by popularity and by co-mention (popularity breaks its ties)."""
        popularity = self.counted.popularity
        together = self.counted.with_any(self.positions(turn.mentioned))
        return {
            "text only": np.asarray(self.index.text @ vector, np.float64),
            "popularity": popularity,
            "co-mention": together + popularity / (1 + popularity.max(initial=0)),
        }

    def mixed(self, turn: Turn, vector: NDArray[np.float32]) -> list[NDArray[np.float64]]:
        """Scores by each of `MIXES`."""
        together = np.log1p(self.counted.with_any(self.positions(turn.mentioned)))
        popularity = np.log1p(self.counted.popularity) / 10
        cosine = np.asarray(self.index.text @ vector, np.float64)
        return [together + a * popularity + b * cosine for a, b in MIXES]

    def positions(self, films: Sequence[str]) -> list[int]:
        """Places of films in the index."""
        return [self.index.position[film] for film in films]

    def ranks(self, scores: NDArray[np.float64], turn: Turn) -> list[float]:
        """Rank of each target among the films not yet mentioned, ties against it."""
        free = scores.astype(np.float64)
        free[self.positions(turn.mentioned)] = -np.inf
        return [float((free >= free[at]).sum()) for at in self.positions(turn.targets)]


def request_of(turn: Turn) -> Request:
    """The request that the whole conversation is."""
    return Request(asked(turn), loved=tuple(turn.mentioned))


def fold_of(dialogue: str) -> int:
    """Fixed by the id alone."""
    return int.from_bytes(hashlib.blake2b(dialogue.encode(), digest_size=4).digest(), "big") % FOLDS


class _Remembering:
    """An encoder that encodes each text once: every turn is asked in many views."""

    def __init__(self, cache: EmbeddingCache) -> None:
        self._cache = cache
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (texts, dimensions)."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known |= dict(zip(new, self._cache.embed_queries(new), strict=True)) if new else {}
        return np.array([self._known[text] for text in texts])


class World:
    """All dialogues, and views of them that lack a fold."""

    def __init__(self, setup: Setup, redial: ReDial, turns: Sequence[Turn] = ()) -> None:
        """`turns` are those to ask (default: those of ReDial that have a target)."""
        self._served, self._redial, self._key = setup, redial, setup.key()
        self._turns = list(turns) or [turn for turn in redial.turns if turn.targets]
        self._encoder = _Remembering(embedding_cache(setup.store.encoder))
        self._encoder.encode_queries([asked(turn) for turn in self._turns])
        self.all, self.told = len(self._turns), 0

    def vector(self, turn: Turn) -> NDArray[np.float32]:
        """Of the request."""
        return np.asarray(self._encoder.encode_queries([asked(turn)])[0], np.float32)

    def turns(self, fold: int) -> list[Turn]:
        """Those of one fold that have a target."""
        return [turn for turn in self._turns if fold_of(turn.dialogue) == fold]

    @contextmanager
    def without(self, fold: int) -> Iterator[View]:
        """The engine over an index that lacks this fold, and counts that lack it too."""
        dialogues, store = self._redial.dialogues, self._served.store
        hidden = {name: len(films) for name, films in dialogues.items() if films and fold_of(name) == fold}
        apart = replace(store, root=store.root.parent / f"fold-{fold}" / "index") if hidden else store
        with apart.without(hidden) as index:
            known = [films for name, films in dialogues.items() if name not in hidden]
            counted = Counted.of([[index.position[film] for film in films] for films in known], len(index.items))
            pipeline = self._served.pipeline(index, self._key)
            yield View(fold, replace(pipeline, retriever=Retriever(index, self._encoder)), counted)


def listed(pool: Sequence[Candidate], turn: Turn) -> list[float]:
    """Rank of each target among candidates, ties against it; infinite for one that is not among them."""
    return ranks_in([each.item.id for each in pool], [each.score for each in pool], turn)


def ranks_in(ids: Sequence[str], scores: Sequence[float], turn: Turn) -> list[float]:
    """The same of ids and their scores."""
    return [rank_against_ties(scores, ids.index(film)) if film in ids else np.inf for film in turn.targets]
