"""Pins: kept per user and once each, in the order in which they were said; a row that cannot be read costs no other."""

import pytest
import sqlalchemy as sa
from sommelier.agent.dialogue_state import Constraint
from sommelier.agent.memory.memory import Memory

HORROR = Constraint("out", ("genres",), ("horror",), words="never horror", standing=True)
SHORT = Constraint("range", ("runtime",), bounds={"$lte": 90, "$gte": 60.5}, words="60 to 90 minutes", standing=True)
SPARING = Constraint("out", ("genres",), ("musical",), words="no musicals", spared=("grease-1978",), standing=True)


def test_pins_are_of_one_user_in_order(memory):
    assert memory.pins.of("ann") == ()
    memory.pins.add("ann", [HORROR, SHORT])
    memory.pins.add("ann", [SPARING])
    assert memory.pins.of("ann") == (HORROR, SHORT, SPARING)
    assert memory.pins.of("bob") == ()


def test_what_says_the_same_is_kept_once(memory):
    memory.pins.add("ann", [HORROR])
    again = Constraint("out", ("genres",), ("horror",), words="no horror", turn=4, standing=True)
    memory.pins.add("ann", [again])
    assert memory.pins.of("ann") == (again,)


def test_what_is_removed_is_gone_for_its_user_alone(memory):
    for user in ("ann", "bob"):
        memory.pins.add(user, [HORROR, SHORT])
    memory.pins.remove("ann", [Constraint("out", ("genres",), ("horror",)), SPARING])
    memory.pins.remove("ann", [])
    assert memory.pins.of("ann") == (SHORT,)
    assert memory.pins.of("bob") == (HORROR, SHORT)


@pytest.mark.parametrize("written", ["null", "7", "[]", "{}", '{"kind": "never", "attributes": ["genres"]}',
                                     '{"kind": "range", "attributes": ["year"], "bounds": {"$lte": [1]}}'])  # fmt: skip
def test_a_row_that_cannot_be_read_is_left_out(url, memory, written):
    memory.pins.add("ann", [HORROR])
    spoil(url, written)
    memory.pins.add("ann", [SHORT])
    assert memory.pins.of("ann") == (SHORT,)


def test_a_row_that_is_no_json_is_left_out(tmp_path):
    url = f"sqlite:///{tmp_path / 'sommelier.db'}"  # PostgreSQL takes no such row
    with Memory(url) as memory:
        memory.pins.add("ann", [HORROR])
        spoil(url, "{")
        memory.pins.add("ann", [SHORT])
        assert memory.pins.of("ann") == (SHORT,)


def test_a_database_of_the_release_takes_pins(released):
    for _ in range(2):  # the second finds a database that is up to date
        with Memory(released) as memory:
            memory.pins.add("ann", [HORROR])
            assert memory.pins.of("ann") == (HORROR,)


def spoil(url, written):
    """Write something else in the place of all pins."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        statement = "UPDATE pins SET pin = :written" if url.startswith("sqlite") else (
            "UPDATE pins SET pin = CAST(:written AS JSON)")  # fmt: skip
        connection.execute(sa.text(statement), {"written": written})
    engine.dispose()
