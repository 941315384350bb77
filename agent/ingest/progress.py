"""Progress of an ingest on a terminal: one bar per stage, with rows, rate and time left."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "", style="progress.data.speed")


class ProgressBars:
    """Shows one bar per stage with rows, rate and time left. Use as a context manager; on a terminal only."""

    def __init__(self, console: Console | None = None) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(),
            console=console or Console(stderr=True),
        )  # fmt: skip
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressBars:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._close_stage()
        self._bars.stop()

    def begin(self, stage: str, total: int | None) -> None:
        """Start a bar."""
        self._close_stage()
        self._task = self._bars.add_task(stage, total=total)

    def advance(self, rows: int) -> None:
        """Move the newest bar."""
        if self._task is not None:
            self._bars.advance(self._task, rows)

    def _close_stage(self) -> None:
        # The estimate may be off by a header or a quoted line end; a stage that is done shows as done.
        if self._task is not None:
            done = next(task.completed for task in self._bars.tasks if task.id == self._task)
            self._bars.update(self._task, total=done)
