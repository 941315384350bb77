"""How well strength of interest is told: the figures of each system, their intervals, and the report at a threshold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table

from .consoles import out

if TYPE_CHECKING:
    from rich.console import Console

    from ...finetune.evaluation.classification import Interval
    from ...finetune.fitting.calibration import StrengthReport

FIGURES = ("auc", "gauc", "ece", "log loss", "mse", "rmse")


def show_strength(report: StrengthReport, console: Console = out) -> None:
    """Print the figures of every system, their intervals, and, of opinions, the report at the threshold."""
    console.print(_systems(report))
    for line in _intervals(report):
        console.print(line, markup=False, highlight=False)
    if report.at_threshold:
        console.print(_at_threshold(report))


def _systems(report: StrengthReport) -> Table:
    systems = {**report.systems, **{f"{name}, judged": figures for name, figures in report.judged.items()}}
    shown = [name for name in FIGURES if any(name in figures for figures in systems.values())]
    title = f"Strength of interest: {report.calibration.pairs:,} held-back pairs of {report.users:,} users"
    table = Table("known of the pair", *shown, title=title)
    for system, figures in systems.items():
        table.add_row(system, *(f"{figures[name]:.4f}" if name in figures else "" for name in shown))
    return table


def _intervals(report: StrengthReport) -> Iterator[str]:
    """What is sure of retrieval's figures, and of what one system adds to another; nothing of what is not defined."""
    named = {
        **{f"{name} of retrieval": interval for name, interval in report.intervals.items()},
        "squared error that retrieval saves over user + item": report.gain,
        "log loss that the model saves beside retrieval": report.lm_gain,
    }
    for what, interval in named.items():
        if interval is not None:
            yield f"{what}: {_told(interval)}"


def _told(interval: Interval) -> str:
    low, value, high = interval
    return f"{value:.4f} (95%: {low:.4f} to {high:.4f})"


def _at_threshold(report: StrengthReport) -> Table:
    """The classification report of retrieval; `accuracy` has one figure for all pairs."""
    columns = ("precision", "recall", "f1-score", "support")
    title = "Who likes what, as retrieval says it at a threshold that was chosen on other users"
    table = Table("", *columns, title=title)
    for name, figures in report.at_threshold.items():
        told = (f"{figures[each]:,.0f}" if each == "support" else f"{figures[each]:.4f}" if each in figures else ""
                for each in columns)  # fmt: skip
        table.add_row(name, *told)
    return table
