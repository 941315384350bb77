"""Brought up to date in any order and in any portions, a history is what the whole log would give."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from fakes import film
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.agent.config import Config
from sommelier.agent.profile.history import REMEMBERED, UserHistory, moment
from sommelier.agent.profile.interests import interests_of
from sommelier.retrieval.catalogue import EVENT_KINDS, Event

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
SEEDS = st.integers(0, 2**32 - 1)
FILMS = {each: film(each, genres=(each[0], "drama")) for each in ("alien", "brazil", "clue", "diva", "eraser")}
ITEMS = [*FILMS, "gone", *(f"rare {at}" for at in range(200))]


def event(id, at=None, position=None, item="alien", kind="like"):
    return Event(id, "ann", item, kind, None, at, position)


def random_event(rng, id):
    kind = rng.choice(sorted(EVENT_KINDS))
    item = None if kind == "search" else rng.choice(ITEMS)
    at = NOON + timedelta(hours=rng.randrange(300)) if rng.random() < 0.9 else None
    return Event(id, "ann", item, kind, rng.choice([None, 1.0, 4.5]), at, rng.choice([None, 0, 1, 2]))


def portions_of(rng, events):
    """The events in the order in which they come in, some of them late, cut into portions."""
    rng.shuffle(events)
    cuts = sorted(rng.choices(range(len(events) + 1), k=rng.randrange(8)))
    return [events[start:end] for start, end in pairwise([0, *cuts, len(events)])]


@given(SEEDS, st.integers(0, 30) | st.integers(REMEMBERED - 20, 2 * REMEMBERED))
@settings(max_examples=40, deadline=None)
def test_in_portions_or_at_once_is_the_same(seed, count):
    rng = random.Random(seed)
    events = [random_event(rng, f"{at:05}") for at in range(count)]
    cold = UserHistory.of(sorted(events, key=moment))
    kept = UserHistory()
    for portion in portions_of(rng, events):
        kept = kept.including(portion)
    assert kept == cold
    assert (len(kept.recent), kept.count) == (min(count, REMEMBERED), count)
    assert interests_of(kept, FILMS.get, Config()) == interests_of(cold, FILMS.get, Config())


def test_the_order_is_that_of_a_log():
    ordered = [event("b"), event("a", position=1), event("c", NOON), event("a", NOON, 0), event("b", NOON, 0),
               event("a", NOON + timedelta(seconds=1))]  # fmt: skip
    shuffled = [ordered[at] for at in (3, 0, 5, 1, 4, 2)]
    assert sorted(shuffled, key=moment) == ordered


def test_what_is_older_than_all_that_is_remembered_is_still_consumed():
    full = UserHistory.of([event(f"{at:04}", NOON + timedelta(hours=at)) for at in range(REMEMBERED)])
    late = full.including([event("late", NOON - timedelta(days=1), item="brazil", kind="dislike")])
    assert late.recent == full.recent
    assert late.consumed == {"alien", "brazil"}
    assert late.count == REMEMBERED + 1


@pytest.mark.parametrize("kind", ["view", "click", "save", "share", "comment", "skip"])
def test_looking_is_not_consuming(kind):
    assert UserHistory().including([event("a", kind=kind)]).consumed == frozenset()


def test_nothing_new_changes_nothing():
    before = UserHistory.of([event("a", NOON)])
    assert before.including([]) is before
