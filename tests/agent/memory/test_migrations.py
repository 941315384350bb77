"""A database of every release opens, keeps every row and ends up as a new one would be made."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sommelier.agent.errors import WorkspaceError
from sommelier.agent.llm.language_model import ModelCard
from sommelier.agent.memory.memory import Memory
from sommelier.agent.memory.schema import METADATA
from sommelier.agent.memory.upgrade import TODAY
from sommelier.agent.turn import Explanation, Recommendation, Turn
from sommelier.retrieval.catalogue import Event, Item, User
from sommelier.retrieval.evidence import Evidence, HistoryLink, SharedAttribute

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HEAT = Item("heat", "Heat", "A thief.", {"year": 1995, "genres": ("Crime", "Drama")})
ITEMS = [HEAT, Item("ran", "Ran", "", {"year": 1985, "genres": ("Drama",)}),
         Item("roma", "Roma", "", {"year": 2018, "genres": ("Drama",)})]  # fmt: skip
USERS = [User("ann", {"age": 30}), User("bob", {"age": 41}), User("zoe")]
EVENTS = [
    Event("e3", "ann", None, "search", context={"query": "heist"}),
    Event("e1", "ann", "heat", "like", at=NOON, context={"device": "tv"}),
    Event("e2", "ann", "ran", "rating", 4.5, NOON + timedelta(hours=1), 7),
    Event("e4", "bob", "heat", "view", at=NOON + timedelta(hours=2)),
    Event("e6", "zoe", "ran", "save", at=NOON + timedelta(hours=4)),
]
LINKS, SHARED = (HistoryLink("ran", "Ran", 0.5, "liked"),), (SharedAttribute("genres", "Drama", 0.7, 1.2),)
SHOWN = Recommendation(
    HEAT, 1, 0.75, Explanation("Because of Ran.", "evidence"),
    Evidence(LINKS, SHARED, ("heist",), 0.9), {"lm": 0.25},
)  # fmt: skip
ASKED = Turn("t1", "s1", "ann", "a heist film", "Here is Heat.", (SHOWN,), {"ranking": 0.25, "explanations": 0.5},
             NOON + timedelta(hours=5), {"device": "tv"}, {"n": 20})  # fmt: skip
CUT_OFF = Turn("t2", "s1", "ann", "nothing there?", "", (), {"ranking": 0.125}, NOON + timedelta(hours=6))
CARD = ModelCard("tiny", "ab" * 32, "none", None, "cpu", "bfloat16")


def migrations():
    config = Config()
    config.set_main_option("script_location", "sommelier.agent.memory:migrations")
    return config


def columns(url):
    """The columns of every table but the one that says how far the migrations came."""
    engine = sa.create_engine(url)
    try:
        inspector = sa.inspect(engine)
        names = [name for name in inspector.get_table_names() if name != "sommelier_version"]
        return {name: [each["name"] for each in inspector.get_columns(name)] for name in names}
    finally:
        engine.dispose()


def rows(url, known):
    """Every row of the `known` tables, in their known columns: what a later step adds is not what a release wrote."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            tables = {name: sa.table(name, *map(sa.column, listed)) for name, listed in known.items()}
            found = {name: connection.execute(sa.select(table)).all() for name, table in tables.items()}
            return {name: sorted(map(repr, each)) for name, each in found.items()}
    finally:
        engine.dispose()


def shape(url):
    """Columns, keys and indexes of every table."""
    engine = sa.create_engine(url)
    try:
        inspector = sa.inspect(engine)
        return {
            table: (
                sorted((each["name"], str(each["type"]), each["nullable"]) for each in inspector.get_columns(table)),
                inspector.get_pk_constraint(table)["constrained_columns"],
                sorted(each["column_names"] for each in inspector.get_unique_constraints(table)),
                sorted((each["name"], each["column_names"]) for each in inspector.get_indexes(table)),
                [each["options"] for each in inspector.get_foreign_keys(table)],
            )
            for table in inspector.get_table_names()
        }
    finally:
        engine.dispose()


def test_every_row_of_the_release_is_kept(released):
    known = columns(released)
    before = rows(released, known)
    for _ in range(2):  # the second finds a database that is up to date
        Memory(released).close()
        assert rows(released, known) == before


