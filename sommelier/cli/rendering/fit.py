"""What a fit chose and found: the behaviour tower, the weights and their gains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.table import Table

from .consoles import note_on, out
from .strength import show_strength

if TYPE_CHECKING:
    from ...agent.ranking.ranking import RankingWeights
    from ...finetune.fitting.fit import FitReport
    from ...finetune.fitting.fitting import Gains
    from ...finetune.fitting.tower_choice import TowerReport


def show_fit(report: FitReport) -> None:
    """Print what was fitted, or how many users that takes."""
    from ...finetune.fitting.calibration import NOT_CALIBRATED

    if report.tower:
        _show_tower(report.tower)
    else:
        note_on(out, f"No tower and no weights were fitted: that takes {report.enough} users with three choices each. "
                     "The shipped ones serve.")  # fmt: skip
    if report.weights:
        _show_weights(report.weights.weights)
        _show_gains(report.weights.gains)
    if report.strength:
        show_strength(report.strength)
    else:
        note_on(out, NOT_CALIBRATED)


def _show_tower(tower: TowerReport) -> None:
    table = Table("behaviour tower", "recall@20", "ndcg@10", title=f"{tower.users:,} validation users")
    for name, recall in tower.recall.items():
        mark = " (chosen)" if name == tower.chosen else ""
        table.add_row(name + mark, f"{recall:.4f}", f"{tower.ndcg[name]:.4f}")
    out.print(table)
    note_on(out, "Each beside the exact co-visitation strengths, which are there in any case.")


def _show_weights(weights: RankingWeights) -> None:
    table = Table("feature", "without a request", "with one", title="Weights")
    plain, asked = weights.retrieval.without_request, weights.retrieval.with_request
    for name in sorted(plain.keys() | asked.keys(), key=lambda each: -plain.get(each, 0.0)):
        table.add_row(name, f"{plain.get(name, 0.0):.3f}", f"{asked.get(name, 0.0):.3f}")
    (plain_a, plain_c), (asked_a, asked_c) = weights.lm_without_request, weights.lm_with_request
    table.add_row("language model (a)", f"{plain_a:.3f}", f"{asked_a:.3f}")
    table.add_row("... for new items (c)", f"{plain_c:.3f}", f"{asked_c:.3f}")
    out.print(table)


def _show_gains(gains: Mapping[str, Gains]) -> None:
    title = "What the fit is worth to users it has not seen, NDCG@10"
    table = Table("", "users", "before", "after", "gain, 95%", title=title)
    for turns, each in gains.items():
        for what, gain, kept in (
            ("features", each.features, each.features_kept),
            ("language model", each.lm, each.lm_kept),
        ):
            low, mean, high = gain.interval
            shown = f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]{'' if kept else ', not kept'}"
            table.add_row(f"{what}, {turns}", f"{gain.users:,}", f"{gain.before:.4f}", f"{gain.after:.4f}", shown)
    out.print(table)
