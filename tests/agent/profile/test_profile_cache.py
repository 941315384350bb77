"""A kept reading against the log read anew: real SQL, several threads, late events, forgetting."""

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fakes import film
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.agent.config import Config
from sommelier.agent.memory.memory import Memory
from sommelier.agent.profile.history import UserHistory
from sommelier.agent.profile.interests import interests_of
from sommelier.agent.profile.profile_cache import ProfileCache
from sommelier.agent.profile.user_state import UserState
from sommelier.agent.turn import Profile
from sommelier.retrieval.catalogue import Event, User

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
SEEDS = st.integers(0, 2**32 - 1)
FILMS = {each: film(each, genres=(each[0],)) for each in ("alien", "brazil", "clue")}


class Reader:
    """Reads as an engine does, and counts how often it had to."""

    def __init__(self):
        self.times = 0

    def __call__(self, user, recalled, stored):
        self.times += 1
        interests = interests_of(recalled, FILMS.get, Config())
        summary = stored.text if stored else ""
        profile = Profile(user.id, user.attributes, interests.facets, interests.items, recalled.count, summary, 0,
                          "facts", None)  # fmt: skip
        return UserState(recalled.recent, interests, profile)

    def cold(self, memory, user):
        return self(
            memory.catalogue.user(user), UserHistory.of(memory.events.history(user)), memory.summaries.latest(user)
        )


@pytest.fixture
def memory(url):
    with Memory(url) as opened:
        yield opened


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def profile_cache(memory, reader):
    return ProfileCache(memory, reader)


def event(id, user="ann", item="alien", hours=0, kind="like"):
    return Event(str(id), user, item, kind, None, NOON + timedelta(hours=hours))


def test_it_is_read_again_only_when_something_happened(memory, reader, profile_cache):
    memory.events.add([event(1)])
    first = profile_cache.of("ann")
    assert profile_cache.of("ann") is first
    memory.events.add([event(2, "bob")])
    memory.events.add([event(1)])  # the same event
    assert profile_cache.of("ann") is first
    assert reader.times == 1
    memory.events.add([event(3, item="clue")])
    assert [each.id for each in profile_cache.of("ann").events] == ["1", "3"]
    assert reader.times == 2


def test_a_stranger_is_nobody_until_the_first_event(memory, profile_cache):
    assert profile_cache.of("zoe").events == ()
    memory.events.add([event(1, "zoe")])
    assert [each.id for each in profile_cache.of("zoe").events] == ["1"]


def test_attributes_and_summaries_count_too(memory, profile_cache):
    memory.events.add([event(1)])
    profile_cache.of("ann")
    memory.catalogue.upsert_users([User("ann", {"region": "north"})])
    assert profile_cache.of("ann").profile.attributes == {"region": "north"}
    memory.summaries.save("ann", "You like space.", "model", "1")
    assert profile_cache.of("ann").profile.summary == "You like space."


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_warm_is_cold_whatever_comes_when(tmp_path_factory, seed):
    rng = random.Random(seed)
    reader = Reader()
    with Memory(f"sqlite:///{tmp_path_factory.mktemp('log') / 'memory.db'}") as memory:
        profile_cache = ProfileCache(memory, reader)
        for batch in range(12):
            memory.events.add(
                event(rng.randrange(60), rng.choice(["ann", "bob"]), rng.choice([*FILMS, "gone"]), rng.randrange(99),
                      rng.choice(["like", "view", "dislike", "skip"]))
                for _ in range(rng.choice([0, 1, 1, 7]))
            )  # fmt: skip
            if batch % 2:
                assert profile_cache.of("ann") == reader.cold(memory, "ann")
        assert profile_cache.of("bob") == reader.cold(memory, "bob")


def test_an_event_committed_by_another_connection_counts(memory, profile_cache, url):
    memory.events.add([event(1)])
    profile_cache.of("ann")
    with Memory(url) as other:
        other.events.add([event(2, hours=-5)])
    assert [each.id for each in profile_cache.of("ann").events] == ["2", "1"]


def forget(url, user):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text('DELETE FROM events WHERE "user" = :user'), {"user": user})
    engine.dispose()


@pytest.mark.parametrize("since", [(), (4,), (4, 5, 6)])
def test_who_was_forgotten_is_forgotten(memory, reader, profile_cache, url, since):
    memory.events.add([event(1), event(2), event(3, item="clue")])
    assert profile_cache.of("ann").interests.consumed == {"alien", "clue"}
    forget(url, "ann")
    memory.events.add(event(each, item="brazil") for each in since)  # they take the row ids of those that went
    assert profile_cache.of("ann") == reader.cold(memory, "ann")
    assert profile_cache.of("ann").profile.events == len(since)


@pytest.mark.parametrize("gone", ["1", "2", "3"])
@pytest.mark.parametrize("since", [(), (4,)])
def test_what_was_taken_back_no_longer_counts(memory, reader, profile_cache, url, gone, since):
    memory.events.add([event(1), event(2, item="brazil", hours=1), event(3, item="clue", hours=-1)])
    profile_cache.of("ann")
    with Memory(url) as other:
        other.events.retract("ann", gone)
    memory.events.add(event(each, item="brazil") for each in since)
    assert profile_cache.of("ann") == reader.cold(memory, "ann")
    assert gone not in {each.id for each in profile_cache.of("ann").events}


def test_only_so_many_people_are_kept(memory, reader):
    profile_cache = ProfileCache(memory, reader, kept=2)
    memory.events.add(event(at, user) for at, user in enumerate(("ann", "bob", "cat")))
    for user in ("ann", "bob", "ann", "cat", "ann"):
        profile_cache.of(user)
    assert reader.times == 3
    profile_cache.of("bob")  # the one met longest ago had to go
    assert reader.times == 4


def test_threads_that_write_and_read_agree_in_the_end(memory, reader, profile_cache):
    failures = []

    def work(worker):
        rng = random.Random(worker)
        try:
            for at in range(15):
                id = f"{worker}-{at}"
                memory.events.add([event(id, item=rng.choice(list(FILMS)), hours=rng.randrange(99))])
                assert id in {each.id for each in profile_cache.of("ann").events}  # what was committed is read
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert profile_cache.of("ann") == reader.cold(memory, "ann")
    assert profile_cache.of("ann").profile.events == 60
