"""What `doctor` found, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .consoles import note_on, out

if TYPE_CHECKING:
    from ...agent.doctor import Finding

MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}


def show_findings(findings: Iterable[Finding]) -> None:
    """Print each finding with its mark, and below it what to do."""
    for each in findings:
        out.print(f"{MARKS[each.status]:<16} [bold]{each.name}[/]", end="  ")
        note_on(out, each.value)
        if each.advice:
            note_on(out, f"       -> {each.advice}")
