"""Conversational retrieval on ReDial: films mentioned so far are the history, what was said is the request.

Everything that counts is cross-fitted by folds of dialogues: a turn is answered from the mentions of other folds, and
the weights that answer it were fitted on turns of other folds, each answered from mentions of neither its own fold nor
the one that is to be judged. The whole catalogue is ranked but for the films already mentioned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from field_page import Row, Section
from field_redial import ReDial, Turn, mentions
from numpy.typing import NDArray
from sommelier.agent.engine import Engine
from sommelier.agent.turn import Request
from sommelier.finetune.metrics import Ranks, hit_rate, paired_interval, rank_against_ties
from sommelier.finetune.residual import Choice, fit_features
from sommelier.finetune.served import Served
from sommelier.retrieval.candidates import Embedder, Retriever
from sommelier.retrieval.catalogue import User
from sommelier.retrieval.evidence import Candidate
from sommelier.retrieval.fusion import FEATURES, FusionWeights
from sommelier.retrieval.index import Index

FOLDS = 5
FITTED_POOL = 200
"""Candidates of a turn that the weights are fitted on."""
DEPTH = 200
"""Candidates in which a target is looked for."""
CUTOFFS = (1, 10, 50)
SHARES = (0.0, 0.3, 1.0, 3.0, 10.0)
"""Weights of log popularity and of the text's cosine beside log co-mentions that are tried for the mix."""
MIXES = tuple(product(SHARES, SHARES))
MIX = "mix of the three"

Advance: TypeAlias = Callable[[str, int, int], None]


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
        return cls(np.asarray(told.sum(axis=0)).ravel(), pairs)

    def with_any(self, films: Sequence[int]) -> NDArray[np.float64]:
        """Co-mentions of every film with these, shape (films,)."""
        return np.asarray(self.together[list(films)].sum(axis=0)).ravel()


@dataclass(frozen=True, slots=True)
class View:
    """The world without some folds of dialogues."""

    engine: Engine
    counted: Counted

    @property
    def index(self) -> Index:
        """The films."""
        return self.engine.retriever.index

    @property
    def shipped(self) -> FusionWeights:
        """The weights before any fit."""
        return FusionWeights.shipped(self.index.tower.name)

    def candidates(self, turn: Turn, weights: FusionWeights, k: int) -> list[Candidate]:
        """The engine's k best for the turn."""
        self.engine.retriever.weights = weights
        reading = self.engine.read(User(turn.dialogue), mentions(turn.dialogue, turn.mentioned))
        return self.engine.candidates(reading, Request(asked(turn)), k)

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


@dataclass(frozen=True, slots=True)
class Found:
    """Ranks of all targets by system, in one order for all, and the dialogue of each."""

    ranks: Mapping[str, Ranks]
    dialogues: Sequence[str]
    weights: Sequence[Mapping[str, float]]
    """The fitted weights of each fold."""

    def recall(self, system: str) -> list[float]:
        """Share of targets among the first k, for each of `CUTOFFS`."""
        return [hit_rate(self.ranks[system], k) for k in CUTOFFS]

    def against(self, system: str, other: str, k: int = 10) -> tuple[float, float, float]:
        """95% interval of the difference in recall at k: (low, mean, high). Whole dialogues are resampled."""
        names, places = np.unique(self.dialogues, return_inverse=True)
        share = len(names) / len(places)
        first, second = (np.bincount(places, self.ranks[name] <= k) * share for name in (system, other))
        return paired_interval(first.astype(np.float64), second.astype(np.float64))


def section_of(found: Found) -> Section:
    """The table, best first by recall at 10."""
    systems = sorted(found.ranks, key=lambda name: -found.recall(name)[1])
    rows = [
        Row(name, {f"R@{k}": share for k, share in zip(CUTOFFS, found.recall(name), strict=True)},
            None if name == MIX else found.against(name, MIX))
        for name in systems
    ]  # fmt: skip
    about = (f"{len(found.dialogues):,} recommended films in the turns of {len(set(found.dialogues))} dialogues; the "
             "whole catalogue is ranked; films already mentioned are in neither ranking nor targets.")  # fmt: skip
    means = {name: float(np.mean([each[name] for each in found.weights])) for name in FEATURES}
    notes = [
        f"Cross-fitted over {FOLDS} folds of dialogues: counts, indexes and fitted weights never contain the dialogue "
        "that is judged; intervals resample dialogues.",
        "Fitted weights, mean over folds: " + ", ".join(f"{name} {value:.2f}" for name, value in means.items()) + ".",
        "Ties of the co-mention count are broken by popularity. The language model takes no part in this table.",
    ]
    return Section("redial", "ReDial, conversational retrieval", about, rows, f"R@10 versus {MIX}, 95 %", notes=notes)


def asked(turn: Turn) -> str:
    """The request: all that was said before, newest first, since long texts are cut at their end."""
    return " ".join(reversed(turn.said))


def fold_of(dialogue: str) -> int:
    """Fixed by the id alone."""
    return int.from_bytes(hashlib.blake2b(dialogue.encode(), digest_size=4).digest(), "big") % FOLDS


