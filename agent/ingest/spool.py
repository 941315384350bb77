"""The folder in a workspace over which files are handed to the process that has it open: requests, progress, answers.

Only the user who owns the workspace can write there. Knows files and the time; knows no jobs, items or indexes.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "handover"
REQUEST, TAKEN, PROGRESS, ANSWER = ".request.json", ".taken.json", ".progress.jsonl", ".answer.json"
HEARTBEAT = "heartbeat"
BEAT = 0.25
"""Seconds between two signs of life, of the process that takes files and of whoever follows a request."""
ALIVE = 20 * BEAT
"""Seconds without a sign of life after which either is taken to be gone, or is looked after."""


@dataclass(frozen=True, slots=True)
class Spool:
    """The folder of one workspace; it need not exist."""

    root: Path

    @classmethod
    def of(cls, workspace: Path) -> Spool:
        """That of the workspace in this folder."""
        return cls(workspace / FOLDER)

    def open(self) -> None:
        """Make the folder, for this user alone, without what nobody follows any more."""
        self.root.mkdir(mode=0o700, exist_ok=True)
        for left in self.root.iterdir():
            if left.name != HEARTBEAT and _untouched_for(left) > ALIVE:
                left.unlink(missing_ok=True)

    def beat(self) -> None:
        """Show that requests are taken here."""
        (self.root / HEARTBEAT).touch()

    def stop(self) -> None:
        """Show that none are taken any more."""
        (self.root / HEARTBEAT).unlink(missing_ok=True)

    def quiet_for(self) -> float:
        """Seconds since the last sign of life; infinite when there never was one."""
        return _untouched_for(self.root / HEARTBEAT)

    def of_another_user(self) -> bool:
        """Whether the folder belongs to another user, whose process takes nothing from this one (root included)."""
        try:
            return hasattr(os, "getuid") and self.root.stat().st_uid != os.getuid()
        except FileNotFoundError:
            return False

    def ask(self, request: object) -> str:
        """Leave a request; returns its name. Raises OSError when this user may not write here."""
        name = uuid.uuid4().hex
        _write(self.root / f"{name}{REQUEST}", request)
        return name

    def follow(self, name: str) -> bool:
        """Show that the answer is waited for; False when the request is there no more, taken or not."""
        for ending in (REQUEST, TAKEN):  # in the order in which the one becomes the other
            with contextlib.suppress(FileNotFoundError):
                os.utime(self.root / f"{name}{ending}")
                return True
        return False

    def take(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The requests of this same user that wait, oldest first, each handed out once.

        One that nobody follows any more is deleted: whoever left it was told that it failed, or is gone.
        """
        for path in sorted(self.root.glob(f"*{REQUEST}"), key=lambda each: each.stat().st_mtime):
            if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
                continue
            if _untouched_for(path) > ALIVE:
                path.unlink(missing_ok=True)
                continue
            name = path.name.removesuffix(REQUEST)
            taken = path.replace(self.root / f"{name}{TAKEN}")
            yield name, json.loads(taken.read_text(encoding="utf-8"))

    def taken(self) -> list[str]:
        """The requests that were taken and are neither answered nor withdrawn."""
        return [path.name.removesuffix(TAKEN) for path in self.root.glob(f"*{TAKEN}")]

    def is_withdrawn(self, name: str) -> bool:
        """Whether whoever left a request that was taken has left, and deleted it."""
        return not (self.root / f"{name}{TAKEN}").exists()

    def is_followed(self, name: str) -> bool:
        """Whether somebody waits for the answer to a request that was taken."""
        return _untouched_for(self.root / f"{name}{TAKEN}") <= ALIVE

    def tell(self, name: str, progress: object) -> None:
        """Append one line of progress."""
        with (self.root / f"{name}{PROGRESS}").open("a", encoding="utf-8") as file:
            file.write(json.dumps(progress) + "\n")

    def told(self, name: str, seen: int) -> list[Any]:
        """The lines of progress after the first `seen`."""
        try:
            lines = (self.root / f"{name}{PROGRESS}").read_text(encoding="utf-8").split("\n")[:-1]
        except OSError:
            return []
        return [json.loads(line) for line in lines[seen:]]

    def reply(self, name: str, answer: object) -> None:
        """Answer a request that was taken, for good. Raises OSError when that cannot be written, and whoever follows
        the request sees that it is over all the same."""
        try:
            _write(self.root / f"{name}{ANSWER}", answer)
        finally:
            (self.root / f"{name}{TAKEN}").unlink(missing_ok=True)

    def answer(self, name: str) -> dict[str, Any] | None:
        """The answer to a request, once there is one."""
        path = self.root / f"{name}{ANSWER}"
        found: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        return found

    def forget(self, name: str) -> None:
        """Delete all that a request left, also one that nobody took."""
        for ending in (REQUEST, TAKEN, PROGRESS, ANSWER):
            (self.root / f"{name}{ending}").unlink(missing_ok=True)


def _untouched_for(path: Path) -> float:
    """Seconds since a file was written or touched; infinite when it is not there."""
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        return float("inf")


def _write(path: Path, value: object) -> None:
    """Atomically: a reader sees all of it or nothing."""
    draft = path.with_suffix(".tmp")
    try:
        draft.write_text(json.dumps(value), encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
