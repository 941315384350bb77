"""How turns fare: how long they take, and how often something plain stands in for what the model wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..memory.statistics import AnswerTotals, Statistics
from .period import Period

NEWEST = 2000
"""Turns that the seconds by step are taken from."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds that half of the turns, and 95 % of them, stay below."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: NDArray[np.float64]) -> Latency | None:
        """None of none."""
        return cls(*np.quantile(seconds, [0.5, 0.95]).tolist()) if len(seconds) else None


@dataclass(frozen=True, slots=True)
class DayOfTurns:
    """One day (UTC): its turns, seconds until the shelf was there and until all of it was."""

    date: date
    totals: AnswerTotals
    shelf: Latency | None
    whole: Latency | None


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of a period. `steps`: step -> seconds, in the order of the steps, of the newest NEWEST turns."""

    days: Sequence[DayOfTurns]
    totals: AnswerTotals
    shelf: Latency | None
    whole: Latency | None
    steps: Mapping[str, Latency]


def turns(statistics: Statistics, period: Period) -> Turns:
    """Every day of the period, those without turns too. Seconds are of turns that were answered to the end."""
    totals = statistics.answers_by_day(period.since, period.until)
    rows = np.array(statistics.answer_seconds(period.since, period.until), np.float64).reshape(-1, 3)
    days = [
        DayOfTurns(on, totals.get(at, AnswerTotals()), *_both(rows[rows[:, 0] == at]))
        for at, on in enumerate(period.days)
    ]
    steps = _steps(statistics.answer_timings(period.since, period.until, NEWEST))
    return Turns(days, total(totals.values()), *_both(rows), steps)


def total(days: Iterable[AnswerTotals]) -> AnswerTotals:
    """All of them together."""
    return AnswerTotals(*map(sum, zip(*map(astuple, days), strict=True)))


def _both(rows: NDArray[np.float64]) -> tuple[Latency | None, Latency | None]:
    return Latency.of(rows[:, 1]), Latency.of(rows[:, 2])


def _steps(timings: Sequence[Mapping[str, float]]) -> dict[str, Latency]:
    seconds: dict[str, list[float]] = {}
    for each in timings:
        for step, taken in each.items():
            seconds.setdefault(step, []).append(taken)
    found = ((step, Latency.of(np.array(taken))) for step, taken in seconds.items())
    return {step: latency for step, latency in found if latency}
