"""Fit a workspace's ranking weights on its validation events: each user's last choice, never a test event."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from ..agent.engine import Engine
from ..agent.indexing import BEHAVIOUR_KINDS
from ..agent.memory import Memory
from ..agent.ranking import RankingWeights, standardised
from ..agent.turn import Request
from ..retrieval.evidence import Candidate
from ..retrieval.fusion import FEATURES, FusionWeights
from .evaluation import DEPTH, Case, EngineFor, Progress, before_target
from .holdout import IndexStore
from .residual import Choice, fit_features, fit_lm

ENOUGH = 500
"""Below so many validation users the shipped weights serve."""
FEATURE_USERS = 10_000
LM_USERS = 1000
"""Users that the two fits look at: judging costs a pass of the model, features do not."""
SHORTEST = 3
"""A user needs so many choices for the last one to be predicted."""

ASKED_ONLY = frozenset({"request", "words"})


def validation_cases(
    memory: Memory, test: Mapping[str, str], users: int = FEATURE_USERS, seed: int = 0
) -> tuple[list[Case], dict[str, int]]:
    """The last choice of up to `users` users, drawn with a fixed seed, and how many of whose events to hold back.

    A test target that stands in the log is held back too, with what came after it: no fit may see it.
    """
    cases, held_back = [], {}
    for user, log in groupby(memory.all_events(), key=lambda event: event.user):
        everything = list(log)
        events = before_target(everything, test[user]) if user in test else everything
        if len(events) < len(everything):
            held_back[user] = len(everything) - len(events)
        places = [at for at, event in enumerate(events) if event.kind in BEHAVIOUR_KINDS and event.item]
        if len(places) >= SHORTEST:
            target = events[places[-1]].item or ""
            first = next(at for at in places if events[at].item == target)
            cases.append(Case(user, events[:first], target, len(everything) - first))
    random.Random(seed).shuffle(cases)
    return cases[:users], held_back | {case.user: case.held_back for case in cases[:users]}


def fit_weights(
    engine_for: EngineFor, store: IndexStore, test: Mapping[str, str], progress: Progress
) -> RankingWeights | None:
    """Fit b and a, or None when there are fewer than 500 validation users.

    Turns with a request have no targets in an event log, so their feature weights stay as shipped; the weight of
    the model is taken over from turns without one.
    """
    cases, held_back = validation_cases(store.memory, test)
    if len(cases) < ENOUGH:
        return None
    with store.without(held_back) as index:
        engine = engine_for(index)
        start = engine.weights.retrieval
        names = [name for name in FEATURES if name not in ASKED_ONLY]
        shipped = np.array([start.without_request.get(name, 0.0) for name in names])
        choices = list(_feature_choices(engine, store.memory, cases, names, progress))
        fitted = FusionWeights(_named(names, fit_features(choices, shipped)), start.with_request)
        engine.retriever.weights = fitted
        a = fit_lm(list(_lm_choices(engine, store.memory, cases[:LM_USERS], progress)), np.ones(1))
    return RankingWeights(fitted, a, a, len(choices))


def _feature_choices(
    engine: Engine, memory: Memory, cases: Sequence[Case], names: Sequence[str], progress: Progress
) -> Iterator[Choice]:
    for done, case in enumerate(cases, 1):
        candidates = _candidates(engine, memory, case, DEPTH)
        progress("fitting retrieval", done, len(cases))
        target = _place(candidates, case.target)
        if target is not None:
            yield Choice(np.array([[each.features[name] for name in names] for each in candidates]), target)


def _lm_choices(engine: Engine, memory: Memory, cases: Sequence[Case], progress: Progress) -> Iterator[Choice]:
    for done, case in enumerate(cases, 1):
        candidates = _candidates(engine, memory, case, engine.config.pool)
        progress("fitting the model's weight", done, len(cases))
        target = _place(candidates, case.target)
        if target is not None:  # judging is the expensive part, and a missed target teaches nothing
            reading = engine.read(memory.user(case.user), case.events)
            judged = standardised(engine.judge(reading, Request(), candidates)).astype(np.float64)
            yield Choice(np.array([[each.score] for each in candidates]), target, judged)


def _candidates(engine: Engine, memory: Memory, case: Case, k: int) -> list[Candidate]:
    return engine.candidates(engine.read(memory.user(case.user), case.events), Request(), k)


def _place(candidates: Sequence[Candidate], target: str) -> int | None:
    return next((at for at, each in enumerate(candidates) if each.item.id == target), None)


def _named(names: Sequence[str], values: Iterable[float]) -> Mapping[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}
