"""Keep a workspace's adapter up to date: tune on what is new when enough is, and promote what is not worse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...agent.errors import SommelierError, WorkspaceBusyError
from ...agent.memory.settings import Setting
from ...agent.serving_model import ADAPTERS, metadata_of, serving_adapter
from ...agent.workspace import Workspace
from ..errors import TrainingError
from ..evaluation.evaluation import Progress
from ..training.cost import Cost
from .parentage import MARK
from .registry import AdapterError, Registry
from .run_state import BEGUN
from .tune import UNFINISHED, Plan, Tuned, tune

PAUSE = 60.0
"""Seconds between two looks at the log."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The last try for a new adapter: `at` when, with all events up to the number `arrived`."""

    arrived: int
    at: datetime


TRIED: Setting[Tried | None] = Setting("watch.tried", Tried | None, None)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to tune: `events` new ones since the last try, or `hours` after it and at least one new event."""

    events: int
    hours: float | None = None

    def due(self, new: int, since: datetime | None) -> bool:
        """Whether it is time. `since` is when it was last tried, None for never."""
        late = self.hours is not None and since is not None and _hours_since(since) >= self.hours
        return new >= self.events or (late and new > 0)


def watch(
    folder: Path, schedule: Schedule, plan: Plan, progress: Progress, pause: float = PAUSE,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[str]:  # fmt: skip
    """Look, do what is due, say what came of it in one sentence, pause, and look again, for as long as it is iterated.

    New is what nobody learned yet: it came in after the newest event known to the adapter that serves, to one that
    went on from it, or to the last try here. The first adapter is tuned by `plan` on the whole log, later ones on what
    came in since the one that serves was trained. One that is refused by the gate is deleted; the next try has more to
    learn from. A run that was cut off is gone on with. `tell` hears what is being done. What fails is said, and tried
    again when more came in; what another process has open, at the next look. Raises WorkspaceError when there is no
    workspace.
    """
    while True:
        try:
            with Workspace(folder, use="study") as workspace:
                said = _Look(workspace, plan, progress, tell).at(schedule)
        except WorkspaceBusyError as error:
            said = str(error)
        yield said
        time.sleep(pause)


@dataclass(frozen=True, slots=True)
class _Look:
    workspace: Workspace
    plan: Plan
    progress: Progress
    tell: Callable[[str], None]

    def at(self, schedule: Schedule) -> str:
        """Do what is due; returns what came of it."""
        memory = self.workspace.memory
        tried = memory.settings.get(TRIED)
        learned = max(tried.arrived if tried else 0, _learned(Registry(self.workspace)))
        new, arrived = len(memory.events.arrived_after(learned)), memory.events.arrived()
        if not schedule.due(new, tried.at if tried else None):
            return f"{new:,} new events; nothing to do yet."
        try:
            said = f"{new:,} new events: {self._renewed(new)}"
        except (SommelierError, OSError, RuntimeError, MemoryError) as error:
            said = f"{new:,} new events, and no new adapter: {error}"
        memory.settings.put(TRIED, Tried(arrived, datetime.now(UTC)))
        return said

    def _renewed(self, new: int) -> str:
        serving, registry = serving_adapter(self.workspace), Registry(self.workspace)
        since_last = serving is not None and MARK in metadata_of(serving) and registry.serving is not None
        begins = f"tuning on from the adapter {registry.serving}" if since_last else "tuning on the whole log"
        name = self._tuned(replace(self.plan, since_last=since_last), f"{new:,} new events: {begins}.")
        try:
            gate = registry.promote(name, {}, self.progress)
        except SommelierError as error:
            registry.delete(name)
            raise AdapterError(f"{error} (the adapter {name} was deleted)") from error
        return f"the adapter {name} serves, {gate.verdict} than what served before."

    def _tuned(self, plan: Plan, begins: str) -> str:
        """The name of the new adapter; of the run that was cut off, where it began on the same terms."""
        tuned = self._gone_on_with(plan)
        if tuned is None:
            self.tell(begins)
            tuned = tune(self.workspace, {}, plan, self.progress, agree=self._read)
        self.tell(f"The adapter {tuned.folder.name} is trained ({_figures(tuned)}): comparing it with what serves.")
        return tuned.folder.name

    def _gone_on_with(self, plan: Plan) -> Tuned | None:
        """None where there is no run to go on with."""
        if not (self.workspace.folder / ADAPTERS / UNFINISHED / BEGUN).exists():
            return None
        self.tell("Going on with the run that was cut off.")
        try:
            return tune(self.workspace, {}, plan, self.progress, resume=True, agree=self._read)
        except TrainingError as error:
            self.tell(f"A new run takes its place: {error}")
            return None

    def _read(self, cost: Cost) -> bool:
        self.tell(f"Training reads {cost}.")
        return True


def _learned(registry: Registry) -> int:
    """The number of the newest event known to the adapter that serves, or to one that went on from what served."""
    metadata = {name: _metadata(registry, name) for name in registry.names()}
    known = [own for name, own in metadata.items() if name == registry.serving or own.get("since") is not None]
    return max((int(own.get(MARK, 0)) for own in known), default=0)


def _metadata(registry: Registry, name: str) -> dict[str, Any]:
    """Nothing where they are damaged: who needs them says so."""
    try:
        return registry.metadata(name)
    except AdapterError:
        return {}


def _figures(tuned: Tuned) -> str:
    """How it does on people that it did not learn from."""
    best, called = ("ndcg", "NDCG@10") if "ndcg" in tuned.after else ("loss", "loss")
    return f"{called} {tuned.after[best]:.4f}, before {tuned.before[best]:.4f}"


def _hours_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds() / 3600
