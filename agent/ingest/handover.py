"""Hand an ingest to the process that has the workspace open, and follow it as if it were done here."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ...retrieval.catalogue import CatalogueError
from .. import errors
from ..errors import SommelierError, WorkspaceBusyError, WorkspaceError
from ..workspace_lock import require_free
from .ingest import IngestReport, ProgressReport
from .job import REPORT, IngestJob
from .spool import ALIVE, BEAT, Spool
from .taker import require_taker

SILENT = 60.0
"""Seconds without a sign of life after which a process that is there all the same is given up."""


def hand_over(workspace: Path, job: IngestJob, progress: ProgressReport) -> IngestReport:
    """Have the job done by the process that holds the workspace in this folder; returns when its answers know of it.

    Whoever leaves before that, by an exception, withdraws the job, and it is left there at its next step.
    Raises WorkspaceBusyError when that process takes no files, WorkspaceError when it ends before it is done or fails
    unexpectedly, and the CatalogueError or SommelierError that the ingest raised there.
    """
    spool = Spool.of(workspace)
    require_taker(workspace)
    try:
        name = spool.ask(job.to_json())
    except OSError as error:
        raise WorkspaceBusyError(f"the workspace {workspace} is open in the process of another user "
                                 f"({error.strerror}): ingest as that user, or close it") from error  # fmt: skip
    try:
        return _read(_followed(workspace, spool, name, progress))
    finally:
        spool.forget(name)


def _followed(workspace: Path, spool: Spool, name: str, progress: ProgressReport) -> dict[str, Any]:
    seen, heard = 0, time.monotonic()
    while (answer := spool.answer(name)) is None:
        if not spool.follow(name) and spool.answer(name) is None:
            raise WorkspaceError(f"the process that has the workspace {workspace} open gave no answer, and may not "
                                 "have taken in the files; run this again, and all of them are loaded")  # fmt: skip
        if spool.quiet_for() <= ALIVE:
            heard = time.monotonic()
        elif spool.answer(name) is None:
            _look_after(workspace, time.monotonic() - heard)
        seen += _shown(spool.told(name, seen), progress)
        time.sleep(BEAT / 2)
    _shown(spool.told(name, seen), progress)
    return answer


def _look_after(workspace: Path, silent: float) -> None:
    """Raises WorkspaceError when the process that took the request is gone, or has been silent for too long."""
    try:
        require_free(workspace, "serve")
    except WorkspaceBusyError:
        if silent < SILENT:
            return
        raise WorkspaceError(f"the process that has the workspace {workspace} open has not answered for {SILENT:.0f} "
                             "seconds: close it, then run this again") from None  # fmt: skip
    raise WorkspaceError(f"the process that had the workspace {workspace} open ended before it had taken in the files; "
                         "run this again, and all of them are loaded")  # fmt: skip


def _shown(lines: list[Any], progress: ProgressReport) -> int:
    for line in lines:
        if "stage" in line:
            progress.begin(line["stage"], line["total"])
        else:
            progress.advance(line["rows"])
    return len(lines)


def _read(answer: dict[str, Any]) -> IngestReport:
    if "report" in answer:
        return REPORT.validate_python(answer["report"])
    raise _kind(answer["type"])(answer["error"])


def _kind(name: str) -> type[Exception]:
    if name == CatalogueError.__name__:
        return CatalogueError
    kind = getattr(errors, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, SommelierError) else WorkspaceError