def test_what_the_release_knew_is_read_as_it_was(released):
    with Memory(released) as memory:
        assert memory.catalogue.items() == ITEMS
        assert memory.catalogue.users() == USERS
        assert [*memory.events.all()] == EVENTS
        assert memory.events.add([Event("e5", "bob", "gone", "dislike")]) == 0  # it was taken back
        assert (memory.events.arrived(), memory.events.retracted("bob")) == (6, 1)
        latest = memory.summaries.latest("ann")
        assert (latest.version, latest.text, latest.written_by, latest.last_event) == (
            2,
            "Turning to drama.",
            "model",
            "e2",
        )
        first, second = memory.turns.of("ann", "s1")
        assert (first.turn, first.prompts, first.model) == (ASKED, {"rank": "c0ffee"}, CARD)
        assert (second.turn, second.prompts, second.model) == (CUT_OFF, {}, None)
        (totals,) = memory.statistics.answers_by_day(NOON, NOON + timedelta(days=1)).values()
        assert (totals.turns, totals.finished, totals.sentences, totals.plain_sentences) == (2, 1, 2, 1)


def test_no_number_of_an_event_is_given_twice(released):
    with Memory(released) as memory:
        memory.events.add([Event("e7", "zoe", "ran", "view")])
        assert memory.events.arrived_after(6) == {"e7"}


def migrate(url, revision, numbered):
    """Bring an empty database as far as this step; with `numbered`, as one that knows so."""
    config, engine = migrations(), sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if not numbered:
            connection.exec_driver_sql("DROP TABLE sommelier_version")
    engine.dispose()


def assert_as_new(url):
    Memory(url).close()
    migrated, engine = shape(url), sa.create_engine(url)
    with engine.begin() as connection:
        METADATA.drop_all(connection)
    engine.dispose()
    Memory(url).close()
    assert migrated == shape(url)


def test_a_database_of_the_release_is_then_as_a_new_one(released):
    assert_as_new(released)


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("revision", ["0001", "0002", "0003", TODAY])
def test_a_database_that_stands_at_any_step_is_then_as_a_new_one(url, revision, numbered):
    migrate(url, revision, numbered)
    assert_as_new(url)


def test_the_schema_of_today_is_that_of_the_newest_migration():
    steps = [*ScriptDirectory.from_config(migrations()).walk_revisions()]
    assert [each.revision for each in steps] == [f"{number:04}" for number in range(len(steps), 0, -1)]
    assert steps[0].revision == TODAY
    assert not [each.revision for each in steps if hasattr(each.module, "downgrade")]


def test_a_newer_layout_is_refused_in_a_sentence_that_names_both(url):
    Memory(url).close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sommelier_version SET version_num = '0099'")
    engine.dispose()
    with pytest.raises(WorkspaceError, match=rf"layout 0099, .* newer version .* up to {TODAY}: update Sommelier"):
        Memory(url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:  # and it was left alone
        assert connection.exec_driver_sql("SELECT version_num FROM sommelier_version").scalar_one() == "0099"
    engine.dispose()


def test_a_migration_that_fails_leaves_the_database_as_it_was(released, monkeypatch):
    known = columns(released)
    before = rows(released, known)
    engine = sa.create_engine(released)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE shown RENAME TO shown_before")
        connection.exec_driver_sql("CREATE VIEW shown AS SELECT 1 AS one")
    with pytest.raises(WorkspaceError, match="cannot be used"):
        Memory(released)
    with engine.begin() as connection:
        assert not sa.inspect(connection).has_table("sommelier_version")
        connection.exec_driver_sql("DROP VIEW shown")
        connection.exec_driver_sql("ALTER TABLE shown_before RENAME TO shown")
    engine.dispose()
    Memory(released).close()
    assert rows(released, known) == before


def test_a_database_that_is_up_to_date_opens_without_alembic(tmp_path):
    url = f"sqlite:///{tmp_path / 'sommelier.db'}"
    Memory(url).close()
    code = (
        f"import sys; from sommelier.agent.memory.memory import Memory; Memory({url!r}).close(); "
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "False\n"
