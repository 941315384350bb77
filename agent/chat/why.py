"""Why an item was recommended: the evidence, and what its score is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..turn import Recommendation
from . import words
from .facts import evidence_lines, label, percent

_ALWAYS = ("behaviour", "text", "request", "lm")
"""Parts of a score that are shown even where they are nothing."""
_LEAST = 0.005
"""What another part must amount to: less would be shown as nothing."""
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score. `share` is -1..1 of the largest part, `value` the part itself as text."""

    label: str
    hint: str
    share: float
    value: str


@dataclass(frozen=True, slots=True)
class Why:
    """Lines of evidence, strongest first, the parts of the score, and the score as text."""

    evidence: Sequence[str]
    parts: Sequence[Part]
    score: str


def why(shown: Recommendation) -> Why:
    """All of it for one recommendation."""
    return Why(evidence_lines(shown.evidence), _parts(shown.parts), number(shown.score))


def number(value: float) -> str:
    """Signed, with two decimals and a real minus."""
    return f"{value:+.2f}".replace("-", _MINUS)


def signed_percent(share: float) -> str:
    """-0.4 -> a real minus and "40%"."""
    return f"{_MINUS if share < 0 else ''}{percent(abs(share))}"


def _parts(parts: Mapping[str, float]) -> list[Part]:
    counted = {name: value for name, value in parts.items() if name in _ALWAYS or abs(value) >= _LEAST}
    values = dict.fromkeys(_ALWAYS, 0.0) | counted
    largest = max((abs(value) for value in values.values()), default=0.0) or 1.0
    return [
        Part(words.PARTS.get(name) or label(name), words.PARTS_HINT.get(name, ""), value / largest, number(value))
        for name, value in values.items()
    ]
