"""What an evaluation found: systems side by side, over all users and over groups of them.

Made from where each system ranked each user's target and what it showed. Knows no engine and no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...retrieval.index import Index
from .groups import Gap, Group, gaps, head_of
from .metrics import NonInferiority, Ranks, hit_rate, ndcg, non_inferiority, paired_interval, summarise, users_needed

POOL_DEPTHS = (20, 50, 100)


@dataclass(frozen=True, slots=True)
class Listing:
    """What one system did over all cases: the target's rank per user, ties against it; its place in the list as it was
    made, ties in id order; and the first ten items of each list. Ranks and places are infinite where it is missing."""

    ranks: Ranks
    shown: Sequence[Sequence[str]]
    places: Ranks


@dataclass(frozen=True, slots=True)
class GroupScores:
    """One group and each system's hr@10 and ndcg@10 over it."""

    group: Group
    systems: Mapping[str, Mapping[str, float]]

    def as_json(self) -> dict[str, object]:
        """`of`, `by`, `name`, `n` and `systems`."""
        group = self.group
        return {"of": group.of, "by": group.by, "name": group.name, "n": group.size,
                "systems": {name: dict(figures) for name, figures in self.systems.items()}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome. `systems` maps names to metrics; `versus_retrieval` to metric -> (low, mid, high)."""

    users: int
    systems: Mapping[str, Mapping[str, float]]
    versus_retrieval: Mapping[str, Mapping[str, tuple[float, float, float]]]
    held_back: int
    """Test pairs whose target stood in the log and was held back."""
    unknown: int
    """Test pairs left out because their target is not in the catalogue."""
    needed: Mapping[str, int]
    """System -> users at which a difference from retrieval of the size seen would be settled."""
    pool: int = 0
    """Candidates that the language model judges."""
    pool_recall: Mapping[int, float] = field(default_factory=dict)
    """k -> share of targets among the first k of retrieval, after the exclusion of what was consumed."""
    target_popularity: float = 0.0
    """Mean popularity of the targets: the share of items that are less popular, 0..1."""
    not_worse: Mapping[str, NonInferiority] = field(default_factory=dict)
    """System -> whether its NDCG@10 is not worse than retrieval's: fused, and served where there is one."""
    groups: Sequence[GroupScores] = ()
    partial: Mapping[str, int] = field(default_factory=dict)
    """Peer -> users that it has a list for, where that is not all of them; the others count as missed."""
    gaps: Sequence[Gap] = ()
    """NDCG@10 of what people are shown, each user group beside all other users; largest loss first."""
    shown_as: str = "fused"
    """The system that people are shown: "served" where the workspace asks for variety, else "fused"."""

    def as_json(self) -> dict[str, object]:
        """The stable machine-readable form: keys are added, never renamed."""
        intervals = {name: {key: list(value) for key, value in interval.items()}
                     for name, interval in self.versus_retrieval.items()}  # fmt: skip
        return {
            "users": self.users,
            "systems": {name: dict(figures) for name, figures in self.systems.items()},
            "versus_retrieval": intervals,
            "held_back": self.held_back,
            "unknown": self.unknown,
            "pool": self.pool,
            "pool_recall": {str(k): share for k, share in self.pool_recall.items()},
            "targets": {"popularity": self.target_popularity},
            "not_worse": {name: _verdict(test) for name, test in self.not_worse.items()},
            "groups": [group.as_json() for group in self.groups],
            "gaps": [_gap(gap) for gap in self.gaps],
            "shown_as": self.shown_as,
            "partial": dict(self.partial),
            "needed": dict(self.needed),
        }


def report_on(
    listings: Mapping[str, Listing], targets: Sequence[str], groups: Sequence[Group], index: Index, *,
    pool: int, held_back: int = 0, unknown: int = 0,
) -> Report:  # fmt: skip
    """Put the listings of all systems ("retrieval" and "fused" among them) over the same cases together.

    `targets` and every group's members have one entry per case; the targets are in the index.
    """
    gains = {name: ndcg(listing.ranks) for name, listing in listings.items()}
    base = gains["retrieval"]
    others = {name: gain for name, gain in gains.items() if name != "retrieval"}
    shown_as = "served" if "served" in gains else "fused"
    return Report(
        users=len(base),
        systems={
            name: summarise(listing.ranks) | shown_metrics(listing.shown, index) for name, listing in listings.items()
        },
        versus_retrieval={name: {"ndcg@10": paired_interval(gain, base)} for name, gain in others.items()},
        held_back=held_back,
        unknown=unknown,
        needed={name: users_needed(gain, base) for name, gain in others.items()},
        pool=pool,
        pool_recall={k: hit_rate(listings["retrieval"].places, k) for k in sorted({*POOL_DEPTHS, pool})},
        target_popularity=mean_popularity(targets, index),
        not_worse={name: non_inferiority(gains[name], base) for name in ("fused", "served") if name in gains},
        groups=[_scores(group, listings) for group in groups],
        gaps=gaps(groups, gains[shown_as]),
        shown_as=shown_as,
    )


def shown_metrics(shown: Sequence[Sequence[str]], index: Index) -> dict[str, float]:
    """Of the first ten items of each list: the share from the long tail, the share of the catalogue that is shown to
    anybody, and how popular the first item is (mean share of items that are less popular)."""
    every, head = [item for first in shown for item in first], head_of(index)
    known = {item for item in every if item in index.position}
    return {
        "long_tail@10": sum(item not in head for item in every) / max(len(every), 1),
        "coverage@10": len(known) / max(len(index.items), 1),
        "popularity@1": mean_popularity([first[0] for first in shown if first], index),
    }


def mean_popularity(items: Sequence[str], index: Index) -> float:
    """Mean share of items that are less popular, 0..1; items that are not in the index do not count."""
    known = [index.position[item] for item in items if item in index.position]
    return float(np.mean(index.popularity_rank[known])) if known else 0.0


def _scores(group: Group, listings: Mapping[str, Listing]) -> GroupScores:
    ranks = {name: listing.ranks[group.members] for name, listing in listings.items()}
    return GroupScores(group, {name: {"hr@10": hit_rate(own, 10), "ndcg@10": float(ndcg(own).mean())}
                               for name, own in ranks.items()})  # fmt: skip


def _verdict(test: NonInferiority) -> dict[str, object]:
    return {"margin": test.margin, "low": test.low, "p": test.p, "holds": test.holds, "needed": test.needed}


def _gap(gap: Gap) -> dict[str, object]:
    difference = gap.difference
    return {"by": gap.group.by, "name": gap.group.name, "n": gap.group.size, "p": gap.p,
            "ndcg@10": [difference.low, difference.middle, difference.high]}  # fmt: skip
