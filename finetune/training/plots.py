"""A run's curves and an adapter's gain as images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...agent.extras import needs

with needs("plots", "Drawing curves and gains"):
    import matplotlib as mpl
    from matplotlib.figure import Figure

CURVES, LIFT = "curves.png", "lift.png"
INK, ACCENT, SECOND = "#444444", "#7b1e3a", "#2f6f73"
Interval = tuple[float, float, float]


def plot_curves(curve: Sequence[Mapping[str, float]], path: Path) -> None:
    """Loss while learning and on what is checked, and NDCG@10 of the latter where anything is ranked, by step."""
    figure = Figure(figsize=(7, 3), layout="constrained")
    shown = [("loss", {"loss": ("learning", INK), "eval_loss": ("checked", ACCENT)})]
    if any("eval_ndcg" in entry for entry in curve):
        shown.append(("NDCG@10 of what is checked", {"eval_ndcg": ("checked", ACCENT)}))
    for place, (title, lines) in enumerate(shown, 1):
        axes = figure.add_subplot(1, len(shown), place, title=title, xlabel="step")
        for name, (label, colour) in lines.items():
            points = [(entry["step"], entry[name]) for entry in curve if name in entry]
            axes.plot(*zip(*points, strict=True), label=label, color=colour, marker="." if len(points) < 40 else "")
        axes.legend(frameon=False)
    _save(figure, path)


def plot_lift(gains: Mapping[str, Interval], users: int, path: Path) -> None:
    """What each model adds to retrieval, NDCG@10 with its 95% interval: name -> (low, mean, high)."""
    figure = Figure(figsize=(7, 1 + 0.5 * len(gains)), layout="constrained")
    axes = figure.add_subplot(title=f"NDCG@10 added to retrieval, {users:,} validation users", xlabel="95% interval")
    axes.axvline(0, color=INK, linewidth=0.8)
    for row, (low, mean, high) in enumerate(gains.values()):
        axes.plot([low, high], [row, row], color=SECOND, linewidth=2)
        axes.plot([mean], [row], marker="o", color=ACCENT)
    axes.set_yticks(range(len(gains)), list(gains))
    axes.set_ylim(-0.7, len(gains) - 0.3)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    with mpl.rc_context({"font.size": 9}):
        figure.savefig(path, dpi=120)
