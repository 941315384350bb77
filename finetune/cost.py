"""What a run will cost, measured on a few of its own examples before it starts."""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from .branch_training import length
from .examples import Example
from .losses import Readout, losses
from .training import BATCH_TOKENS, TrainingRecipe

TRIED = 4
"""Examples that the cost is measured on."""
FORWARD = 1 / 3
"""Share of a training step's time that its forward pass takes, which is all that a check needs."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens that are read to learn, minutes on this machine, and bytes of memory at the highest."""

    tokens: int
    minutes: float
    memory: int

    def __str__(self) -> str:
        return f"{self.tokens:,} tokens, about {self.minutes:,.0f} minutes here, {self.memory / 1e9:.1f} GB of memory"


def cost_of(
    network: nn.Module, readout: Readout, examples: Sequence[Example], checked: Sequence[Example],
    recipe: TrainingRecipe,
) -> Cost:  # fmt: skip
    """Time one pass forward and back over examples drawn by lot. `network` carries its adapter already.

    The second of two passes is timed: the first warms up.
    """
    tried = random.Random(recipe.seed).sample(list(examples), min(TRIED, len(examples)))
    size = sum(length(each.question) for each in tried)
    before = _memory(network)
    for _ in range(2):
        began = time.perf_counter()
        torch.stack(losses(network, readout, tried)).mean().backward()  # type: ignore[no-untyped-call]
        _await(network)
        seconds = time.perf_counter() - began
    network.zero_grad()
    grown = max(_memory(network) - before, 0)
    tokens = round(recipe.epochs * sum(length(each.question) for each in examples))
    checking = FORWARD * (recipe.checks + 2) * sum(length(each.question) for each in checked)
    return Cost(tokens, seconds / size * (tokens + checking) / 60, before + round(grown * max(1, BATCH_TOKENS / size)))


def _await(network: nn.Module) -> None:
    if next(network.parameters()).device.type == "cuda":
        torch.cuda.synchronize()


def _memory(network: nn.Module) -> int:
    """The highest so far: of the GPU where the network is on one, else of this process."""
    if next(network.parameters()).device.type == "cuda":
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
