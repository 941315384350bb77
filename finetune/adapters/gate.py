"""The gate that a new adapter must pass: what was compared, the tests of it, and what these say in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Literal, TypeAlias

from ..evaluation.metrics import NonInferiority, Ranks, paired_interval
from .comparison import Comparison

SERVING, CANDIDATE = "serving", "candidate"
FEWEST = 30
"""Of fewer people whose candidates were judged, or of fewer texts, nothing is claimed: where none of so few differs, no
interval can say how rare a difference is."""

Verdict: TypeAlias = Literal["not worse", "undecided", "worse"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one test says: of what, its verdict, and why in half a sentence with the figures."""

    what: str
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The comparison of a candidate with what serves, and the non-inferiority test of their fused rankings.

    `writing` tests by task how often what they write is true at the first try. `earlier` is the same comparison on the
    last choices before the events that the candidate went on to learn from, where it did: what it may have forgotten.
    `newer` is the part of the comparison whose choices are among these events: what it may have gained.
    """

    comparison: Comparison
    test: NonInferiority
    earlier: Gate | None = None
    writing: Mapping[str, NonInferiority] = field(default_factory=dict)
    newer: Comparison | None = None

    @classmethod
    def of(cls, comparison: Comparison, earlier: Gate | None = None, newer: Comparison | None = None) -> Gate:
        """Test everything that was compared."""
        writing = comparison.writes_not_worse(CANDIDATE, SERVING)
        return cls(comparison, comparison.not_worse(CANDIDATE, SERVING), earlier, writing, newer)

    @property
    def verdict(self) -> Verdict:
        """ "not worse" by the one-sided 95% test at a 2% margin, "worse" where the 95% interval of the difference is
        below zero, else "undecided", as whatever `FEWEST` did not reach; the worst of all that is compared. Every test
        must hold, so none needs a correction for their number (Berger 1982, intersection-union)."""
        return max((finding.verdict for finding in self.findings()), key=("not worse", "undecided", "worse").index)

    def findings(self) -> Iterator[Finding]:
        """What each test says, the ranking first."""
        yield self._ranking()
        yield from map(self._written, self.writing)
        if self.earlier:
            for finding in self.earlier.findings():
                yield Finding(f"{finding.what}, on choices from before the new events", finding.verdict, finding.why)

    def _ranking(self) -> Finding:
        found, test = self.comparison, self.test
        candidate, serving = found.fused[CANDIDATE], found.fused[SERVING]
        several = f" and {len(found.choices):,} choices of theirs" if len(found.choices) > found.users else ""
        on = f"on {found.users:,} validation users{several}"
        verdict = _verdict(test, candidate, serving, found.judged)
        if found.judged < FEWEST:
            return Finding("ranking", verdict, f"too few to say {on}, {self._few()}")
        if not candidate.any() and not serving.any():
            why = f"nothing to compare, {on} neither has any choice among its first ten; this needs a larger log"
            return Finding("ranking", verdict, why)
        allowed = f"it must not be lower by more than {test.margin:.4f}"
        bound = f"the one-sided 95% bound of the difference is {test.low:+.4f}"
        found_by = f"NDCG@10 is {candidate.mean():.4f} and that of what serves {serving.mean():.4f}"
        why = f"{on} {found_by}; {allowed}, and {bound}"
        return Finding("ranking", verdict, why + _needed(verdict, test, "users"))

    def _few(self) -> str:
        """How many more it takes, where so many of the users could be judged at all."""
        found = self.comparison
        most = f", about {ceil(FEWEST * found.users / found.judged):,} users in all" if found.judged else ""
        return f"of whom {found.judged:,} have their choice among the candidates; it needs {FEWEST} such{most}"

    def _written(self, task: str) -> Finding:
        what, test = f"writing ({task})", self.writing[task]
        candidate, serving = (self.comparison.wrote[name][task] for name in (CANDIDATE, SERVING))
        verdict, texts = _verdict(test, candidate, serving, len(candidate)), len(candidate)
        share = f"{candidate.mean():.1%} are true at the first try, with what serves {serving.mean():.1%}"
        true = f"of {texts:,} texts {share}"
        if texts < FEWEST:
            return Finding(what, verdict, f"too few to say, {true}; it needs {FEWEST} texts")
        allowed = f"they must not be fewer by more than {test.margin:.1%}"
        bound = f"the one-sided 95% bound of the difference is {test.low:+.1%}"
        return Finding(what, verdict, f"{true}; {allowed}, and {bound}" + _needed(verdict, test, "texts"))


def refusal(name: str, gate: Gate) -> str:
    """Why an adapter is not promoted, with the figures."""
    failing = [finding for finding in gate.findings() if finding.verdict != "not worse"]
    why = "; ".join(f"{finding.what} is {finding.verdict}: {finding.why}" for finding in failing)
    return f"the adapter {name} is not promoted ({gate.verdict}): {why}; tune on more data, or use --force"


def _verdict(test: NonInferiority, candidate: Ranks, serving: Ranks, seen: int) -> Verdict:
    if seen < FEWEST:
        return "undecided"
    if test.holds:
        return "not worse"
    return "worse" if paired_interval(candidate, serving)[2] < 0 else "undecided"


def _needed(verdict: Verdict, test: NonInferiority, what: str) -> str:
    return f"; to decide it needs about {test.needed:,} {what}" if verdict == "undecided" and test.needed else ""
