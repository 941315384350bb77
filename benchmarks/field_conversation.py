"""Conversational retrieval on ReDial: films mentioned so far are the history, what was said is the request.

Everything is cross-fitted by folds of dialogues: a turn is answered from the mentions of other folds, with weights
that were fitted on the turns of other folds, each drawn without the mentions of its own fold. The whole catalogue is
ranked but for the films already mentioned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from field_page import Row, Section
from field_redial import ReDial, Turn, mentions
from numpy.typing import NDArray
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.turn import Request
from sommelier.finetune.evaluation.metrics import Ranks, hit_rate, paired_interval, rank_against_ties
from sommelier.finetune.evaluation.setup import Setup
from sommelier.finetune.fitting.residual import Choice, fit_features
from sommelier.retrieval.candidates import QueryEncoder, Retriever
from sommelier.retrieval.catalogue import User
from sommelier.retrieval.evidence import Candidate
from sommelier.retrieval.fusion import FEATURES, FusionWeights
from sommelier.retrieval.index import Index

FOLDS = 5
DEPTH = 200
"""Candidates of a turn: what the weights are fitted on, and where a target is looked for."""
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

    def candidates(self, turn: Turn, weights: FusionWeights) -> list[Candidate]:
        """The engine's best for the turn."""
        self.pipeline.retriever.weights = weights
        user_state = self.pipeline.read(User(turn.dialogue), mentions(turn.dialogue, turn.mentioned))
        return self.pipeline.candidates(user_state, Request(asked(turn)), DEPTH, explained=0)

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
        f"Cross-fitted over {FOLDS} folds of dialogues: no turn is answered from mentions of its own fold or with "
        "weights fitted on it; intervals resample dialogues.",
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


def converse(redial: ReDial, setup: Setup, advance: Advance) -> Found:
    """Measure in a workspace that holds the films and the mentions of all dialogues, its index up to date."""
    world = World(setup, redial)
    with ExitStack() as stack:
        views = []
        for fold in range(FOLDS):
            advance("building indexes", fold, FOLDS)
            views.append(stack.enter_context(world.without(fold)))
        told = [_tell(view, world, turn, advance) for view in views for turn in world.turns(view.fold)]
        answers, weights = [], []
        for view in views:
            others = [each for each in told if each.fold != view.fold]
            fitted = fit_weights([choice for each in others for choice in each.choices], view.shipped)
            mix = int(np.argmax((np.array([ranks for each in others for ranks in each.mixed]) <= 10).mean(axis=0)))
            answers += [_answer(view, each, fitted, mix) for each in told if each.fold == view.fold]
            weights.append(fitted.with_request)
            advance("answering", view.fold + 1, FOLDS)
    ranks = {name: np.array([rank for answer in answers for rank in answer[name]]) for name in answers[0]}
    return Found(ranks, [each.turn.dialogue for each in told for _ in each.turn.targets], weights)


def fit_weights(choices: Sequence[Choice], shipped: FusionWeights) -> FusionWeights:
    """The weights of turns with a request, by the product's own fit, which starts from those that ship."""
    start = np.array([shipped.with_request.get(name, 0.0) for name in FEATURES])
    fitted, _ = fit_features(choices, start)
    return replace(shipped, with_request=dict(zip(FEATURES, map(float, fitted), strict=True)))


class _Remembering:
    """An encoder that encodes each text once: every turn is asked in many views."""

    def __init__(self, encoder: QueryEncoder) -> None:
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (texts, dimensions)."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known |= dict(zip(new, self._encoder.encode_queries(new), strict=True)) if new else {}
        return np.array([self._known[text] for text in texts])


class World:
    """All dialogues, and views of them that lack a fold."""

    def __init__(self, setup: Setup, redial: ReDial) -> None:
        self._served, self._redial, self._key = setup, redial, setup.key()
        self._turns = [turn for turn in redial.turns if turn.targets]
        self._encoder = _Remembering(setup.store.encoder)
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
        with replace(store, root=store.root.parent / f"fold-{fold}" / "index").without(hidden) as index:
            known = [films for name, films in dialogues.items() if name not in hidden]
            counted = Counted.of([[index.position[film] for film in films] for films in known], len(index.items))
            pipeline = self._served.pipeline(index, self._key)
            yield View(fold, replace(pipeline, retriever=Retriever(index, self._encoder)), counted)


@dataclass(frozen=True, slots=True)
class _Told:
    """A turn as its own fold's view sees it before anything is fitted: ranks of its targets by what needs no fit, ranks
    by each of `MIXES` (a row per target), and what the weights are fitted on."""

    fold: int
    turn: Turn
    vector: NDArray[np.float32]
    ranks: Mapping[str, list[float]]
    mixed: Sequence[Sequence[float]]
    choices: Sequence[Choice]


def _tell(view: View, world: World, turn: Turn, advance: Advance) -> _Told:
    vector, pool = world.vector(turn), view.candidates(turn, view.shipped)
    ranks = {name: view.ranks(scores, turn) for name, scores in view.simple(turn, vector).items()}
    ranks["Sommelier, shipped weights"] = _listed(pool, turn)
    mixed = list(zip(*(view.ranks(scores, turn) for scores in view.mixed(turn, vector)), strict=True))
    world.told += 1
    advance("drawing candidates", world.told, world.all)
    return _Told(view.fold, turn, vector, ranks, mixed, list(_choices(pool, turn)))


def _choices(pool: Sequence[Candidate], turn: Turn) -> Iterator[Choice]:
    """One choice per target that is in the pool; the other targets of the turn are not counted against it."""
    rows = np.array([[each.features[name] for name in FEATURES] for each in pool])
    wanted = [each.item.id in turn.targets for each in pool]
    for at in np.flatnonzero(wanted):
        kept = np.array([not other or place == at for place, other in enumerate(wanted)])
        yield Choice(rows[kept], int(kept[:at].sum()))


def _answer(view: View, told: _Told, fitted: FusionWeights, mix: int) -> dict[str, list[float]]:
    by_mix = [ranks[mix] for ranks in told.mixed]
    by_fit = _listed(view.candidates(told.turn, fitted), told.turn)
    return {**told.ranks, MIX: by_mix, "Sommelier, fitted weights": by_fit}


def _listed(candidates: Sequence[Candidate], turn: Turn) -> list[float]:
    ids, scores = [each.item.id for each in candidates], [each.score for each in candidates]
    return [rank_against_ties(scores, ids.index(film)) if film in ids else np.inf for film in turn.targets]
