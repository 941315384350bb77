"""Measure a workspace on held-out events: popularity, retrieval, the language model alone, both fused, what
serves under the knobs for variety, and peers.

Full ranking: one target per user, every item the user has not consumed is in play, ties count against the system.
Nothing that a system is built from may contain the target or what came after it. Where the log does contain it, the
user's events from the target on are held back and the index is built anew without them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...agent.config import Config
from ...agent.memory.memory import Memory
from ...agent.profile.user_state import UserState
from ...agent.ranking.pipeline import TOGETHER, RankingPipeline
from ...agent.ranking.ranking import rank, votes
from ...agent.ranking.variety import varied
from ...agent.turn import Request
from ...retrieval.catalogue import CatalogueError
from ...retrieval.evidence import Candidate
from ...retrieval.index import Index
from .cases import Case, case_of
from .groups import Group, item_groups, user_groups
from .holdout import IndexStore
from .metrics import rank_against_ties
from .report import Listing, Report, report_on

PipelineFor: TypeAlias = Callable[[Index], RankingPipeline]
DEPTH = 200
"""Items a system lists per user; a target below is as good as missed (rank infinity)."""
SYSTEMS = frozenset({"popularity", "retrieval", "lm", "fused", "served"})

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with (stage, done, total). What stands behind a comma in a stage is a remark, which may change."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A case as the engine sees it: retrieval's list down to `DEPTH`, and the model's preference for its first."""

    case: Case
    user_state: UserState
    candidates: Sequence[Candidate]
    preferences: NDArray[np.float32]

    @property
    def pool(self) -> Sequence[Candidate]:
        """What the model judged."""
        return self.candidates[: len(self.preferences)]


def evaluate(
    pipeline_for: PipelineFor, store: IndexStore, pairs: Mapping[str, str],
    peers: Mapping[str, Mapping[str, Sequence[str]]], progress: Progress,
) -> Report:  # fmt: skip
    """Evaluate on `pairs` (user -> target) with the engine that serves over an index.

    Raises CatalogueError when no pair names a known item, or a peer has the name of one of the systems or no list for
    any of the users.
    """
    _check(peers, pairs)
    cases = [case_of(store.memory, user, target) for user, target in pairs.items()]
    held_back = {case.user: case.held_back for case in cases if case.held_back}
    with store.without(held_back) as index:
        usable = [case for case in cases if case.target in index.position]
        if not usable:
            raise CatalogueError(f"none of the {len(pairs)} test items is in the catalogue; check the test file")
        pipeline = pipeline_for(index)
        listings = list_all(pipeline, store.memory, usable, progress)
        listings |= {name: _peer_listing(usable, lists) for name, lists in peers.items()}
        targets, groups = [case.target for case in usable], groups_of(usable, store.memory, index)
        left_out = {"held_back": len(held_back), "unknown": len(cases) - len(usable)}
        report = report_on(listings, targets, groups, index, pool=pipeline.config.pool, **left_out)
        covered = {name: sum(case.user in lists for case in usable) for name, lists in peers.items()}
        return replace(report, partial={name: users for name, users in covered.items() if users < len(usable)})


def _check(peers: Mapping[str, Mapping[str, Sequence[str]]], pairs: Mapping[str, str]) -> None:
    if taken := sorted(SYSTEMS & peers.keys()):
        raise CatalogueError(f"a peer cannot be called {taken[0]!r}, which is a system of its own; rename it")
    if strange := sorted(name for name, lists in peers.items() if not pairs.keys() & lists.keys()):
        raise CatalogueError(f"{strange[0]!r} has a list for none of the {len(pairs)} test users; compare the user ids")


def groups_of(cases: Sequence[Case], memory: Memory, index: Index) -> list[Group]:
    """Every division of the cases by what their user and their target are. Targets must be in the index."""
    attributes = [memory.catalogue.user(case.user).attributes for case in cases]
    users = user_groups([len(case.events) for case in cases], attributes)
    return users + item_groups([case.target for case in cases], index)


def list_all(
    pipeline: RankingPipeline, memory: Memory, cases: Sequence[Case], progress: Progress
) -> dict[str, Listing]:
    """Every system (see `lists_of`) over the same cases."""
    found = [lists_of(pipeline, judged) for judged in judge_all(pipeline, memory, cases, progress)]
    return {name: gathered([lists[name] for lists in found]) for name in found[0]} if found else {}


