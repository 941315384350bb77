"""An open memory on each kind of database, and one as a release left it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sommelier.agent.memory.memory import Memory

RELEASE = Path(__file__).parent / "release_0_1_0"


@pytest.fixture
def memory(url):
    with Memory(url) as store:
        yield store


@pytest.fixture
def released(url):
    """The URL of a database as 0.1.0 left it."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript((RELEASE / "sqlite.sql").read_text())
        return url
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.connection.driver_connection.execute((RELEASE / "postgresql.sql").read_text())
    engine.dispose()
    return url
