"""What a run will cost, measured on a few of its own examples before it starts."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from ...agent.extras import needs
from ..examples.examples import Example
from .losses import Readout, losses, tokens
from .training import TrainingRecipe, examples_together

with needs("train", "Training"):
    import psutil

TRIED = 3
"""Examples that the cost is measured on, one after the other."""
SHARE = 0.2
"""Of the examples, so many are learned in a trial of a search."""
FORWARD = 1 / 3
"""Share of a training step's time that its forward pass takes, which is all that a check needs."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens that are read to learn, minutes on this machine, and bytes of memory at the highest."""

    tokens: int
    minutes: float
    memory: int

    def __str__(self) -> str:
        minutes = max(1, round(self.minutes))
        time = f"about {minutes:,} minute{'' if minutes == 1 else 's'} here"
        return f"{self.tokens:,} tokens, {time}, up to {self.memory / 1e9:.1f} GB of memory"


def cost_of(
    network: nn.Module, readout: Readout, examples: Sequence[Example], checked: Sequence[Example],
    recipe: TrainingRecipe, trials: int = 0,
) -> Cost:  # fmt: skip
    """Time a pass forward and back over examples drawn by lot. `network` carries its adapter already; `trials` of a
    search are counted in.

    The first pass warms up. Memory is what the largest pass of training would hold.
    """
    tried = random.Random(recipe.seed).sample(list(examples), min(TRIED, len(examples)))
    before, held, seconds = _memory(network), 0, 0.0
    network.train()
    for example in (tried[0], *tried):
        began = time.perf_counter()
        (loss,) = losses(network, readout, [example], recipe.contrast)
        held = max(held, _memory(network) - before)
        loss.backward()  # type: ignore[no-untyped-call]
        _await(network)
        seconds += time.perf_counter() - began
    network.zero_grad()
    size = sum(tokens(example, recipe.contrast) for example in (tried[0], *tried))
    learned = recipe.epochs * (1 + trials * SHARE) * sum(tokens(example, recipe.contrast) for example in examples)
    checking = FORWARD * (recipe.checks + 2 + 2 * trials) * sum(map(tokens, checked))
    pass_of = min(examples_together(examples, recipe), len(examples))
    return Cost(round(learned), seconds / size * (learned + checking) / 60, before + round(held * pass_of))


def _await(network: nn.Module) -> None:
    if next(network.parameters()).device.type == "cuda":
        torch.cuda.synchronize()


def _memory(network: nn.Module) -> int:
    """What is held now: of the GPU where the network is on one, else by this process."""
    if next(network.parameters()).device.type == "cuda":
        return int(torch.cuda.memory_allocated())
    return int(psutil.Process().memory_info().rss)
