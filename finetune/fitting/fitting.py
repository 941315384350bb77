"""Fit a workspace's ranking weights on its validation events: each user's last choice, never a test event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TypeAlias

import numpy as np

from ...agent.memory.memory import Memory
from ...agent.profile.user_state import UserState
from ...agent.ranking.pipeline import RankingPipeline
from ...agent.ranking.ranking import LMWeights, RankingWeights, votes
from ...agent.ranking.weights import shipped_weights
from ...agent.turn import Request
from ...retrieval.evidence import Candidate
from ...retrieval.fusion import FEATURES, FusionWeights
from ..evaluation.cases import Case, validation_cases
from ..evaluation.evaluation import DEPTH, PipelineFor, Progress
from ..evaluation.holdout import IndexStore
from ..examples.synthetic_requests import synthetic_requests
from .residual import Choice, Gain, fit_features, fit_lm

ENOUGH = 500
"""Below so many validation users the shipped weights serve."""
FOUND = 200
"""Of these, so many targets at least must be among the candidates."""
ASKED_USERS = 2000
"""Users that the fits of b look at, without and with a request (whose text must be encoded)."""
LM_USERS, ASKED_LM_USERS = 2000, 1000
"""Users that the fits of a look at: judging costs a pass of the model, for those whose target is in the pool."""

WITHOUT = tuple(name for name in FEATURES if name not in {"request", "words", "values", "conversations"})
"""Features of turns without a request."""

Asking: TypeAlias = tuple[Case, Request]


@dataclass(frozen=True, slots=True)
class Gains:
    """What a fit is worth on users that it has not seen, for one sort of turn: the retrieval features with fitted
    weights against the shipped ones, and the model beside the fitted features against these alone. What is not kept
    does not serve: the shipped weights do, or a weight of 0."""

    features: Gain
    lm: Gain
    features_kept: bool
    lm_kept: bool


@dataclass(frozen=True, slots=True)
class FittedWeights:
    """The weights, and by sort of turn ("without a request", "with a request") what they are worth, where fitted."""

    weights: RankingWeights
    gains: Mapping[str, Gains]


def fit_weights(
    pipeline_for: PipelineFor, store: IndexStore, test: Mapping[str, str], progress: Progress
) -> FittedWeights | None:
    """Fit b and a, separately for turns without and with a request; None when there are fewer than 500 users.

    An event log has nobody's words, so turns with a request are validation choices with a request made up for each
    (see `synthetic_requests`); where too few can be made up, the shipped weights of such turns stay.
    Nobody can make up whole conversations: the shipped weights for those stay in any case.
    """
    cases, held_back = validation_cases(store.memory, test)
    if len(cases) < ENOUGH:
        return None
    with store.without(held_back) as index:
        fit = _Fit(pipeline_for(index), store.memory, progress)
        turns = [(case, Request(context=case.context)) for case in cases]
        plain = fit.weigh(turns, WITHOUT, "")
        requests = (
            (case, replace(request, context=case.context)) for case, request in synthetic_requests(cases, index)
        )
        asking = fit.weigh(list(islice(requests, ASKED_USERS)), tuple(FEATURES), " with a request")
        told = FusionWeights.shipped(index.tower.name).in_conversation
    users = max(plain.users, asking.users)
    weights = RankingWeights(FusionWeights(plain.b, asking.b, told), plain.a, asking.a, users)
    sorts = {"without a request": plain.gains, "with a request": asking.gains}
    return FittedWeights(weights, {sort: gains for sort, gains in sorts.items() if gains})


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Weights of the features, of the model, and how many turns had their target among the candidates."""

    b: Mapping[str, float]
    a: LMWeights
    users: int = 0
    gains: Gains | None = None


@dataclass(frozen=True, slots=True)
class _Fit:
    """One sort of turn after the other, over one index."""

    pipeline: RankingPipeline
    memory: Memory
    progress: Progress

    def weigh(self, turns: Sequence[Asking], names: Sequence[str], sort: str) -> _Weighed:
        """Fit one sort of turn; the shipped weights where there is too little to fit on."""
        asks = bool(sort)
        # Not what serves: a stored fit may have seen these choices, to start from and to draw candidates by.
        pipeline = self.pipeline
        begun_with = shipped_weights(pipeline.retriever.index.tower.name, pipeline.lm.card, pipeline.prompt)
        start = self.pipeline.retriever.weights = begun_with.retrieval
        shipped = dict(start.with_request if asks else start.without_request)
        if len(turns) < ENOUGH:
            return _Weighed(shipped, begun_with.lm(asks))
        choices = list(self._feature_choices(turns, names, f"fitting retrieval{sort}"))
        if len(choices) < FOUND:
            return _Weighed(shipped, begun_with.lm(asks))
        begun = np.array([shipped.get(name, 0.0) for name in names])
        fitted, gain = fit_features(choices, begun, len(turns))
        b = shipped | {name: float(value) for name, value in zip(names, fitted, strict=True)}
        self.pipeline.retriever.weights = replace(start, **{"with_request" if asks else "without_request": b})
        judged = turns[: ASKED_LM_USERS if asks else LM_USERS]
        beside = self._lm_choices(judged, f"fitting the model's weight{sort}")
        a, gain_of_lm = fit_lm(beside, np.ones(1), len(judged))
        return _Weighed(b, a, len(choices), Gains(gain, gain_of_lm, fitted is not begun, any(a)))

    def _feature_choices(self, turns: Sequence[Asking], names: Sequence[str], stage: str) -> Iterator[Choice]:
        for done, (case, request) in enumerate(turns, 1):
            candidates = self.pipeline.candidates(self._read(case), request, DEPTH, 0)
            self.progress(stage, done, len(turns))
            target = _place(candidates, case.target)
            if target is not None:
                yield Choice(
                    np.array([[candidate.features[name] for name in names] for candidate in candidates]), target
                )

    def _lm_choices(self, turns: Sequence[Asking], stage: str) -> list[Choice]:
        turns_in_pool, targets = [], []
        self.progress(stage, 0, len(turns))
        for case, request in turns:
            user_state = self._read(case)
            pool = self.pipeline.candidates(user_state, request, self.pipeline.config.pool)
            if (target := _place(pool, case.target)) is not None:
                turns_in_pool.append((user_state, request, pool))
                targets.append(target)
        judged = self.pipeline.judge_many(turns_in_pool, partial(self.progress, stage))
        return [Choice(np.array([[candidate.score] for candidate in pool]), target, votes(pool, says))
                for (_, _, pool), target, says in zip(turns_in_pool, targets, judged, strict=True)]  # fmt: skip

    def _read(self, case: Case) -> UserState:
        return self.pipeline.read(self.memory.catalogue.user(case.user), case.events)


def _place(candidates: Sequence[Candidate], target: str) -> int | None:
    return next((place for place, candidate in enumerate(candidates) if candidate.item.id == target), None)
