"""How an answer was searched, as a few lines with counts and milliseconds."""

from __future__ import annotations

from collections.abc import Mapping

from ..turn import SHELF_STEPS
from . import words

_WRITING = ("first_sentence", "sentence", "explanations")


def steps_text(timings: Mapping[str, float], counts: Mapping[str, int], shown: int) -> str:
    """A line per step that was taken, e.g. "Drew 20 candidates from 750 items: 84 ms"; nothing where none was searched
    for."""
    if not timings.keys() & set(SHELF_STEPS):
        return ""
    lines = [line for step in words.STEPS if (line := _line(step, timings, counts, shown))]
    writing = sum(timings.get(step, 0.0) for step in _WRITING)
    if writing:
        lines.append(words.STEP_TIME.format(step=words.WRITING, time=milliseconds(writing)))
    return "\n".join(lines)


def steps_title(timings: Mapping[str, float]) -> str:
    """What the lines are called, with the time until the shelf stood."""
    before = sum(seconds for step, seconds in timings.items() if step not in _WRITING)
    return words.HOW_I_SEARCHED.format(time=milliseconds(before))


def milliseconds(seconds: float) -> str:
    """0.0842 -> "84 ms"; what is shorter than one is "under 1 ms"."""
    return words.MILLISECONDS.format(count=round(seconds * 1000)) if seconds >= 0.001 else words.UNDER_ONE_MILLISECOND


def _line(step: str, timings: Mapping[str, float], counts: Mapping[str, int], shown: int) -> str:
    if step not in timings:
        return ""
    known = {"events": 0, "catalogue": 0, "candidates": 0, **counts, "shown": shown}
    return words.STEP_TIME.format(step=words.STEPS[step].format(**known), time=milliseconds(timings[step]))
