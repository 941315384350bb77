"""What tuning made: its check before and after, and where the adapter is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from .consoles import note_on, out

if TYPE_CHECKING:
    from ...finetune.adapters.tune import Tuned


def show_tuned(tuned: Tuned) -> None:
    """Print the check on other people, remarks on it, and how the adapter comes to serve."""
    from ...finetune.adapters.model_card import remarks

    out.print(_check(tuned))
    learned = tuned.data.examples - tuned.data.checked
    note_on(out, f"The adapter is in {tuned.folder}; it learned from {learned:,} examples.")
    for remark in remarks(tuned.before, tuned.after, tuned.data.ranked):
        note_on(out, f"{remark[0].upper()}{remark[1:]}.")
    promote = f"`sommelier adapters promote {tuned.folder.name}`"
    note_on(out, f"{promote} serves it, if it is not worse than what serves now.")


def _check(tuned: Tuned) -> Table:
    ranked = f", {tuned.data.ranked:,} of them rankings" if tuned.data.ranked is not None else ""
    table = Table(f"{tuned.data.checked:,} examples of other people{ranked}", "before", "after")
    for name in tuned.after:
        table.add_row(name, f"{tuned.before[name]:.4f}", f"{tuned.after[name]:.4f}")
    return table
