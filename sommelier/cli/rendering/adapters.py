"""The adapters of a workspace, one line each; metadata of other makes may lack any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from .consoles import add_row, note_on, out, whole


def show_adapters(adapters: Sequence[Mapping[str, Any]], unexpected_files: Mapping[str, str]) -> None:
    """Print adapters with what checked them, then those that are damaged and what is no adapter."""
    if adapters:
        out.print(_table(adapters), crop=False)
    else:
        note_on(out, "There are no adapters; `sommelier tune` makes one.")
    for each in adapters:
        if "damaged" in each:
            note_on(out, f"{each['adapter']}: {each['damaged']}")
    for name, why in unexpected_files.items():
        note_on(out, f"The folder {name} is not listed: {why}.")


def _table(adapters: Sequence[Mapping[str, Any]]) -> Table:
    names = whole("adapter", [each["adapter"] for each in adapters])
    table = Table(names, "serves", "choices", "checked on", "ndcg before", "after", "gate")
    for each in adapters:
        add_row(table, each["adapter"], "yes" if each["serves"] else "", *_figures(each))
    return table


def _figures(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    from ...finetune.adapters.model_card import part

    if "damaged" in metadata:
        return ("its metadata is damaged",)
    data, before, after, gate = (part(metadata, each) for each in ("data", "before", "after", "gate"))
    ndcg = [f"{each['ndcg']:.4f}" if "ndcg" in each else "" for each in (before, after)]
    worse = "ndcg" in before and after.get("ndcg", 1.0) < before["ndcg"]
    choices = f"{data['choices']:,}" if "choices" in data else ""
    return (choices, _checked_on(metadata), ndcg[0], ndcg[1] + (", worse" if worse else ""), gate.get("verdict", ""))


def _checked_on(metadata: Mapping[str, Any]) -> str:
    from ...finetune.adapters.model_card import FEW, ranked_in

    ranked = ranked_in(metadata)
    if ranked is None:
        return "not told"
    return f"{ranked:,} rankings{': says nothing' if ranked < FEW else ''}"
