"""The store: what is put in is there, in order, once, whoever writes and however it ends."""

import math
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.agent.errors import ConfigError, InvalidEventError, UnknownItemError, WorkspaceError
from sommelier.agent.llm.language_model import ModelCard
from sommelier.agent.memory.memory import Memory, content_hash
from sommelier.agent.turn import Explanation, Recommendation, Turn
from sommelier.retrieval.catalogue import EVENT_KINDS, Event, Item, User
from sommelier.retrieval.evidence import Evidence, HistoryLink, SharedAttribute

NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
FACTS = {"year": 1995, "genres": ("Crime", "Drama"), "score": 7.0, "new": False}
HEAT = Item("heat", "Heat", "A thief and a detective.", FACTS)


@pytest.fixture
def memory(url):
    with Memory(url) as store:
        yield store


def event(id, user="ann", item="heat", kind="like", **more):
    return Event(id, user, item, kind, **more)


times = st.none() | st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc))
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8)
events = st.builds(
    Event, id=words, user=st.sampled_from(["ann", "bob", "çiğdem"]), item=words,
    kind=st.sampled_from(sorted(EVENT_KINDS)),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False), at=times,
    position=st.none() | st.integers(-5, 2**53), context=st.dictionaries(words, words, max_size=2),
)  # fmt: skip
logs = st.lists(events, max_size=15, unique_by=lambda each: each.id)


