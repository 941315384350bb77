"""Keep a workspace's adapter up to date: tune on what is new when enough is, and promote what is not worse."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from ..agent.configured_model import ADAPTERS, papers_of, serving_adapter
from ..agent.errors import SommelierError, WorkspaceBusyError
from ..agent.workspace import Workspace
from .errors import TrainingError
from .evaluation import Progress
from .parentage import MARK
from .registry import Registry
from .tune import UNFINISHED, Plan, tune
from .unfinished import BEGUN

PAUSE = 60.0
"""Seconds between two looks at the log."""
TRIED = "watch.tried"
"""Setting: when an adapter was last tried here, and the number of the newest event then."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to tune: `events` new ones since the last try, or `hours` after it and at least one new event."""

    events: int
    hours: float | None = None

    def due(self, new: int, since: datetime | None) -> bool:
        """Whether it is time. `since` is when it was last tried, None for never."""
        late = self.hours is not None and since is not None and _hours_since(since) >= self.hours
        return new >= self.events or (late and new > 0)


def watch(folder: Path, schedule: Schedule, plan: Plan, progress: Progress, pause: float = PAUSE) -> Iterator[str]:
    """Look, do what is due, say what was done in one sentence, pause, and look again, for as long as it is iterated.

    The first adapter is tuned by `plan` on the whole log, later ones on what came in since the one that serves was
    trained. One that is refused by the gate is deleted; the next try has more to learn from. A run that was cut off is
    gone on with. What fails is said, and tried again when more came in; what another process has open, at the next
    look. Raises WorkspaceError when there is no workspace.
    """
    while True:
        try:
            with Workspace(folder, use="study") as workspace:
                said = _look(workspace, schedule, plan, progress)
        except WorkspaceBusyError as error:
            said = str(error)
        yield said
        time.sleep(pause)


def _look(workspace: Workspace, schedule: Schedule, plan: Plan, progress: Progress) -> str:
    memory = workspace.memory
    tried = memory.get_setting(TRIED, {})
    new, arrived = len(memory.arrived_after(int(tried.get(MARK, 0)))), memory.arrived()
    if not schedule.due(new, datetime.fromisoformat(tried["at"]) if tried else None):
        return f"{new:,} new events; nothing to do yet."
    try:
        said = f"{new:,} new events: {_renewed(workspace, plan, progress)}"
    except (SommelierError, OSError, RuntimeError, MemoryError) as error:
        said = f"{new:,} new events, and no new adapter: {error}"
    memory.put_setting(TRIED, {MARK: arrived, "at": datetime.now(timezone.utc).isoformat()})
    return said


def _tuned(workspace: Workspace, plan: Plan, progress: Progress) -> str:
    """The name of the new adapter; of the run that was cut off, where it began on the same terms."""
    if (workspace.folder / ADAPTERS / UNFINISHED / BEGUN).exists():
        with suppress(TrainingError):
            return tune(workspace, {}, plan, progress, resume=True).folder.name
    return tune(workspace, {}, plan, progress).folder.name


def _renewed(workspace: Workspace, plan: Plan, progress: Progress) -> str:
    serving, registry = serving_adapter(workspace), Registry(workspace)
    since_last = serving is not None and MARK in papers_of(serving) and registry.serving is not None
    name = _tuned(workspace, replace(plan, since_last=since_last), progress)
    try:
        gate = registry.promote(name, {}, progress)
    except SommelierError:
        registry.delete(name)
        raise
    return f"the adapter {name} serves, {gate.verdict} than what served before."


def _hours_since(moment: datetime) -> float:
    return (datetime.now(timezone.utc) - moment).total_seconds() / 3600
