"""A database of the first layout opens, keeps what it holds, and takes what has been added since."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sommelier.agent.memory.memory import Memory
from sommelier.agent.turn import Explanation, Recommendation, Turn
from sommelier.retrieval.catalogue import Event, Item
from sommelier.retrieval.evidence import Evidence

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOON_STORED = 1_714_564_800_000_000
FIRST_LAYOUT = """
CREATE TABLE items (id VARCHAR NOT NULL PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, attributes JSON NOT NULL,
    content_hash VARCHAR(64) NOT NULL);
CREATE TABLE users (id VARCHAR NOT NULL PRIMARY KEY, attributes JSON NOT NULL);
CREATE TABLE events (id VARCHAR NOT NULL PRIMARY KEY, "user" VARCHAR NOT NULL, item VARCHAR, kind VARCHAR(16) NOT NULL,
    value DOUBLE PRECISION, at BIGINT, position BIGINT, context JSON);
CREATE INDEX ix_events_user ON events ("user");
CREATE TABLE summaries ("user" VARCHAR NOT NULL, version INTEGER NOT NULL, text TEXT NOT NULL,
    written_by VARCHAR(16) NOT NULL, last_event VARCHAR, at BIGINT NOT NULL, PRIMARY KEY ("user", version));
CREATE TABLE turns (id VARCHAR NOT NULL PRIMARY KEY, session VARCHAR NOT NULL, "user" VARCHAR NOT NULL,
    message TEXT NOT NULL, reply TEXT NOT NULL, recommendations JSON NOT NULL, timings JSON NOT NULL,
    prompts JSON NOT NULL, model JSON, at BIGINT NOT NULL, context JSON NOT NULL);
CREATE INDEX ix_turns_session ON turns (session);
CREATE INDEX ix_turns_user ON turns ("user");
CREATE TABLE settings (key VARCHAR NOT NULL PRIMARY KEY, value JSON);
INSERT INTO settings VALUES ('schema_version', '1');
INSERT INTO items VALUES ('heat', 'Heat', 'A thief.', '{"year": 1995}', 'none');
INSERT INTO users VALUES ('bob', '{"age": 30}');
INSERT INTO summaries VALUES ('ann', 1, 'You like crime.', 'facts', '9', 1714564800000000);
INSERT INTO turns VALUES ('t', 's', 'ann', 'hi', 'hello', '[SHELF]',
    '{"ranking": 0.5, "explanations": 1.0}', '{}', NULL, 1714564800000000, '{}')
"""
SHELF = (
    '{"item": {"id": "heat", "title": "Heat", "text": "", "attributes": {}}, "rank": 1, "score": 0.5, "parts": {}, '
    '"explanation": {"text": "A thief.", "written_by": "evidence"}, "evidence": {"history": [], "shared": []}}'
)
EVENTS = ("7", "8", "9")
PICK = Recommendation(Item("heat", "Heat"), 1, 0.5, Explanation("A thief.", "evidence"), Evidence(), {})
TURN = Turn("t", "s", "ann", "hi", "hello", (PICK,), {"ranking": 0.5, "explanations": 1.0}, NOON)


def event(id):
    return Event(id, "ann", "heat", "like", at=NOON)


@pytest.fixture
def old(url):
    """The URL of a database as the first version left it, with three events."""
    engine = sa.create_engine(url)
    row = {"at": NOON_STORED}
    with engine.begin() as connection:
        for statement in FIRST_LAYOUT.split(";"):
            connection.exec_driver_sql(statement.replace("[SHELF]", f"[{SHELF}]"))
        for id in EVENTS:
            wanted = f"INSERT INTO events VALUES ('{id}', 'ann', 'heat', 'like', NULL, :at, NULL, NULL)"
            connection.execute(sa.text(wanted), row)
    engine.dispose()
    return url


def test_what_it_holds_is_still_there(old):
    for _ in range(2):  # the second finds a database that is up to date
        with Memory(old) as memory:
            assert [*memory.events.history("ann")] == [event(id) for id in EVENTS]
            assert memory.catalogue.item("heat").attributes == {"year": 1995}
            assert memory.catalogue.user("bob").attributes == {"age": 30}
            assert memory.summaries.latest("ann").text == "You like crime."
            assert [each.turn for each in memory.turns.of("ann", "s")] == [TURN]
            counts = memory.statistics.counts()
            assert (counts.items, counts.users, counts.events, counts.turns) == (1, 2, 3, 1)


def test_it_takes_what_has_been_added_since(old):
    with Memory(old) as memory:
        counted = replace(TURN, counts={"candidates": 20})
        memory.turns.save(counted)
        assert memory.turns.of("ann", "s")[0].turn == counted
        assert memory.events.retract("ann", "9") == event("9")
        assert memory.summaries.latest("ann") is None
        assert memory.events.add([event("9"), event("8")]) == 0


def test_its_turns_are_in_the_figures_of_today(old):
    for _ in range(2):
        with Memory(old) as memory:
            (totals,) = memory.statistics.answers_by_day(NOON - DAY, NOON + DAY).values()
            assert (totals.turns, totals.finished, totals.empty, totals.sentences) == (1, 1, 0, 0)
            (shown,) = memory.statistics.shown_items(NOON - DAY, NOON + DAY, {"like"}, {"dislike"}, 3.0)
            assert (shown.item, shown.times, shown.people) == ("heat", 1, 1)


def test_a_turn_that_cannot_be_read_any_more_keeps_nobody_out(old):
    engine = sa.create_engine(old)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE turns SET recommendations = :odd"), {"odd": '[{"rank": "first"}]'})
    engine.dispose()
    with Memory(old) as memory:
        assert memory.statistics.answers_by_day(NOON - DAY, NOON + DAY) == {}
        assert memory.statistics.counts().turns == 1


def test_its_events_are_numbered_for_good(old):
    with Memory(old) as memory:
        assert memory.events.arrived() == 3
        memory.events.retract("ann", "9")
        assert memory.events.add([event("8"), event("10")]) == 1
        assert memory.events.arrived_after(3) == {"10"}
        assert [each.id for each in memory.events.history("ann")] == ["10", "7", "8"]


def test_many_may_open_it_at_once(old):
    def opened(at):
        with Memory(old) as memory:
            return memory.events.add([event(f"new {at}")])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(4))) == [1, 1, 1, 1]
    with Memory(old) as memory:
        assert memory.events.arrived_after(3) == {f"new {at}" for at in range(4)}
        assert memory.events.arrived() == 7
