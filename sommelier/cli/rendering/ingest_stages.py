"""The stages of an ingest, whose totals are estimates: a header or a quoted line end puts them off."""

from __future__ import annotations

import time
from collections.abc import Callable

from .stages import Stages


class IngestStages:
    """Tells `stages` what an ingest reports (a `ProgressReport`), with rows a second.

    A context manager: left without an error, the last stage is done. `clock` tells seconds.
    """

    def __init__(self, stages: Stages, clock: Callable[[], float] = time.monotonic) -> None:
        self._stages, self._clock = stages, clock
        self._stage, self._done, self._total, self._began = "", 0, 0, 0.0

    def __enter__(self) -> IngestStages:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self._finish()

    def begin(self, stage: str, total: int | None) -> None:
        """Start a stage; the one before is done."""
        self._finish()
        self._stage, self._done, self._total, self._began = stage, 0, total or 0, self._clock()
        self._tell(max(self._total, 1))

    def advance(self, rows: int) -> None:
        """Move the newest stage. It is never at its end before it is over."""
        self._done += rows
        self._tell(max(self._total, self._done + 1))

    def _finish(self) -> None:
        if self._done:
            self._tell(self._done)

    def _tell(self, total: int) -> None:
        seconds = self._clock() - self._began
        rate = f", {self._done / seconds:,.0f} rows/s" if self._done and seconds else ""
        self._stages(f"{self._stage}{rate}", self._done, total)
