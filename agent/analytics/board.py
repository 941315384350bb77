"""The catalogue board: every figure of a workspace at one moment. Reads only, and needs no model and no index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..config import Config
from ..memory.memory import Memory
from ..memory.statistics import Counts, Dates
from ..workspace import Workspace
from .activity import Day, activity
from .alerts import Alarm
from .cold import Cold, cold
from .period import Period, newest
from .shelves import Shelves, shelves
from .surges import Surges, surges
from .turns import Turns, turns


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it. `as_of` is the newest event or turn: `period` ends with it, and so do shelves and turns. Activity and
    surges end with the newest event. `alerts` were told and are not over."""

    as_of: datetime
    counts: Counts
    dates: Dates
    period: Period
    activity: Sequence[Day]
    surges: Surges
    shelves: Shelves
    cold: Cold
    turns: Turns
    alerts: Sequence[str]


class Board:
    """The figures of one workspace, and its alarm. `name` is what the workspace is called in both."""

    def __init__(
        self, memory: Memory, config: Config, name: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._memory = memory
        self._config = config
        self._now = now
        self.name = name
        self.alarm = Alarm(memory, config.alerts, name, now)

    @classmethod
    def of(cls, workspace: Workspace) -> Board:
        """That of an open workspace."""
        return cls(workspace.memory, workspace.config, workspace.folder.name)

    def figures(self, days: int = 28, rising: int = 7) -> Figures:
        """The last `days` days, and what rose in the last `rising` (1 to 7) of them. Raises WorkspaceError when the
        database cannot be read, ValueError for other days."""
        statistics = self._memory.statistics
        dates = statistics.dates(self._now())
        as_of = newest(dates, self._now())
        period = Period.of(days, as_of)
        last, scale = dates.last or as_of, self._config.rating_scale
        end = last + timedelta(microseconds=1)
        return Figures(
            as_of=as_of,
            counts=self._memory.statistics.counts(),
            dates=dates,
            period=period,
            activity=activity(statistics, Period.of(days, last), scale),
            surges=surges(statistics, self._memory.catalogue.items(), dates.first, end, scale, rising),
            shelves=shelves(statistics, period, scale),
            cold=cold(statistics),
            turns=turns(statistics, period),
            alerts=self.alarm.firing(),
        )