@settings(max_examples=25, deadline=None)
@given(log=logs, data=st.data())
def test_log_loses_nothing_and_does_not_care_about_order_or_repetition(tmp_path_factory, log, data):
    shuffled = data.draw(st.permutations(log + log[: len(log) // 2]))
    folder = tmp_path_factory.mktemp("log")
    with Memory(f"sqlite:///{folder / 'a.db'}") as first, Memory(f"sqlite:///{folder / 'b.db'}") as second:
        assert first.add_events(log) == len(log)
        assert sum(second.add_events([each]) for each in shuffled) == len(log)
        assert first.add_events(log) == 0
        kept = list(first.all_events())
        assert kept == list(second.all_events())
    assert sorted(kept, key=lambda each: each.id) == sorted(log, key=lambda each: each.id)


def test_history_is_ordered_by_time_then_position_then_id_and_undated_events_come_first(memory):
    later = NOON + timedelta(microseconds=1)
    wanted = [
        event("z"), event("p0", position=0), event("p1", position=1), event("a-noon", at=NOON),
        event("b-noon", at=NOON), event("c-noon", at=NOON, position=3), event("a-later", at=later),
    ]  # fmt: skip
    memory.add_events(reversed(wanted))
    memory.add_events([event("other", user="bob")])
    assert memory.history("ann") == wanted
    assert [each.user for each in memory.all_events()] == ["ann"] * 7 + ["bob"]
    assert memory.history("nobody") == []


def test_times_come_back_exact_and_in_utc(memory):
    tokyo = datetime(1969, 7, 20, 5, 17, 40, 123457, tzinfo=timezone(timedelta(hours=9)))
    memory.add_events([event("moon", at=tokyo)])
    (back,) = memory.history("ann")
    assert back.at == tokyo
    assert back.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (event("1", kind="stare"), "'stare'"),
        (event("1", user=""), "user is empty"),
        (event(""), "id or its user"),
        (event("1", item=None), "no item"),
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
        memory.add_events([event("good"), bad])
    assert memory.counts().events == 0


def test_search_needs_no_item(memory):
    search = event("s", item=None, kind="search", context={"query": "heist films"})
    memory.add_events([search])
    assert memory.history("ann") == [search]


def test_items_come_back_as_they_were(memory):
    memory.upsert_items([HEAT])
    assert memory.item("heat") == HEAT
    assert memory.items() == [HEAT]
    types = {name: type(value) for name, value in memory.item("heat").attributes.items()}
    assert types == {"year": int, "genres": tuple, "score": float, "new": bool}


def test_upsert_tells_new_changed_and_unchanged_apart(memory):
    ran, ronin = Item("ran", "Ran"), Item("ronin", "Ronin")
    assert memory.upsert_items([HEAT, ran]).new == ("heat", "ran")
    again = memory.upsert_items([HEAT, replace(ran, text="King Lear in Japan."), ronin])
    assert (again.new, again.changed, again.unchanged) == (("ronin",), ("ran",), 1)
    assert memory.item("ran").text == "King Lear in Japan."


def test_content_hash_sees_content_only():
    shuffled = replace(HEAT, attributes=dict(reversed(HEAT.attributes.items())))
    assert content_hash(shuffled) == content_hash(HEAT)
    assert content_hash(replace(HEAT, id="other")) == content_hash(HEAT)
    assert content_hash(replace(HEAT, attributes={**HEAT.attributes, "year": 1996})) != content_hash(HEAT)


def test_deleted_item_is_gone_and_its_events_stay(memory):
    memory.upsert_items([HEAT, Item("ran", "Ran")])
    memory.add_events([event("1")])
    assert memory.delete_items(["heat", "never-there"]) == 1
    with pytest.raises(UnknownItemError, match="'heat'"):
        memory.item("heat")
    assert memory.item_ids() == {"ran"}
    assert len(memory.history("ann")) == 1


def test_thousands_of_items_at_once(memory):
    many = [Item(f"{number:05}", f"Film {number}") for number in range(3000)]
    assert len(memory.upsert_items(many).new) == 3000
    assert memory.upsert_items(many).unchanged == 3000
    assert memory.delete_items(each.id for each in many) == 3000


def test_everyone_with_attributes_or_events_is_a_user(memory):
    memory.upsert_users([User("zoe", {"age_band": "25-34", "languages": ("fr", "en")})])
    memory.add_events([event("1", user="ann")])
    assert memory.users() == [User("ann"), User("zoe", {"age_band": "25-34", "languages": ("fr", "en")})]
    assert memory.user("zoe").attributes["languages"] == ("fr", "en")
    assert memory.user("stranger") == User("stranger")
    assert memory.upsert_users([User("zoe", {"age_band": "35-44"})]).changed == ("zoe",)


def test_summaries_are_versioned_per_user(memory):
    assert memory.latest_summary("ann") is None
    memory.save_summary("ann", "Likes crime.", "facts", None)
    memory.save_summary("bob", "Likes songs.", "facts", None)
    saved = memory.save_summary("ann", "Turning to comedy.", "model", "e9")
    assert saved.version == 2
    assert memory.latest_summary("ann") == saved
    assert memory.counts().summaries == 3


def test_turn_is_logged_with_everything_that_made_it(memory):
    link, shared = HistoryLink("ran", "Ran", 0.5, "liked"), SharedAttribute("genres", "Crime", 0.7, 1.2)
    evidence = Evidence((link,), (shared,), ("heist",), 0.9)
    shown = Recommendation(HEAT, 1, 0.75, Explanation("Because of Ran.", "evidence"), evidence, {"lm": 0.25})
    first = Turn("t1", "s1", "ann", "a heist film", "Here is Heat.", (shown,), {"ranking": 0.2}, NOON, {"device": "tv"})
    second = replace(first, id="t2", message="another", recommendations=(), at=NOON + timedelta(seconds=5))
    card = ModelCard("tiny", "ab" * 32, "none", None, "cpu", "bfloat16")
    memory.save_turn(second)
    memory.save_turn(first, {"rank": "c0ffee"}, card)
    logged = memory.turns("ann", "s1")
    assert [each.turn for each in logged] == [first, second]
    assert (logged[0].prompts, logged[0].model, logged[1].model) == ({"rank": "c0ffee"}, card, None)
    assert memory.turns("ann", "another") == []
    assert memory.turns("bob", "s1") == []


def test_settings_hold_json(memory):
    assert memory.get_setting("fusion", {"a": 0}) == {"a": 0}
    memory.put_setting("fusion", {"a": 0.5})
    memory.put_setting("fusion", {"a": 0.25, "b": [1, 2]})
    assert memory.get_setting("fusion") == {"a": 0.25, "b": [1, 2]}


def test_threads_share_one_memory(memory):
    failures = []

    def write(number):
        try:
            for turn in range(20):
                memory.add_events([event(f"shared-{turn}"), event(f"own-{number}-{turn}", user=f"u{number}")])
                assert len(memory.history(f"u{number}")) == turn + 1
                memory.save_summary("ann", "text", "facts", None)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert memory.counts().events == 20 + 6 * 20
    assert memory.latest_summary("ann").version == 120


def test_second_connection_sees_what_was_committed(url):
    with Memory(url) as one, Memory(url) as two:
        one.add_events([event("1")])
        assert [each.id for each in two.history("ann")] == ["1"]
        two.add_events([event("2")])
        assert len(one.history("ann")) == 2


def test_a_reader_who_saw_an_event_has_seen_those_that_arrived_before_it(url):
    seen, mark = [], None
    with Memory(url) as reader, ThreadPoolExecutor(4) as writers:
        for at in range(80):
            writers.submit(_append, url, f"e{at}")
        while len(seen) < 80:
            arrived = reader.arrivals("ann", mark)
            mark = arrived.mark
            seen.extend(each.id for each in arrived.events)
    assert sorted(seen) == sorted(f"e{at}" for at in range(80))


def _append(url, id):
    with Memory(url) as memory:
        memory.add_events([event(id)])


def test_what_came_in_later_is_known_whatever_was_deleted_since(tmp_path):
    path = tmp_path / "sommelier.db"
    with Memory(f"sqlite:///{path}") as memory:
        memory.add_events([event(str(at)) for at in range(6)])
        mark = memory.arrived()
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("DELETE FROM events WHERE id IN ('0', '4', '5')")
            connection.execute("VACUUM")
        assert memory.arrived_after(mark) == set()
        memory.add_events([event("4"), event("6")])
        assert memory.arrived_after(mark) == {"4", "6"}


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql+nodriver://x/y"])
def test_unusable_url_is_a_config_error(url):
    with pytest.raises(ConfigError, match="database"):
        Memory(url)


def test_damaged_file_is_a_workspace_error(tmp_path):
    path = tmp_path / "sommelier.db"
    path.write_bytes(b"this is not a database" * 400)
    with pytest.raises(WorkspaceError, match=r"sommelier\.db cannot be used"):
        Memory(f"sqlite:///{path}")


def test_layout_of_another_version_is_refused(url):
    with Memory(url) as memory:
        memory.put_setting("schema_version", 99)
    with pytest.raises(WorkspaceError, match="layout 99"):
        Memory(url)


def test_deleted_text_is_not_left_in_the_file(tmp_path):
    path = tmp_path / "sommelier.db"
    with Memory(f"sqlite:///{path}") as memory:
        memory.upsert_items([Item("secret", "A title nobody should find")])
        memory.delete_items(["secret"])
    assert b"nobody should find" not in path.read_bytes()


def test_an_event_is_taken_back_by_its_own_user_only_and_for_good(url):
    with Memory(url) as memory:
        memory.add_events([event("e1", at=NOON), event("e2", kind="save", at=NOON), event("e3", user="bob")])
        assert memory.retract("bob", "e1") is None
        assert memory.retract("ann", "no such event") is None
        assert memory.retract("ann", "e1") == event("e1", at=NOON)
        assert memory.retract("ann", "e1") is None
        assert memory.add_events([event("e1", at=NOON), event("e4", at=NOON)]) == 1  # not delivered again
    with Memory(url) as memory:
        assert [each.id for each in memory.history("ann")] == ["e2", "e4"]
        assert memory.counts().events == 3


def test_taking_an_event_back_takes_the_summaries_that_knew_it(memory):
    memory.save_summary("ann", "Before.", "facts", None)
    later = datetime.now(timezone.utc)
    memory.add_events([event("e1", at=later)])
    memory.save_summary("ann", "You liked Heat.", "model", "e1")
    memory.save_summary("bob", "Mine.", "facts", None)
    memory.retract("ann", "e1")
    assert memory.latest_summary("ann").text == "Before."
    assert memory.latest_summary("bob").text == "Mine."


@pytest.mark.parametrize("gone", ["e1", "e2"])
def test_a_summary_that_was_begun_before_an_event_was_taken_back_is_not_kept(memory, gone):
    now = datetime.now(timezone.utc)
    memory.add_events([event(id, at=now) for id in ("e0", "e1", "e2")])
    memory.retract("ann", "e0")
    begun = memory.retracted("ann")
    assert memory.save_summary("ann", "You liked Heat.", "model", "e2", begun).version == 1
    memory.retract("ann", gone)
    assert memory.save_summary("ann", "You liked Heat.", "model", "e2", begun) is None
    assert memory.latest_summary("ann") is None
    assert memory.save_summary("ann", "You liked it.", "model", "e2", memory.retracted("ann")).version == 1


def test_an_event_with_a_future_time_takes_every_summary_with_it(memory):
    now = datetime.now(timezone.utc)
    for hours in (1, 2):
        memory.add_events([event(f"e{hours}", at=now + timedelta(hours=hours))])
        memory.save_summary("ann", f"Knows {hours}.", "model", f"e{hours}")
    memory.retract("ann", "e1")
    assert memory.latest_summary("ann") is None


def test_nothing_is_written_or_read_once_it_is_closed(url):
    memory = Memory(url)
    memory.close()
    for late in (lambda: memory.add_events([event("e1")]), memory.counts):
        with pytest.raises(WorkspaceError, match="closed"):
            late()
    with Memory(url) as again:
        assert again.counts().events == 0


def test_what_others_take_back_is_no_matter(memory):
    memory.add_events([event("e1"), event("e2", user="bob")])
    memory.retract("bob", "e2")
    assert memory.retracted("ann") == 0
    assert memory.save_summary("ann", "You liked Heat.", "model", "e1", 0).version == 1


def test_the_newest_events_come_first_and_can_be_chosen_by_kind(memory):
    days = [NOON + timedelta(days=day) for day in range(4)]
    kinds = ("save", "like", "save", "view")
    memory.add_events(event(str(at), kind=kind, at=day) for at, (kind, day) in enumerate(zip(kinds, days, strict=True)))
    memory.add_events([event("undated"), event("hers", user="bob", kind="save", at=NOON)])
    assert [each.id for each in memory.events("ann")] == ["3", "2", "1", "0", "undated"]
    assert [each.id for each in memory.events("ann", {"save"})] == ["2", "0"]
    assert [each.id for each in memory.events("ann", newest=1)] == ["3"]
    assert memory.events("ann", set()) == []


def test_the_last_turn_of_a_session_is_the_users_own(memory):
    turn = Turn("t", "s", "ann", "hi", "", (), {}, NOON)
    memory.save_turn(turn)
    memory.save_turn(replace(turn, id="u", at=NOON + timedelta(hours=1)))
    assert memory.last_turn("ann", "s") == NOON + timedelta(hours=1)
    assert memory.last_turn("bob", "s") is None
    assert memory.last_turn("ann", "other") is None
