"""How far long work is: one bar per stage on a terminal; anywhere else a plain line when a stage begins, every minute,
and when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

EVERY = 60.0
"""Seconds after which a stage that goes on has another line."""


class Stages:
    """Called with (stage, done, total) as work goes on; remarks stand behind the first comma of `stage`.

    A context manager: what is on the screen goes when it is left. `clock` tells seconds.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        alive = console.is_terminal and not console.is_dumb_terminal
        self._console = console
        self._display: _Bars | _Lines = _Bars(console) if alive else _Lines(console, clock)

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, *error: object) -> None:
        self._display.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far the stage is; fewer done than before begin it anew."""
        self._display.move(stage, done, total)

    def say(self, text: str) -> None:
        """Print a line that stays. No bar is drawn from here to the next stage: a question may follow."""
        self._display.close()
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Bars:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._done: dict[str, int] = {}

    def move(self, stage: str, done: int, total: int) -> None:
        name, bars = stage.partition(",")[0], self._drawn()
        if name not in self._tasks:  # what is done already took no time here
            self._tasks[name] = bars.add_task(stage, total=total, completed=done)
        elif done < self._done[name]:
            bars.reset(self._tasks[name], total=total, completed=done)
        self._done[name] = done
        bars.update(self._tasks[name], description=stage, completed=done, total=total)

    def close(self) -> None:
        if self._bars:
            self._bars.stop()
        self._bars = None  # a stopped display would come back over what was printed since
        self._tasks.clear()

    def _drawn(self) -> Progress:
        if not self._bars:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bars = Progress(*columns, console=self._console, transient=True)
            self._bars.start()
        return self._bars


@dataclass(slots=True)
class _Stage:
    """Where a stage was when it began, when there was a line on it last, and where it is."""

    began: float
    first: int
    told: float
    told_done: int
    done: int = 0
    total: int = 0
    remarks: str = ""

    def due(self, now: float) -> bool:
        if self.done >= self.total:
            return self.told_done < self.done
        return now - self.told >= EVERY

    def __str__(self) -> str:
        return f"{self.done:,} of {self.total:,}{self.remarks}"

    def time(self, now: float) -> str:
        """What it took, or what is left by how fast it went; nothing where nobody can know."""
        took, moved = now - self.began, self.done - self.first
        if self.done >= self.total:
            return f", took {_duration(took)}"
        return f", {_duration(took / moved * (self.total - self.done))} left" if moved else ""


class _Lines:
    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._stages: dict[str, _Stage] = {}

    def move(self, stage: str, done: int, total: int) -> None:
        name, comma, remarks = stage.partition(",")
        now, known = self._clock(), self._stages.get(name)
        begins = known is None or done < known.done
        if known is None or begins:
            known = self._stages[name] = _Stage(now, done, now, done)
        known.done, known.total, known.remarks = done, total, comma + remarks
        if begins or known.due(now):
            self._tell(name, known, now)

    def close(self) -> None:
        for name, each in self._stages.items():
            if each.told_done < each.done:  # it ended before its time
                self._tell(name, each, self._clock())
        self._stages.clear()

    def _tell(self, name: str, stage: _Stage, now: float) -> None:
        stage.told, stage.told_done = now, stage.done
        line = f"{name}: {stage}{stage.time(now)}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
