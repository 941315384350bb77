"""The workspace's memory: items, users, the event log, summaries, turns, pins and settings, in SQL.

What is returned from its stores has been committed. Knows which stores there are; each knows its own tables.
"""

from __future__ import annotations

from .catalogue import CatalogueStore
from .connection import Database
from .events import EventStore
from .pins import PinStore
from .settings import SettingStore
from .statistics import Statistics
from .summaries import SummaryStore
from .turns import TurnStore
from .upgrade import prepare


class Memory:
    """The stores of one workspace, over one database. Safe to share between threads; close it when done.

    `url` is an SQLAlchemy URL: `sqlite:///PATH` or `postgresql+psycopg://...`; any other is a ConfigError. All methods
    of the stores raise WorkspaceError when the database cannot be reached, is damaged or stays locked.
    """

    def __init__(self, url: str) -> None:
        self._database = database = Database(url)
        try:
            prepare(database)
        except BaseException:
            database.close()
            raise
        self.events = EventStore(database)
        self.catalogue = CatalogueStore(database)
        self.summaries = SummaryStore(database)
        self.turns = TurnStore(database)
        self.pins = PinStore(database)
        self.settings = SettingStore(database)
        self.statistics = Statistics(database)

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give all connections back; whatever is asked of it from then on is a WorkspaceError."""
        self._database.close()
