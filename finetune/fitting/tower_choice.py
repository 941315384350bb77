"""Choose the behaviour tower of a workspace: the one that finds most validation targets.

Compared are co-visitation factors, a weighted-decay query over one vector per item, and a small transformer over item
ids, each together with the exact co-visitation strengths that order the pool in any case: what counts is which of them
adds most to those. The network that is compared has seen neither the validation events nor a test event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...agent.ingest.ingest import STALE
from ...retrieval.behaviour.covisitation import HISTORY, Covisitation, Floats, Sequences, decayed
from ...retrieval.behaviour.sequence_tower import SequenceTower
from ...retrieval.behaviour.tower_folder import SERVING, TowerFolder
from ...retrieval.behaviour.towers import DecayTower, FactorTower, Tower, relative
from ...retrieval.event_kinds import chosen
from ...retrieval.index import in_order, positions
from ..evaluation.cases import Case, validation_cases
from ..evaluation.evaluation import Progress
from ..evaluation.holdout import IndexStore
from ..evaluation.metrics import Ranks, hit_rate, ndcg
from ..tower_training import train_network
from .fitting import ENOUGH

MIXTURES = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Weights of the exact strengths beside a tower that are tried; each tower is judged by its best."""
POOL = 20
"""Recall is counted among so many: what the language model judges in a turn."""
BLIND_SHARE = 0.75
"""Of the minutes given, so much goes into the network that is compared, the rest into the one that serves."""


@dataclass(frozen=True, slots=True)
class TowerReport:
    """What was compared on how many validation users. `recall` and `ndcg`: tower -> recall@20 and NDCG@10 beside the
    exact strengths, over all items not yet chosen; "strengths" is these alone."""

    chosen: str
    users: int
    recall: Mapping[str, float]
    ndcg: Mapping[str, float]


def choose_tower(
    store: IndexStore, test: Mapping[str, str], minutes: float | None, progress: Progress
) -> TowerReport | None:
    """Train, compare, and rebuild the index with the winner; None, and nothing changes, below 500 validation users.

    `test` (user -> target) is kept out of the comparison; what serves in the end has seen everything. `minutes` bounds
    the training of the transformer, which is trained twice: to be compared, and, if it wins, some more on all events.
    """
    cases, held_back = validation_cases(store.memory, test)
    if len(cases) < ENOUGH:
        return None
    folder, items = TowerFolder.beside(store.root), store.memory.catalogue.items()
    blind_minutes = minutes and minutes * BLIND_SHARE
    network = train_network(folder, items, store.histories(held_back), held_back, store.encoder, blind_minutes,
                            lambda done, total: progress("training the tower", done, total))  # fmt: skip
    report = _compare(store, cases, held_back, network, progress)
    if report.chosen == SequenceTower.name:
        train_network(folder, items, store.histories(SERVING), SERVING, store.encoder,
                      minutes and minutes - (blind_minutes or 0),
                      lambda done, total: progress("training it to serve", done, total), network)  # fmt: skip
    store.memory.settings.put(STALE, True)  # whoever opens the workspace next builds the index, should this be cut off
    folder.sweep(held_back)
    log_size = store.memory.statistics.counts().events
    folder.choose(report.chosen, {"users": report.users, "recall": report.recall, "ndcg": report.ndcg,
                                  "minutes": blind_minutes, "events": log_size,
                                  "encoder": store.encoder.identity})  # fmt: skip
    store.rebuild()
    return report


def _compare(
    store: IndexStore, cases: Sequence[Case], held_back: Mapping[str, int], network: SequenceTower, progress: Progress
) -> TowerReport:
    ordered = in_order(store.memory.catalogue.items())
    log = Sequences.of(positions(ordered, store.histories(held_back)))
    covisitation = Covisitation.fit(log, len(ordered))
    questions = _Questions.of(cases, [item.id for item in ordered], covisitation)
    towers: list[Tower] = [FactorTower.fit(covisitation), DecayTower.fit(covisitation), network]
    ranks = {"strengths": questions.ranks(None)[0]}
    for done, tower in enumerate(towers):
        progress("comparing the towers", done, len(towers))
        ranks[tower.name] = questions.best(tower)
    progress("comparing the towers", len(towers), len(towers))
    recall = {name: hit_rate(ranked, POOL) for name, ranked in ranks.items()}
    gain = {name: float(ndcg(ranked).mean()) for name, ranked in ranks.items()}
    winner = max((tower.name for tower in towers), key=lambda name: (recall[name], gain[name]))
    return TowerReport(winner, len(questions.targets), recall, gain)


@dataclass(frozen=True, slots=True)
class _Questions:
    """Validation users as item positions, with the exact strengths."""

    histories: Sequence[Sequence[int]]
    targets: Sequence[int]
    covisitation: Covisitation

    @classmethod
    def of(cls, cases: Sequence[Case], ids: Sequence[str], covisitation: Covisitation) -> _Questions:
        place = {id: position for position, id in enumerate(ids)}
        known = [case for case in cases if case.target in place]
        histories = [[place[item] for item in chosen(case.events) if item in place] for case in known]
        return cls(histories, [place[case.target] for case in known], covisitation)

    def best(self, tower: Tower) -> Ranks:
        """Ranks at the mixture with the highest recall."""
        return max(self.ranks(tower), key=lambda ranks: hit_rate(ranks, POOL))

    def ranks(self, tower: Tower | None) -> list[Ranks]:
        """The target's rank per user, for each mixture; without a tower, by the strengths alone."""
        rows = [[_rank(score, history, target) for score in self._scores(tower, history)]
                for history, target in zip(self.histories, self.targets, strict=True)]  # fmt: skip
        return [np.array(column) for column in zip(*rows, strict=True)]

    def _scores(self, tower: Tower | None, history: Sequence[int]) -> Iterator[Floats]:
        newest = decayed([1.0] * len(history))
        exact = relative(self.covisitation.score(history[-HISTORY:], newest[-HISTORY:]))
        if tower is None:
            yield exact
            return
        feature = tower.feature(tower.targets @ tower.query(history, newest))
        yield from (feature + share * exact for share in MIXTURES)


def _rank(scores: NDArray[np.float32], history: Sequence[int], target: int) -> float:
    """Among the items not in the history, ties against the target."""
    above = scores >= scores[target]
    return float(above.sum() - sum(above[item] for item in {*history} - {target}))