def converse(redial: ReDial, served: Served, advance: Advance) -> Found:
    """Measure in a workspace that holds the films and the mentions of all dialogues, its index up to date."""
    world = _World(served, redial, advance)
    choices: dict[int, list[Choice]] = {fold: [] for fold in range(FOLDS)}
    mixed: dict[int, list[list[float]]] = {fold: [] for fold in range(FOLDS)}
    for pair in combinations(range(FOLDS), 2):
        with world.without(pair) as view:
            for mine, judged in (pair, pair[::-1]):
                for turn in world.turns(mine):
                    choices[judged] += _choices(view, turn)
                    mixed[judged] += _by_mix(view, turn, world.vector(turn))
    parts, weights = [], []
    for fold in range(FOLDS):
        best = int(np.argmax((np.array(mixed.pop(fold)) <= 10).mean(axis=0)))
        with world.without((fold,)) as view:
            fitted = fit_weights(choices.pop(fold), view.shipped)
            parts += [_answer(view, turn, world.vector(turn), fitted, best) for turn in world.turns(fold)]
        weights.append(fitted.with_request)
    ranks = {name: np.array([rank for part in parts for rank in part[name]]) for name in parts[0]}
    told = [turn.dialogue for fold in range(FOLDS) for turn in world.turns(fold) for _ in turn.targets]
    return Found(ranks, told, weights)


def fit_weights(choices: Sequence[Choice], shipped: FusionWeights) -> FusionWeights:
    """The weights of turns with a request, by the product's own fit, which starts from those that ship."""
    start = np.array([shipped.with_request.get(name, 0.0) for name in FEATURES])
    fitted = fit_features(choices, start)
    return replace(shipped, with_request=dict(zip(FEATURES, map(float, fitted), strict=True)))


class _Remembering:
    """An encoder that encodes each text once: every turn is asked in many views."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (texts, dimensions)."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known |= dict(zip(new, self._embedder.embed(new), strict=True)) if new else {}
        return np.array([self._known[text] for text in texts])


class _World:
    """All dialogues, and views of them that lack some folds."""

    def __init__(self, served: Served, redial: ReDial, advance: Advance) -> None:
        self._served, self._redial, self._advance = served, redial, advance
        self._turns = [turn for turn in redial.turns if turn.targets]
        self._embedder = _Remembering(served.store.embedder)
        self._embedder.embed([asked(turn) for turn in self._turns])
        self._done = 0

    def vector(self, turn: Turn) -> NDArray[np.float32]:
        """Of the request."""
        return np.asarray(self._embedder.embed([asked(turn)])[0], np.float32)

    def turns(self, fold: int) -> list[Turn]:
        """Those of one fold that have a target."""
        return [turn for turn in self._turns if fold_of(turn.dialogue) == fold]

    @contextmanager
    def without(self, folds: Sequence[int]) -> Iterator[View]:
        """The engine over an index that lacks these folds, and counts that lack them too."""
        dialogues = self._redial.dialogues
        hidden = {name: len(films) for name, films in dialogues.items() if films and fold_of(name) in folds}
        with self._served.store.without(hidden) as index:
            told = [[index.position[film] for film in films] for name, films in dialogues.items() if name not in hidden]
            engine = self._served.engine(index, self._served.key())
            engine = replace(engine, retriever=Retriever(index, self._embedder))
            yield View(engine, Counted.of(told, len(index.items)))
        self._done += 1
        self._advance("folds", self._done, FOLDS * (FOLDS + 1) // 2)


def _choices(view: View, turn: Turn) -> Iterator[Choice]:
    """One choice per target that is in the pool; the other targets of the turn are not counted against it."""
    pool = view.candidates(turn, view.shipped, FITTED_POOL)
    rows = np.array([[each.features[name] for name in FEATURES] for each in pool], np.float32)
    wanted = [each.item.id in turn.targets for each in pool]
    for at in np.flatnonzero(wanted):
        kept = np.array([not other or place == at for place, other in enumerate(wanted)])
        yield Choice(rows[kept], int(kept[:at].sum()))


def _by_mix(view: View, turn: Turn, vector: NDArray[np.float32]) -> list[list[float]]:
    return [list(each) for each in zip(*(view.ranks(scores, turn) for scores in view.mixed(turn, vector)), strict=True)]


def _answer(
    view: View, turn: Turn, vector: NDArray[np.float32], fitted: FusionWeights, mix: int
) -> dict[str, list[float]]:
    ranks = {name: view.ranks(scores, turn) for name, scores in view.simple(turn, vector).items()}
    ranks[MIX] = view.ranks(view.mixed(turn, vector)[mix], turn)
    ranks["Sommelier, shipped weights"] = _listed(view.candidates(turn, view.shipped, DEPTH), turn)
    ranks["Sommelier, fitted weights"] = _listed(view.candidates(turn, fitted, DEPTH), turn)
    return ranks


def _listed(candidates: Sequence[Candidate], turn: Turn) -> list[float]:
    ids, scores = [each.item.id for each in candidates], [each.score for each in candidates]
    return [rank_against_ties(scores, ids.index(film)) if film in ids else np.inf for film in turn.targets]
