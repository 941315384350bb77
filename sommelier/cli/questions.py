"""What is asked before something long or final begins, and what holds where there is no terminal to ask in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from .rendering.stages import Stages

if TYPE_CHECKING:
    from ..finetune.training.cost import Cost


def replaces(begun: Path | None, yes: bool, stages: Stages) -> bool:
    """Whether a new run may take the place of one that has been trained for a while."""
    if begun is None:
        return True
    stages.say(f"A run that was cut off lies in {begun}: --resume goes on with it, and a new one takes its place.")
    return yes or _confirmed("Begin anew?", default=False, otherwise="beginning anew", stages=stages)


def agrees(cost: Cost, yes: bool, stages: Stages) -> bool:
    """Whether training may begin at this cost, which is told in any case."""
    stages.say(f"Training reads {cost}.")
    return yes or _confirmed("Begin?", default=True, otherwise="beginning", stages=stages)


def _confirmed(question: str, default: bool, otherwise: str, stages: Stages) -> bool:
    """What a person answers; yes where there is no terminal to ask in, which is said."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        stages.say(f"No terminal to ask in: {otherwise}.")
        return True
    try:
        return typer.confirm(question, default=default, err=True)
    except typer.Abort as stop:  # Ctrl-C, or Ctrl-D
        raise KeyboardInterrupt from stop