def judge_all(pipeline: RankingPipeline, memory: Memory, cases: Sequence[Case], progress: Progress) -> Iterator[Judged]:
    """Draw candidates for each case and let the model judge its pool, many cases to a call."""
    progress("evaluating", 0, len(cases))
    for start in range(0, len(cases), TOGETHER):
        some = cases[start : start + TOGETHER]
        user_states = [pipeline.read(memory.catalogue.user(case.user), case.events) for case in some]
        requests = [Request(context=case.context) for case in some]
        drawn = [pipeline.candidates(user_state, request, DEPTH, pipeline.config.pool)
                 for user_state, request in zip(user_states, requests, strict=True)]  # fmt: skip
        pools = [(user_state, request, candidates[: pipeline.config.pool])
                 for user_state, request, candidates in zip(user_states, requests, drawn, strict=True)]  # fmt: skip
        judged = pipeline.judge_many(pools, partial(_moved, progress, start, len(cases)))
        yield from map(Judged, some, user_states, drawn, judged)


def _moved(progress: Progress, start: int, total: int, done: int, _of: int) -> None:
    progress("evaluating", start + done, total)


@dataclass(frozen=True, slots=True)
class Placed:
    """One system on one case: the target's rank with ties against it, its place as listed, and the first ten items."""

    rank: float
    place: float
    shown: Sequence[str]


def gathered(placed: Sequence[Placed]) -> Listing:
    """One system over all cases."""
    ranks, places = (np.array([getattr(placement, name) for placement in placed]) for name in ("rank", "place"))
    return Listing(ranks, [placement.shown for placement in placed], places)


def lists_of(pipeline: RankingPipeline, judged: Judged) -> dict[str, Placed]:
    """Popularity, retrieval, lm and fused on one case, and where the workspace asks for diversity or novelty `served`,
    the fused ranking under these. `lm` is the model's own order of retrieval's pool."""
    target, pool, rest = judged.case.target, judged.pool, judged.candidates[len(judged.pool) :]
    lm = votes(pool, judged.preferences)
    retrieval = [candidate.score for candidate in judged.candidates]
    # What the model does not see keeps its place below what it does.
    heard = (lm * pipeline.weights.lm(False)).sum(axis=1).tolist()
    fused = [candidate.score + vote for candidate, vote in zip(pool, heard, strict=True)]
    floor = [candidate.score - 1e6 for candidate in rest]
    ids = [candidate.item.id for candidate in judged.candidates]
    scored = {"retrieval": retrieval, "lm": [*lm[:, 0].tolist(), *floor], "fused": [*fused, *floor]}
    lists = {name: _ranked(ids, scores, target) for name, scores in scored.items()}
    if pipeline.config.diversity or pipeline.config.novelty:
        lists["served"] = _with_variety(pipeline, judged)
    return {"popularity": _by_popularity(pipeline.retriever.index, judged.user_state, pipeline.config, target), **lists}


def _ranked(ids: Sequence[str], scores: Sequence[float], target: str) -> Placed:
    order = [ids[place] for place in sorted(range(len(ids)), key=lambda place: (-scores[place], ids[place]))]
    if target not in ids:
        return Placed(math.inf, math.inf, order[:10])
    return Placed(rank_against_ties(scores, ids.index(target)), order.index(target) + 1.0, order[:10])


def _with_variety(pipeline: RankingPipeline, judged: Judged) -> Placed:
    ranked = rank(judged.pool, judged.preferences, pipeline.weights, has_request=False)
    shown = varied(ranked, pipeline.retriever.index, pipeline.config, len(ranked))
    ids = [one.candidate.item.id for one in shown] + [one.item.id for one in judged.candidates[len(ranked) :]]
    return _listed(ids, judged.case.target)


def _listed(ids: Sequence[str], target: str) -> Placed:
    """A list without scores: the target is where it stands."""
    place = float(ids.index(target) + 1) if target in ids else math.inf
    return Placed(place, place, ids[:10])


def _by_popularity(index: Index, user_state: UserState, config: Config, target: str) -> Placed:
    counts = index.covisitation.counts
    consumed = frozenset() if config.repeats == "allowed" else user_state.interests.consumed
    above = int((counts >= counts[index.position[target]]).sum())
    above -= sum(counts[index.position[item]] >= counts[index.position[target]]
                 for item in consumed - {target} if item in index.position)  # fmt: skip
    open_ids = (index.items[place].id for place in index.by_popularity.tolist())
    first = [item for item, _ in zip((id for id in open_ids if id not in consumed), range(10), strict=False)]
    listed = above <= DEPTH and target not in consumed  # what the user refused is in nobody's list
    rank = float(above) if listed else math.inf
    return Placed(rank, rank, first)


def _peer_listing(cases: Sequence[Case], lists: Mapping[str, Sequence[str]]) -> Listing:
    return gathered([_listed(list(lists.get(case.user, ())), case.target) for case in cases])
