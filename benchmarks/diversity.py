"""What the two knobs for variety cost in accuracy, and what they buy.

    python benchmarks/diversity.py WORKSPACE [USERS] [POOL]

Ranks for the last choice of USERS users (default 500), held back, by retrieval alone with the weights that serve, and
reorders the POOL best (default: the workspace's own `pool`) for each value of `diversity` and `novelty`. Opens the
workspace and builds an index beside its own; prints and asserts nothing. Columns: hit rate and NDCG of the first ten;
mean cosine between the texts of a list's items; share of the catalogue that is shown to anybody; mean number of times
that a shown item was chosen; Gini coefficient of how often the items are shown (0: all alike, 1: one gets it all);
and the change of NDCG@10 from both knobs at 0, with its 95% interval.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sommelier.agent.config import Config
from sommelier.agent.memory.memory import Memory
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.ranking.ranking import Ranked
from sommelier.agent.ranking.variety import varied
from sommelier.agent.turn import Request
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.cases import Case, validation_cases
from sommelier.finetune.evaluation.metrics import Ranks, hit_rate, ndcg, paired_interval
from sommelier.finetune.evaluation.setup import Setup
from sommelier.retrieval.index import Index

SHOWN = 10
KNOBS = [(0.0, 0.0), (0.1, 0.0), (0.2, 0.0), (0.3, 0.0), (0.5, 0.0), (0.7, 0.0), (1.0, 0.0),
         (0.0, 0.1), (0.0, 0.2), (0.0, 0.5), (0.0, 1.0), (0.2, 0.2)]  # fmt: skip


def main() -> None:
    users = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    with Workspace(Path(sys.argv[1])) as workspace:
        pool = int(sys.argv[3]) if len(sys.argv) > 3 else workspace.config.pool
        cases, held_back = validation_cases(workspace.memory, {}, users)
        setup = Setup.of(workspace)
        key = setup.key()
        with setup.store.without(held_back) as index:
            pools = list(_pools(setup.pipeline(index, key), workspace.memory, cases, pool))
            _compare(index, workspace.config, cases, pools, pool)


def _pools(pipeline: RankingPipeline, memory: Memory, cases: Sequence[Case], pool: int) -> Iterator[list[Ranked]]:
    for case in cases:
        user_state = pipeline.read(memory.catalogue.user(case.user), case.events)
        found = pipeline.candidates(user_state, Request(context=case.context), pool, explained=0)
        yield [Ranked(each, each.score, {}) for each in found]


def _compare(index: Index, config: Config, cases: Sequence[Case], pools: Sequence[list[Ranked]], pool: int) -> None:
    print(f"{len(cases)} users, {len(index.items)} items, the {pool} best reordered")
    print("diversity novelty   HR@10  NDCG@10  alike  coverage  chosen   Gini   change of NDCG@10")
    plain: Ranks | None = None
    for diversity, novelty in KNOBS:
        knobs = config.model_copy(update={"diversity": diversity, "novelty": novelty})
        lists = [[each.candidate.item.id for each in varied(ranked, index, knobs, SHOWN)] for ranked in pools]
        ranks = np.array([_rank(shown, case.target) for shown, case in zip(lists, cases, strict=True)])
        plain = ranks if plain is None else plain
        low, middle, high = paired_interval(ndcg(ranks), ndcg(plain))
        shown = [[index.position[item] for item in each] for each in lists]
        print(f"{diversity:9.1f} {novelty:7.1f}   {hit_rate(ranks, SHOWN):.3f}    {ndcg(ranks).mean():.4f}  "
              f"{_variety(index, shown)}   {middle:+.4f} ({low:+.4f} to {high:+.4f})")  # fmt: skip


def _rank(shown: Sequence[str], target: str) -> float:
    return shown.index(target) + 1 if target in shown else np.inf


def _variety(index: Index, lists: Sequence[Sequence[int]]) -> str:
    times = np.bincount(np.concatenate([np.array(each, int) for each in lists]), minlength=len(index.items))
    alike = np.mean([_similarity(index.text[list(each)]) for each in lists if len(each) > 1])
    chosen = float((times * index.covisitation.counts).sum() / times.sum())
    return f"{alike:.3f}    {(times > 0).mean():6.3f} {chosen:7.0f}  {_gini(times):.3f}"


def _similarity(vectors: NDArray[np.float32]) -> float:
    """Mean cosine of all pairs of unit vectors."""
    cosines = vectors @ vectors.T
    return float(cosines[np.triu_indices(len(vectors), 1)].mean())


def _gini(values: NDArray[np.int64]) -> float:
    """Gini coefficient: half the mean absolute difference of all pairs, relative to the mean."""
    ordered = np.sort(values)
    places = np.arange(1, len(ordered) + 1)
    return float((2 * places - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum()))


if __name__ == "__main__":
    main()
