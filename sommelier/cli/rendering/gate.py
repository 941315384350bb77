"""What a gate says of an adapter: the comparisons as tables, then each finding and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from .consoles import note_on, out

if TYPE_CHECKING:
    from ...finetune.adapters.comparison import Comparison
    from ...finetune.adapters.gate import Gate


def show_gate(gate: Gate) -> None:
    """Print tables, findings and verdict."""
    show_tables(gate)
    for each in gate.findings():
        note_on(out, f"{each.what}: {each.verdict}, {each.why}.")
    note_on(out, f"The candidate is {gate.verdict}.")


def show_tables(gate: Gate) -> None:
    """Print what was compared, without a verdict."""
    _show_comparison(gate.comparison, "validation users")
    if gate.newer and gate.newer.users:
        _show_newer(gate.newer)
    if gate.earlier:
        _show_comparison(gate.earlier.comparison, "of their choices before the new events")


def _show_newer(newer: Comparison) -> None:
    from ...finetune.adapters.gate import CANDIDATE, SERVING

    low, mean, high = newer.change(CANDIDATE, SERVING)
    sure = f"{low:+.4f} to {high:+.4f}, 95%" if _enough(newer) else "too few to say"
    note_on(out, f"On those choices of {newer.users:,} people that are among the new events the candidate changes "
                 f"NDCG@10 by {mean:+.4f} ({sure}).")  # fmt: skip


def _show_comparison(found: Comparison, what: str) -> None:
    if not found.users:
        return
    table = Table(f"{found.users:,} {what}", "NDCG@10", "the model alone", "gain over retrieval, 95%")
    table.add_row("retrieval", f"{found.retrieval.mean():.4f}")
    for name, fused in found.fused.items():
        low, mean, high = found.gain(name)
        alone = f"{found.alone[name].mean():.4f}" if name in found.alone else ""
        sure = f"{low:+.4f} to {high:+.4f}" if _enough(found) else "too few to say"
        table.add_row(name, f"{fused.mean():.4f}", alone, f"{mean:+.4f} ({sure})")
    out.print(table)


def _enough(found: Comparison) -> bool:
    from ...finetune.adapters.gate import FEWEST

    return found.judged >= FEWEST
