"""From what counts (done, total) to what is told of stages."""

from __future__ import annotations

from ...retrieval.text.encoder import Progress
from .ingest import ProgressReport


def steps_of(stage: str, progress: ProgressReport) -> Progress:
    """Tells of one stage, which begins with the first call."""
    before: list[int] = []

    def advance(done: int, total: int) -> None:
        if not before:
            progress.begin(stage, total)
        progress.advance(done - (before[-1] if before else 0))
        before[:] = [done]

    return advance
