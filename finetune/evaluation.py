"""Measure a workspace on held-out events: popularity, retrieval, the language model alone, both fused, and peers.

Full ranking: one target per user, every item the user has not consumed is in play, ties count against the system.
Nothing that a system is built from may contain the target or what came after it. Where the log does contain it, the
user's events from the target on are held back and the index is built anew without them.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ..agent.config import Config
from ..agent.engine import Engine, Reading
from ..agent.indexing import BEHAVIOUR_KINDS
from ..agent.memory import Memory
from ..agent.ranking import standardised
from ..agent.turn import Request
from ..retrieval.catalogue import CatalogueError, Event
from ..retrieval.index import Index
from .holdout import IndexStore
from .metrics import Ranks, ndcg, paired_interval, rank_against_ties, summarise, users_needed

EngineFor: TypeAlias = Callable[[Index], Engine]
DEPTH = 200
"""Items a system lists per user; a target below is as good as missed (rank infinity)."""
LONG_TAIL = 0.8
"""The long tail: the 80% of items that are consumed least."""

SYSTEMS = frozenset({"popularity", "retrieval", "lm", "fused"})

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


@dataclass(frozen=True, slots=True)
class Case:
    """One user to be predicted: their events before the target, the target, and how many events are held back."""

    user: str
    events: Sequence[Event]
    target: str
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """What one system did over all cases: the target's rank per user, and the first ten items of each list."""

    ranks: Ranks
    shown: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome. `systems` maps names to metrics; `versus_retrieval` to metric -> (low, mid, high)."""

    users: int
    systems: Mapping[str, Mapping[str, float]]
    versus_retrieval: Mapping[str, Mapping[str, tuple[float, float, float]]]
    held_back: int
    """Test pairs whose target stood in the log and was held back."""
    unknown: int
    """Test pairs left out because their target is not in the catalogue."""
    needed: Mapping[str, int]
    """System -> users at which a difference from retrieval of the size seen would be settled."""

    def as_json(self) -> dict[str, object]:
        """The stable machine-readable form."""
        intervals = {name: {key: list(value) for key, value in each.items()}
                     for name, each in self.versus_retrieval.items()}  # fmt: skip
        return {"users": self.users, "systems": {name: dict(each) for name, each in self.systems.items()},
                "versus_retrieval": intervals}  # fmt: skip


def read_pairs(path: Path) -> dict[str, str]:
    """User -> target item, from a CSV or TSV file with a header (user_id, item_id or the first two columns).

    Raises CatalogueError when the file is missing, empty or has rows without two fields.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            rows = [row for row in csv.reader([header, *file], delimiter="\t" if "\t" in header else ",") if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogueError(f"cannot read the test file {path}: {error}") from error
    user, item = _columns(rows[0]) if rows else (0, 1)
    bad = next((number for number, row in enumerate(rows, 1) if len(row) <= max(user, item)), None)
    if bad is not None or len(rows) < 2:
        raise CatalogueError(f"{path}, line {bad or 1}: a test file has a header and a user and an item on each line")
    pairs = {row[user]: row[item] for row in rows[1:]}
    if len(pairs) < len(rows) - 1:
        twice = Counter(row[user] for row in rows[1:]).most_common(1)[0][0]
        raise CatalogueError(f"{path}: user {twice!r} has more than one line; a test has one target for each user")
    return pairs


def read_peer(path: Path) -> dict[str, list[str]]:
    """User -> item ids, best first; a file of lines `user<TAB>ids separated by spaces`, header optional.

    Raises CatalogueError when the file is missing or has a line without a tab.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"cannot read the peer's lists {path}: {error}") from error
    lists: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        user, tab, items = line.partition("\t")
        if not tab:
            raise CatalogueError(f"{path}, line {number}: expected `user<TAB>item item item`")
        lists[user] = items.split()
    return lists


def evaluate(
    engine_for: EngineFor, store: IndexStore, pairs: Mapping[str, str],
    peers: Mapping[str, Mapping[str, Sequence[str]]], progress: Progress,
) -> Report:  # fmt: skip
    """Evaluate on `pairs` (user -> target) with the engine that serves over an index.

    Raises CatalogueError when no pair names a known item, or a peer has the name of one of the systems.
    """
    if taken := sorted(SYSTEMS & peers.keys()):
        raise CatalogueError(f"a peer cannot be called {taken[0]!r}, which is a system of its own; rename it")
    cases = [case_of(store.memory, user, target) for user, target in pairs.items()]
    held_back = {case.user: case.held_back for case in cases if case.held_back}
    with store.without(held_back) as index:
        usable = [case for case in cases if case.target in index.position]
        if not usable:
            raise CatalogueError(f"none of the {len(pairs)} test items is in the catalogue; check the test file")
        listings = list_all(engine_for(index), store.memory, usable, progress)
        listings |= {name: _peer_listing(usable, lists) for name, lists in peers.items()}
        return _report(listings, index, len(held_back), len(cases) - len(usable))


def case_of(memory: Memory, user: str, target: str) -> Case:
    """The user's events up to the target; what stands in the log from the target on is held back."""
    events = memory.history(user)
    before = before_target(events, target)
    return Case(user, before, target, len(events) - len(before))


def before_target(events: Sequence[Event], target: str) -> Sequence[Event]:
    """The events before the target was first chosen; all of them when it never was."""
    places = (at for at, event in enumerate(events) if event.item == target and event.kind in BEHAVIOUR_KINDS)
    return events[: next(places, len(events))]


def list_all(engine: Engine, memory: Memory, cases: Sequence[Case], progress: Progress) -> dict[str, Listing]:
    """Popularity, retrieval, lm and fused over the same cases."""
    ranks: dict[str, list[float]] = {}
    shown: dict[str, list[Sequence[str]]] = {}
    for done, case in enumerate(cases, 1):
        reading = engine.read(memory.user(case.user), case.events)
        for name, (rank, first) in _lists_of(engine, reading, case.target).items():
            ranks.setdefault(name, []).append(rank)
            shown.setdefault(name, []).append(first)
        progress("evaluating", done, len(cases))
    return {name: Listing(np.array(ranks[name]), shown[name]) for name in ranks}


def _lists_of(engine: Engine, reading: Reading, target: str) -> dict[str, tuple[float, Sequence[str]]]:
    candidates = engine.candidates(reading, Request(), DEPTH)
    pool, rest = candidates[: engine.config.pool], candidates[engine.config.pool :]
    lm = standardised(engine.judge(reading, Request(), pool))
    retrieval = [each.score for each in candidates]
    # What the model does not see keeps its place below what it does.
    fused = [each.score + engine.weights.lm(False) * float(z) for each, z in zip(pool, lm, strict=True)]
    floor = [-math.inf if not rest else each.score - 1e6 for each in rest]
    ids = [each.item.id for each in candidates]
    scored = {"retrieval": retrieval, "lm": [*map(float, lm), *floor], "fused": [*fused, *floor]}
    lists = {name: _ranked(ids, scores, target) for name, scores in scored.items()}
    return {"popularity": _by_popularity(engine.retriever.index, reading, engine.config, target), **lists}


def _ranked(ids: Sequence[str], scores: Sequence[float], target: str) -> tuple[float, Sequence[str]]:
    best = sorted(range(len(ids)), key=lambda at: (-scores[at], ids[at]))[:10]
    rank = rank_against_ties(scores, ids.index(target)) if target in ids else math.inf
    return rank, [ids[at] for at in best]


def _by_popularity(index: Index, reading: Reading, config: Config, target: str) -> tuple[float, Sequence[str]]:
    counts = index.covisitation.counts
    consumed = frozenset() if config.repeats == "allowed" else reading.interests.consumed
    above = int((counts >= counts[index.position[target]]).sum())
    above -= sum(counts[index.position[item]] >= counts[index.position[target]]
                 for item in consumed - {target} if item in index.position)  # fmt: skip
    open_ids = (index.items[at].id for at in index.by_popularity.tolist())
    first = [item for item, _ in zip((each for each in open_ids if each not in consumed), range(10), strict=False)]
    listed = above <= DEPTH and target not in consumed  # what the user refused is in nobody's list
    return (float(above) if listed else math.inf), first


def _peer_listing(cases: Sequence[Case], lists: Mapping[str, Sequence[str]]) -> Listing:
    found = [list(lists.get(case.user, ())) for case in cases]
    ranks = [float(each.index(case.target) + 1) if case.target in each else math.inf
             for each, case in zip(found, cases, strict=True)]  # fmt: skip
    return Listing(np.array(ranks), [each[:10] for each in found])


def _report(listings: Mapping[str, Listing], index: Index, held_back: int, unknown: int) -> Report:
    base = ndcg(listings["retrieval"].ranks)
    systems = {name: {**summarise(each.ranks), "long_tail@10": _long_tail(each, index)}
               for name, each in listings.items()}  # fmt: skip
    others = {name: ndcg(each.ranks) for name, each in listings.items() if name != "retrieval"}
    versus = {name: {"ndcg@10": paired_interval(gain, base)} for name, gain in others.items()}
    needed = {name: users_needed(gain, base) for name, gain in others.items()}
    return Report(len(base), systems, versus, held_back, unknown, needed)


def _long_tail(listing: Listing, index: Index) -> float:
    """Share of the items shown in the first ten that belong to the long tail."""
    head = {index.items[at].id for at in index.by_popularity[: round(len(index.items) * (1 - LONG_TAIL))].tolist()}
    shown = [item for first in listing.shown for item in first]
    return sum(item not in head for item in shown) / max(len(shown), 1)


def _columns(header: Sequence[str]) -> tuple[int, int]:
    """Places of user and item: by name, else the first two columns."""
    named = "user_id" in header and "item_id" in header
    return (header.index("user_id"), header.index("item_id")) if named else (0, 1)
