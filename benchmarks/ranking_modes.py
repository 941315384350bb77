"""Two ways to ask a model for an order: about each candidate alone, and for a list of all of them.

    python benchmarks/ranking_modes.py WORKSPACE [USERS]

Ranks retrieval's pool for the last choice of USERS users (default 300), held back, by the model alone: `pointwise`
(isolated judgements) and `listwise` (it writes the order under constrained decoding, label by label). Prints NDCG@10
and the hit rate of the first place over all users, a target outside of the pool counting 0 for every row; the change
from retrieval's own order and from a random one, with 95% intervals; and processor time, as a ratio.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sommelier.agent.memory.memory import Memory
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.turn import Request
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.cases import Case, validation_cases
from sommelier.finetune.evaluation.evaluation import Judged
from sommelier.finetune.evaluation.metrics import Ranks, hit_rate, ndcg, paired_interval, rank_against_ties
from sommelier.finetune.evaluation.setup import Setup
from sommelier.prompts.library import packaged

MODES = {"pointwise": "rank", "listwise": "order"}
"""Mode -> the prompt that asks so."""


def main() -> None:
    users = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with Workspace(Path(sys.argv[1])) as workspace:
        cases, held_back = validation_cases(workspace.memory, {}, users)
        setup = Setup.of(workspace)
        key = setup.key()
        with setup.store.without(held_back) as index:
            pipeline = setup.pipeline(index, key)
            drawn = [_drawn(pipeline, workspace.memory, case) for case in cases]
            found = [each for each in drawn if each.case.target in _ids(each)]
            ranks, seconds = _ordered(pipeline, found)
    print(f"{len(cases)} users, {len(found)} of their targets among the {pipeline.config.pool}; {setup.lm.card.name}")
    _print(ranks, seconds, len(cases))


def _drawn(pipeline: RankingPipeline, memory: Memory, case: Case) -> Judged:
    user_state = pipeline.read(memory.catalogue.user(case.user), case.events)
    pool = pipeline.candidates(user_state, Request(context=case.context), pipeline.config.pool)
    return Judged(case, user_state, pool, np.zeros(len(pool), np.float32))


def _ids(each: Judged) -> list[str]:
    return [candidate.item.id for candidate in each.candidates]


def _ordered(pipeline: RankingPipeline, found: Sequence[Judged]) -> tuple[dict[str, Ranks], dict[str, float]]:
    """Ranks of the targets, and processor seconds, for each way to order the pools."""
    draw, ranks, seconds = np.random.default_rng(0), {}, {}
    ranks["random"] = _ranks(found, [draw.random(len(each.candidates)) for each in found])
    ranks["retrieval"] = _ranks(found, [np.array([one.score for one in each.candidates]) for each in found])
    for mode, prompt in MODES.items():
        began = time.process_time()
        asking = replace(pipeline, prompt=packaged(prompt))
        judged = [asking.judge(each.user_state, Request(), each.candidates) for each in found]
        seconds[mode] = time.process_time() - began
        ranks[mode] = _ranks(found, judged)
    return ranks, seconds


def _ranks(found: Sequence[Judged], scores: Iterable[NDArray[np.floating]]) -> Ranks:
    return np.array([rank_against_ties(says.tolist(), _ids(each).index(each.case.target))
                     for each, says in zip(found, scores, strict=True)])  # fmt: skip


def _print(ranks: dict[str, Ranks], seconds: dict[str, float], users: int) -> None:
    everybody = {name: np.concatenate([each, np.full(users - len(each), np.inf)]) for name, each in ranks.items()}
    gains = {name: ndcg(each) for name, each in everybody.items()}
    print("              NDCG@10   HR@1   from retrieval              from random                 time")
    for name, each in everybody.items():
        versus = "".join(f"   {_change(gains[name], gains[other])}" for other in ("retrieval", "random"))
        share = f"{seconds[name] / seconds['pointwise']:8.2f}x" if name in seconds else ""
        print(f"{name:12}   {gains[name].mean():.4f}  {hit_rate(each, 1):.3f}{versus}{share}")


def _change(after: Ranks, before: Ranks) -> str:
    low, mean, high = paired_interval(after, before)
    return f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"


if __name__ == "__main__":
    main()
