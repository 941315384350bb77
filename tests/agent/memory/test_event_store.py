"""The event log: every event once, in order, and gone for good when taken back."""

import math
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_events import event
from sommelier.agent.errors import InvalidEventError
from sommelier.agent.memory.memory import Memory
from sommelier.retrieval.catalogue import EVENT_KINDS, Event

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
times = st.none() | st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8)
events = st.builds(
    Event, id=words, user=st.sampled_from(["ann", "bob", "çiğdem"]), item=words,
    kind=st.sampled_from(sorted(EVENT_KINDS)),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False), at=times,
    position=st.none() | st.integers(-5, 2**53), context=st.dictionaries(words, words, max_size=2),
)  # fmt: skip
logs = st.lists(
    events.filter(lambda each: each.kind != "rating" or each.value is not None),
    max_size=15,
    unique_by=lambda each: each.id,
)


@settings(max_examples=25, deadline=None)
@given(log=logs, data=st.data())
def test_log_loses_nothing_and_does_not_care_about_order_or_repetition(tmp_path_factory, log, data):
    shuffled = data.draw(st.permutations(log + log[: len(log) // 2]))
    folder = tmp_path_factory.mktemp("log")
    with Memory(f"sqlite:///{folder / 'a.db'}") as first, Memory(f"sqlite:///{folder / 'b.db'}") as second:
        assert first.events.add(log) == len(log)
        assert sum(second.events.add([each]) for each in shuffled) == len(log)
        assert first.events.add(log) == 0
        kept = list(first.events.all())
        assert kept == list(second.events.all())
    assert sorted(kept, key=lambda each: each.id) == sorted(log, key=lambda each: each.id)


def test_history_is_ordered_by_time_then_position_then_id_and_undated_events_come_first(memory):
    later = NOON + timedelta(microseconds=1)
    wanted = [
        event("z"), event("p0", position=0), event("p1", position=1), event("a-noon", at=NOON),
        event("b-noon", at=NOON), event("c-noon", at=NOON, position=3), event("a-later", at=later),
    ]  # fmt: skip
    memory.events.add(reversed(wanted))
    memory.events.add([event("other", user="bob")])
    assert memory.events.history("ann") == wanted
    assert [each.user for each in memory.events.all()] == ["ann"] * 7 + ["bob"]
    assert memory.events.history("nobody") == []


def test_times_come_back_exact_and_in_utc(memory):
    tokyo = datetime(1969, 7, 20, 5, 17, 40, 123457, tzinfo=timezone(timedelta(hours=9)))
    memory.events.add([event("moon", at=tokyo)])
    (back,) = memory.events.history("ann")
    assert back.at == tokyo
    assert back.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (event("1", kind="stare"), "'stare'"),
        (event("1", user=""), "user is empty"),
        (event(""), "id or its user"),
        (event("1", item=None), "no item"),
        (event("1", kind="rating"), "a rating without a value; give one"),
        (event("1", kind="rating", value=math.nan), "nan"),
        (event("1", kind="rating", value=math.inf), "inf"),
        (event("1", at=datetime(2024, 1, 1)), "no time zone"),
        (event("1", position=2**63), "too large"),
        (event("1", user="\ud800"), "valid Unicode"),
        (event("1", context={"place": "a\x00b"}), "NUL"),
    ],
)
def test_invalid_event_is_refused_and_nothing_of_its_batch_is_written(memory, bad, problem):
    with pytest.raises(InvalidEventError, match=problem):
        memory.events.add([event("good"), bad])
    assert memory.statistics.counts().events == 0


def test_search_needs_no_item(memory):
    search = event("s", item=None, kind="search", context={"query": "heist films"})
    memory.events.add([search])
    assert memory.events.history("ann") == [search]


def test_the_newest_events_come_first_and_can_be_chosen_by_kind(memory):
    days = [NOON + timedelta(days=day) for day in range(4)]
    kinds = ("save", "like", "save", "view")
    memory.events.add(event(str(at), kind=kind, at=day) for at, (kind, day) in enumerate(zip(kinds, days, strict=True)))
    memory.events.add([event("undated"), event("hers", user="bob", kind="save", at=NOON)])
    assert [each.id for each in memory.events.newest("ann")] == ["3", "2", "1", "0", "undated"]
    assert [each.id for each in memory.events.newest("ann", {"save"})] == ["2", "0"]
    assert [each.id for each in memory.events.newest("ann", limit=1)] == ["3"]
    assert memory.events.newest("ann", set()) == []


def test_a_reader_who_saw_an_event_has_seen_those_that_arrived_before_it(url):
    seen, mark = [], None
    with Memory(url) as reader, ThreadPoolExecutor(4) as writers:
        for at in range(80):
            writers.submit(_append, url, f"e{at}")
        while len(seen) < 80:
            arrived = reader.events.arrivals("ann", mark)
            mark = arrived.mark
            seen.extend(each.id for each in arrived.events)
    assert sorted(seen) == sorted(f"e{at}" for at in range(80))


def _append(url, id):
    with Memory(url) as memory:
        memory.events.add([event(id)])


def test_what_came_in_later_is_known_whatever_was_deleted_since(tmp_path):
    path = tmp_path / "sommelier.db"
    with Memory(f"sqlite:///{path}") as memory:
        memory.events.add([event(str(at)) for at in range(6)])
        mark = memory.events.arrived()
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("DELETE FROM events WHERE id IN ('0', '4', '5')")
            connection.execute("VACUUM")
        assert memory.events.arrived_after(mark) == set()
        memory.events.add([event("4"), event("6")])
        assert memory.events.arrived_after(mark) == {"4", "6"}


def test_an_event_is_taken_back_by_its_own_user_only_and_for_good(url):
    with Memory(url) as memory:
        memory.events.add([event("e1", at=NOON), event("e2", kind="save", at=NOON), event("e3", user="bob")])
        assert memory.events.retract("bob", "e1") is None
        assert memory.events.retract("ann", "no such event") is None
        assert memory.events.retract("ann", "e1") == event("e1", at=NOON)
        assert memory.events.retract("ann", "e1") is None
        assert memory.events.add([event("e1", at=NOON), event("e4", at=NOON)]) == 1  # not delivered again
    with Memory(url) as memory:
        assert [each.id for each in memory.events.history("ann")] == ["e2", "e4"]
        assert memory.statistics.counts().events == 3


def test_what_others_take_back_is_no_matter(memory):
    memory.events.add([event("e1"), event("e2", user="bob")])
    memory.events.retract("bob", "e2")
    assert memory.events.retracted("ann") == 0
    assert memory.summaries.save("ann", "You liked Heat.", "model", "e1", 0).version == 1
