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


CLOSED = "the workspace {} was closed before it had taken in the files; run this again to load all of them"


class ClosingError(Exception):
    """The workspace is being closed: the job is left for another time."""


class WithdrawnError(Exception):
    """Whoever sent the job has left: nobody waits for its answer."""


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
        self._leave("the process that had the workspace {} open ended before it had taken in the files; "
                    "run this again, and all of them are loaded")  # fmt: skip
        self._spool.beat()
        self._watcher.start()

    def close(self) -> None:
        """Take no more; a job that is being done is left at its next step, and whoever sent it, or one that waits
        behind it, is told."""
        self._closing.set()
        if self._watcher.is_alive():
            self._watcher.join()
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._leave(CLOSED)
        self._spool.stop()

    def _leave(self, why: str) -> None:
        """Answer all that was taken, and will not be done, with the reason; `{}` in it is the workspace."""
        for name in self._spool.taken():
            self._reply(name, {"type": "closing", "error": why.format(self._workspace.folder)})

    def _watch(self) -> None:
        while not self._closing.wait(BEAT):
            try:
                self._spool.beat()
                for name, request in self._spool.take():
                    self._worker.submit(self._answer, name, request)
            except (OSError, ValueError):  # a request that was withdrawn, or is none
                log.debug("the spool %s could not be read", self._spool.root, exc_info=True)

    def _answer(self, name: str, request: dict[str, Any]) -> None:
        if not self._spool.is_followed(name):  # whoever sent it did not wait for the one before it
            self._spool.forget(name)
            return
        try:
            self._reply(name, self._outcome(name, request))
        except WithdrawnError:
            log.info("files that were handed over are left: whoever sent them withdrew them")
            self._spool.forget(name)

    def _outcome(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._done(name, request)
        except WithdrawnError:
            raise
        except CatalogueError as error:
            return {"type": CatalogueError.__name__, "error": str(error)}
        except SommelierError as error:
            return {"type": type(error).__name__, "error": str(error)}
        except ClosingError:
            return {"type": "closing", "error": CLOSED.format(self._workspace.folder)}
        except Exception as error:  # a background task: nobody else would be told
            log.exception("files that were handed over could not be taken in")
            return {"type": "unexpected", "error": f"the files could not be taken in: {error!r}"}

    def _reply(self, name: str, answer: dict[str, Any]) -> None:
        try:
            self._spool.reply(name, answer)
        except OSError:
            log.exception("the answer to files that were handed over could not be written")

    def _done(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        progress = _Told(self._spool, name, self._closing)

        def build() -> None:
            self._build(steps_of("vectors", progress))
            self._built()

        report = IngestJob.from_json(request).run(self._workspace, progress, build)
        log.info("files that were handed over are taken in: %s", report.items)
        return {"report": REPORT.dump_python(report, mode="json")}


class _Told(ProgressReport):
    """Progress for whoever sent the job, and the place where it is left when they leave or the workspace closes."""

    def __init__(self, spool: Spool, name: str, closing: threading.Event) -> None:
        self._spool, self._name, self._closing = spool, name, closing

    def begin(self, stage: str, total: int | None) -> None:
        self._tell({"stage": stage, "total": total})

    def advance(self, rows: int) -> None:
        self._tell({"rows": rows})

    def _tell(self, line: object) -> None:
        if self._closing.is_set():
            raise ClosingError
        if self._spool.is_withdrawn(self._name):
            raise WithdrawnError
        self._spool.tell(self._name, line)


def _stand_back() -> None:
    """On Linux a thread has a niceness of its own, which those that it starts inherit."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
