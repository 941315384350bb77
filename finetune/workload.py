"""What comparing models will do, and about how long that takes here, by a sample that is timed before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workload:
    """So many `models` each judge the candidates of `people` and write so many texts, which takes about `seconds`."""

    models: int
    people: int
    explanations: int
    summaries: int
    seconds: float

    def __str__(self) -> str:
        judges = f"Each of {self.models} models judges the candidates of {self.people:,} people"
        writes = f"writes {self.explanations:,} explanations and {self.summaries:,} summaries"
        return f"{judges} and {writes}: {self._told()} here"

    def _told(self) -> str:
        minutes = self.seconds / 60
        return f"about {minutes:,.0f} minutes" if minutes >= 1.5 else "about a minute" if minutes > 0.5 else "seconds"


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
