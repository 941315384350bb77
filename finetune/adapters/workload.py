"""What comparing models will do, and about how long that takes here, by a sample that is timed before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

USERS = 2000
"""Validation users that models are compared on; judged are those whose target retrieval puts in the pool."""


@dataclass(frozen=True, slots=True)
class Workload:
    """`models` are compared on `users`. Each judges the candidates of the `people` among them of whom a choice is among
    these, of `choices` in all, and writes so many texts; all of it takes about `seconds`."""

    models: int
    users: int
    people: int
    choices: int
    explanations: int
    summaries: int
    seconds: float

    def __str__(self) -> str:
        several = f", {self.choices:,} choices in all" if self.choices > self.people else ""
        found = f"Of {self.users:,} people {self.people:,} have their choice among the candidates{several}"
        texts = f" and writes {self.explanations:,} explanations and {self.summaries:,} summaries"
        writes = texts if self.explanations or self.summaries else ""
        return f"{found}: each of {self.models} models judges these{writes}, {self._duration()} here"

    def _duration(self) -> str:
        minutes = self.seconds / 60
        return f"about {minutes:,.0f} minutes" if minutes >= 1.5 else "about a minute" if minutes > 0.5 else "seconds"


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
