"""Where an open workspace takes files that other processes hand over: one job at a time, beside the turns."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ...retrieval.catalogue import CatalogueError
from ...retrieval.text.encoder import Progress
from ..errors import SommelierError
from ..workspace import Workspace
from .ingest import ProgressReport
from .job import REPORT, IngestJob
from .progress_steps import steps_of
from .spool import BEAT, Spool

log = logging.getLogger(__name__)

NICENESS = 10
"""Of the thread that loads and builds: whoever waits for an answer comes first."""


class ClosingError(Exception):
    """The workspace is being closed: the job is left for another time."""


class IngestDesk:
    """Takes jobs from `start` to `close`. `build` brings the index that serves up to date, and tells how far it is;
    `built` is called when it does."""

    def __init__(self, workspace: Workspace, build: Callable[[Progress], None], built: Callable[[], None]) -> None:
        self._workspace, self._build, self._built = workspace, build, built
        self._spool = Spool.of(workspace.folder)
        self._closing = threading.Event()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="ingest", initializer=_stand_back)
        self._watcher = threading.Thread(target=self._watch, name="handover", daemon=True)

    def start(self) -> None:
        """Begin to take jobs."""
        self._spool.open()
        self._spool.beat()
        self._watcher.start()

    def close(self) -> None:
        """Take no more; a job that is being done is left at its next step, and whoever sent it is told."""
        self._closing.set()
        if self._watcher.is_alive():
            self._watcher.join()
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._spool.stop()

    def _watch(self) -> None:
        while not self._closing.wait(BEAT):
            try:
                self._spool.beat()
                for name, request in self._spool.take():
                    self._worker.submit(self._answer, name, request)
            except (OSError, ValueError):  # a request that was withdrawn, or is none
                log.debug("the spool %s could not be read", self._spool.root, exc_info=True)

    def _answer(self, name: str, request: dict[str, Any]) -> None:
        try:
            answer = self._done(name, request)
        except (CatalogueError, SommelierError) as error:
            kind = CatalogueError if isinstance(error, CatalogueError) else SommelierError
            answer = {"type": kind.__name__, "error": str(error)}
        except ClosingError:
            answer = {"type": "closing", "error": f"the workspace {self._workspace.folder} was closed before it had "
                                                  "taken in the files; run this again to load all of them"}  # fmt: skip
        except Exception as error:  # a background task: whoever sent it would wait for ever
            log.exception("files that were handed over could not be taken in")
            answer = {"type": type(error).__name__, "error": f"the files could not be taken in: {error!r}"}
        self._spool.reply(name, answer)

    def _done(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        progress = _Told(self._spool, name, self._closing)

        def build() -> None:
            self._build(steps_of("vectors", progress))
            self._built()

        report = IngestJob.from_json(request).run(self._workspace, progress, build)
        log.info("files that were handed over are taken in: %s", report.items)
        return {"report": REPORT.dump_python(report, mode="json")}


class _Told(ProgressReport):
    """Progress for whoever sent the job, and the place where it is left when the workspace closes."""

    def __init__(self, spool: Spool, name: str, closing: threading.Event) -> None:
        self._spool, self._name, self._closing = spool, name, closing

    def begin(self, stage: str, total: int | None) -> None:
        self._tell({"stage": stage, "total": total})

    def advance(self, rows: int) -> None:
        self._tell({"rows": rows})

    def _tell(self, line: object) -> None:
        if self._closing.is_set():
            raise ClosingError
        self._spool.tell(self._name, line)


def _stand_back() -> None:
    """On Linux a thread has a niceness of its own, which those that it starts inherit."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
