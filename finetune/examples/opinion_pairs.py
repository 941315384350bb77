"""User-item pairs with a known answer: the newest opinions of each user, held back, and what is known of each pair.

Held back is everything from the first of a user's pairs on; features come from the events before it, from an index
and norms that were made without it. In a log without opinions the pairs are first choices and the answer is
log(1 + times chosen from then on).
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ...agent.config import Config
from ...agent.memory.memory import Memory
from ...agent.profile.opinions import Measure, Norms, opinion_of, values_of
from ...agent.ranking.pipeline import RankingPipeline
from ...agent.ranking.strength import LM, pair_features, preferences
from ...retrieval.catalogue import Event
from ...retrieval.event_kinds import SEQUENCE_KINDS, polarity_of
from ..evaluation.cases import before_judged, before_target
from ..evaluation.evaluation import Progress

Floats = NDArray[np.float64]

PER_USER, SHARE = 5, 4
"""Held back are a user's newest five opinions, but at most one in four of what they gave."""
USERS, LM_USERS = 2000, 300
"""Users that the fit looks at, and those of them whose pairs the model judges, which costs a pass for each."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is held back of one user: the pairs' items with the answers, the events before, and how many are held.

    `ratings` holds NaN for an opinion that is no rating; in a log without opinions it holds log(1 + times chosen).
    """

    user: str
    events: Sequence[Event]
    items: tuple[str, ...]
    liked: tuple[bool, ...]
    ratings: tuple[float, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """One place per pair in every array. `features` are those of `agent.ranking.strength` and the model's preference
    "lm", NaN where the model was not asked; `ratings` as in `Held`."""

    users: NDArray[np.str_]
    features: Mapping[str, Floats]
    liked: NDArray[np.bool_]
    ratings: Floats

    def __len__(self) -> int:
        return len(self.users)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Pairs:
        """Some of the pairs, by mask or places."""
        features = {name: values[chosen] for name, values in self.features.items()}
        return Pairs(self.users[chosen], features, self.liked[chosen], self.ratings[chosen])

    def judged(self) -> Pairs:
        """Those that the model was asked about."""
        return self.where(~np.isnan(self.features[LM]))


def hold_back(
    memory: Memory, test: Mapping[str, str], config: Config, measure: Measure, seed: int = 0
) -> tuple[list[Held], dict[str, int]]:
    """The pairs of up to USERS users, drawn with a fixed seed, and how many events the test alone holds back.

    A test target (user -> item) that stands in the log is out of sight here, with what came after it.
    """
    held: list[Held] = []
    for_test: dict[str, int] = {}
    for user, log in groupby(memory.events.all(), key=lambda event: event.user):
        everything = list(log)
        events = before_target(everything, test[user]) if user in test else everything
        unseen = len(everything) - len(events)
        if unseen:
            for_test[user] = unseen
        newest = _newest(user, events, config, measure)
        held += [replace(newest, count=newest.count + unseen)] if newest else []
    random.Random(seed).shuffle(held)
    return held[:USERS], for_test


def earlier_opinions(
    memory: Memory, test: Mapping[str, str], config: Config, users: int | None = None, seed: int = 0, judged: int = 1
) -> tuple[list[Held], dict[str, int]]:
    """Pairs to learn from, of up to `users` users: the newest opinions before those that `hold_back` holds back and
    before the choices (at most `judged`) that validate, and how many events of each user what is built for them must
    not know."""
    present, found = memory.catalogue.item_ids(), list[Held]()
    for user, log in groupby(memory.events.all(), key=lambda event: event.user):
        everything = list(log)
        events = before_judged(before_target(everything, test[user]) if user in test else everything, present, judged)
        newest = _newest(user, events, config, "opinion")
        earlier = _newest(user, newest.events, config, "opinion") if newest else None
        found += [replace(earlier, count=len(everything) - len(earlier.events))] if earlier else []
    random.Random(seed).shuffle(found)
    return found[:users], {held.user: held.count for held in found}


def norms_without(memory: Memory, held_back: Mapping[str, int], config: Config, measure: Measure) -> Norms:
    """What is normal in the log without each user's newest `held_back[user]` events."""
    people = groupby(memory.events.all(), key=lambda event: event.user)
    logs = ((list(log), held_back.get(user, 0)) for user, log in people)
    return Norms.of(values_of(events[: len(events) - unseen], config, measure) for events, unseen in logs)


def describe_pairs(
    pipeline: RankingPipeline, memory: Memory, held: Sequence[Held], norms: Norms, measure: Measure, progress: Progress
) -> Pairs:
    """What is known of each pair; of the first LM_USERS users the model judges theirs, where opinions are measured.

    Items that have left the catalogue are left out.
    """
    parts = []
    for done, one in enumerate(held, 1):
        kept = [place for place, item in enumerate(one.items) if item in pipeline.retriever.index.position]
        items = [one.items[place] for place in kept]
        user_state = pipeline.read(memory.catalogue.user(one.user), one.events)
        features = pair_features(pipeline, user_state, items, norms, measure)
        asked = measure == "opinion" and done <= LM_USERS and bool(items)
        features[LM] = preferences(pipeline, user_state, items) if asked else np.full(len(items), np.nan)
        answers = np.array(one.liked, np.bool_)[kept], np.array(one.ratings, np.float64)[kept]
        parts.append(Pairs(np.full(len(items), one.user), features, *answers))
        progress("calibrating", done, len(held))
    return joined(parts)


def joined(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of the parts, in order; there must be one part at least."""
    return Pairs(
        np.concatenate([part.users for part in parts]),
        {name: np.concatenate([part.features[name] for part in parts]) for name in parts[0].features},
        np.concatenate([part.liked for part in parts]),
        np.concatenate([part.ratings for part in parts]),
    )


def _newest(user: str, events: Sequence[Event], config: Config, measure: Measure) -> Held | None:
    places = _first_places(events, config, measure)
    newest = places[len(places) - min(PER_USER, len(places) // SHARE) :]
    if not newest:
        return None
    shown, hidden = [events[place] for place in newest], events[newest[0] :]
    return Held(
        user=user,
        events=events[: newest[0]],
        items=tuple(event.item or "" for event in shown),
        liked=tuple(polarity_of(event, config.rating_scale) == "liked" for event in shown),
        ratings=tuple(_log_count(event, hidden) if measure == "count" else _rating(event) for event in shown),
        count=len(hidden),
    )


def _first_places(events: Sequence[Event], config: Config, measure: Measure) -> list[int]:
    """Places of the events that give an item its first value."""
    first: dict[str, int] = {}
    for place, event in enumerate(events):
        valued = event.kind in SEQUENCE_KINDS if measure == "count" else opinion_of(event, config) is not None
        if event.item and valued:
            first.setdefault(event.item, place)
    return sorted(first.values())


def _rating(event: Event) -> float:
    return event.value if event.kind == "rating" and event.value is not None else math.nan


def _log_count(event: Event, hidden: Sequence[Event]) -> float:
    return math.log1p(sum(later.item == event.item and later.kind in SEQUENCE_KINDS for later in hidden))
