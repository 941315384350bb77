"""LLMRank's protocol: 20 candidates per user, the target among 19 drawn at random, NDCG x 100.

Y. Hou et al., "Large Language Models are Zero-Shot Rankers for Recommender Systems", ECIR 2024. The 19 are the first of
the authors' own random list that are not the target. Random candidates are another task than ordering a pool that
retrieval found, so beside the weights that serve stand weights fitted for it: on each validation user's last choice
among 19 items drawn from all that they had not chosen.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from field_page import Row, Section
from field_published import PUBLISHED
from field_workspace import Advance
from numpy.typing import NDArray
from sommelier.agent.memory.memory import Memory
from sommelier.agent.profile.user_state import UserState
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.ranking.ranking import RankingWeights, rank, votes
from sommelier.agent.turn import Request
from sommelier.finetune.evaluation.cases import Case, case_of, validation_cases
from sommelier.finetune.evaluation.metrics import Ranks, ndcg, paired_interval, rank_against_ties
from sommelier.finetune.evaluation.setup import Setup
from sommelier.finetune.fitting.residual import Choice, Gain, fit_features, fit_lm
from sommelier.retrieval.evidence import Candidate
from sommelier.retrieval.fusion import FEATURES, FusionWeights

CANDIDATES = 20
CUTOFFS = (1, 5, 10, 20)
VALIDATION_USERS, JUDGED_USERS = 10_000, 500
"""Users that the features' weights are fitted on, and the model's."""


@dataclass(frozen=True, slots=True)
class Twenty:
    """A case with its described candidates."""

    case: Case
    user_state: UserState
    candidates: Sequence[Candidate]

    def rank_of_target(self, scores: Mapping[str, float]) -> float:
        """Ties against it; `scores` by item id."""
        ids = [each.item.id for each in self.candidates]
        return rank_against_ties([scores[item] for item in ids], ids.index(self.case.target))

    def choice(self, judged: NDArray[np.float32] | None = None) -> Choice:
        """The features as the fit reads them."""
        rows = np.array([[each.features[name] for name in FEATURES] for each in self.candidates])
        ids = [each.item.id for each in self.candidates]
        return Choice(rows, ids.index(self.case.target), None if judged is None else votes(self.candidates, judged))


def first_nineteen(lists: Mapping[str, Sequence[str]], user: str, target: str) -> list[str]:
    """The target and the first 19 items of the user's list that are not it.

    Raises ValueError when the list is too short.
    """
    others = [item for item in lists.get(user, ()) if item != target][: CANDIDATES - 1]
    if len(others) < CANDIDATES - 1:
        raise ValueError(f"user {user!r} has {len(others)} random candidates; the protocol needs {CANDIDATES - 1}")
    return [*others, target]


def rank_twenty(
    setup: Setup, pairs: Mapping[str, str], lists: Mapping[str, Sequence[str]], advance: Advance
) -> Section:
    """Measure on `pairs` (user -> target) with the weights that serve and with fitted ones."""
    memory = setup.workspace.memory
    fitted, gain = _fitted(setup, pairs, advance)
    cases = [case_of(memory, user, item) for user, item in pairs.items()]
    with setup.store.without({case.user: case.held_back for case in cases if case.held_back}) as index:
        pipeline = setup.pipeline(index, setup.key(pairs))
        known = [case for case in cases if case.target in index.position]
        asked = [_described(pipeline, memory, case, first_nineteen(lists, case.user, case.target)) for case in known]
        judged = _judged(pipeline, asked, "judging twenty", advance)
        ranks = _ranks(pipeline.weights, "", asked, judged) | _ranks(fitted, ", fitted for this", asked, judged)
        ranks |= {"popularity": _popularity(pipeline, asked), "Sommelier, LM alone": _alone(asked, judged)}
    return _section(ranks, fitted, gain)


def _fitted(setup: Setup, pairs: Mapping[str, str], advance: Advance) -> tuple[RankingWeights, Gain]:
    """Weights for a target among random items, from validation users, without the test pairs; what they are worth."""
    memory = setup.workspace.memory
    cases, held_back = validation_cases(memory, pairs)  # all that fits hold back: a network without these is kept
    draw = random.Random(0)
    with setup.store.without(held_back) as index:
        pipeline = setup.pipeline(index, setup.key(pairs))
        ids = [item.id for item in index.items]
        asked = [_described(pipeline, memory, case, _drawn(case, ids, draw)) for case in cases[:VALIDATION_USERS]]
        judged = _judged(pipeline, asked[:JUDGED_USERS], "fitting twenty", advance)
        shipped = FusionWeights.shipped(index.tower.name)
    start = np.array([shipped.without_request.get(name, 0.0) for name in FEATURES])
    found, gain = fit_features([each.choice() for each in asked], start)
    a, _ = fit_lm([each.choice(says) for each, says in zip(asked, judged, strict=False)], found)
    named = dict(zip(FEATURES, map(float, found), strict=True))
    return RankingWeights(replace(shipped, without_request=named), a, a, len(asked)), gain


def _drawn(case: Case, ids: Sequence[str], draw: random.Random) -> list[str]:
    chosen = {event.item for event in case.events} | {case.target}
    others = [item for item in draw.sample(ids, min(len(ids), CANDIDATES - 1 + len(chosen))) if item not in chosen]
    return [*others[: CANDIDATES - 1], case.target]


def _described(pipeline: RankingPipeline, memory: Memory, case: Case, ids: Sequence[str]) -> Twenty:
    user_state = pipeline.read(memory.catalogue.user(case.user), case.events)
    return Twenty(case, user_state, pipeline.retriever.describe(pipeline.query(user_state, Request()), ids))


def _judged(
    pipeline: RankingPipeline, asked: Sequence[Twenty], stage: str, advance: Advance
) -> list[NDArray[np.float32]]:
    cases = [(each.user_state, Request(), each.candidates) for each in asked]
    return pipeline.judge_many(cases, lambda done, total: advance(stage, done, total))


def _ranks(
    weights: RankingWeights, suffix: str, asked: Sequence[Twenty], judged: Sequence[NDArray[np.float32]]
) -> dict[str, Ranks]:
    ranks: dict[str, list[float]] = {f"Sommelier, retrieval{suffix}": [], f"Sommelier, fused{suffix}": []}
    for each, says in zip(asked, judged, strict=True):
        for name, heard in zip(ranks, (np.zeros_like(says), says), strict=True):
            ranked = rank(each.candidates, heard, weights, has_request=False)
            ranks[name].append(each.rank_of_target({one.candidate.item.id: one.score for one in ranked}))
    return {name: np.array(values) for name, values in ranks.items()}


def _alone(asked: Sequence[Twenty], judged: Sequence[NDArray[np.float32]]) -> Ranks:
    named = ((each, {one.item.id: float(value) for one, value in zip(each.candidates, says, strict=True)})
             for each, says in zip(asked, judged, strict=True))  # fmt: skip
    return np.array([each.rank_of_target(scores) for each, scores in named])


def _popularity(pipeline: RankingPipeline, asked: Sequence[Twenty]) -> Ranks:
    index = pipeline.retriever.index
    counts = index.covisitation.counts
    named = ((each, {one.item.id: float(counts[index.position[one.item.id]]) for one in each.candidates})
             for each in asked)  # fmt: skip
    return np.array([each.rank_of_target(scores) for each, scores in named])


def _section(ranks: Mapping[str, Ranks], fitted: RankingWeights, gain: Gain) -> Section:
    base = ranks["Sommelier, retrieval"]
    rows = [_row(name, each, base) for name, each in sorted(ranks.items(), key=lambda pair: -ndcg(pair[1]).mean())]
    about = f"{len(base):,} test users, 20 candidates each: the target and 19 random items. NDCG x 100."
    notes = [
        f"Fitted for this: weights from {fitted.users:,} validation users, each with 19 random items; "
        f"the LM's is {fitted.lm_without_request[0]:.3f}, up to {sum(fitted.lm_without_request):.3f} for new items.",
        f"Retrieval's NDCG@10 on these users themselves, each half ranked by weights fitted on the other: "
        f"{100 * gain.after:.2f}; by the weights as shipped {100 * gain.before:.2f}.",
    ]
    compared = "NDCG@10 versus Sommelier's retrieval, 95 %"
    return Section("llmrank", "Amazon Video Games, 20 candidates (LLMRank)", about, rows, compared,
                   PUBLISHED["llmrank"], notes, decimals=2)  # fmt: skip


def _row(name: str, ranks: Ranks, base: Ranks) -> Row:
    values = {f"NDCG@{k}": 100 * float(ndcg(ranks, k).mean()) for k in CUTOFFS}
    interval = [100 * value for value in paired_interval(ndcg(ranks), ndcg(base))]
    return Row(name, values, None if ranks is base else interval)
