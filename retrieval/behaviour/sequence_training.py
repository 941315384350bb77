"""Trains the sequence tower: next-item prediction with full cross-entropy on every place of every history.

Follows SASRec with cross-entropy over all items (Klenitskiy and Vasilev 2023), on AdamW with a one-cycle rate. Long
histories are cut into windows at a new random place in each epoch, so that nothing of them is wasted; batches hold
windows of like length. Seeded: the same log gives the same network on the same machine, unless
minutes bound the epochs.
Knows item positions; what may be trained on is the caller's business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from .cross_entropy import cross_entropy
from .sequence_tower import Floats, SequenceNetwork, SequenceTower, Shape

Window: TypeAlias = "NDArray[np.int64]"
Histories: TypeAlias = "Sequence[Window]"
Progress: TypeAlias = Callable[[int, int], None]
"""Called with (done, total) steps."""

PEAK_RATE = 2e-3
WEIGHT_DECAY = 0.01
WARM_UP = 0.1
"""Share of the steps in which the rate rises."""
BATCH_TOKENS = 6400
CLIP = 1.0
DENSE = 40
"""Mean choices per user from which on a log counts as dense (films watched rather than goods bought)."""
PROBED_STEPS = 5
"""Steps timed to see how many epochs fit into the minutes given."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. The two sorts of log were tuned on validation events of MovieLens 1M and Amazon Games."""

    shape: Shape
    dropout: float
    smoothing: float
    epochs: int
    tokens: int = BATCH_TOKENS
    rate: float = PEAK_RATE
    fewest: int = 200
    """Steps at least: a small log is gone through more often than `epochs` says."""
    seed: int = 0

    @classmethod
    def suited_to(cls, histories: Sequence[Sequence[int]]) -> Recipe:
        """For dense logs long windows, for sparse ones more regularisation."""
        if np.mean([len(history) for history in histories]) >= DENSE:
            return cls(Shape(length=200), dropout=0.2, smoothing=0.0, epochs=24)
        return cls(Shape(length=50), dropout=0.3, smoothing=0.1, epochs=12, tokens=1600)

    @property
    def refresher(self) -> Recipe:
        """For going on from a trained network with events that it has not seen: a quarter of the way, gently."""
        return replace(self, epochs=max(1, self.epochs // 4), rate=self.rate / 4)


def train_tower(
    histories: Sequence[Sequence[int]],
    items: int,
    recipe: Recipe,
    minutes: float | None = None,
    progress: Progress | None = None,
    start: SequenceTower | None = None,
    text: Floats | None = None,
) -> SequenceTower:
    """Train on item positions per user, oldest first; histories of one item teach nothing and are skipped.

    `text` (items, d) are the items' unit text vectors. `minutes` bounds the time: fewer epochs are planned when the
    recipe's would not fit. `start` is a tower over the same items and texts to go on from instead of random weights;
    it is not changed. Raises ValueError when there is no history of two items.
    """
    usable = [np.asarray(history, np.int64) for history in histories if len(history) > 1]
    if not usable:
        raise ValueError("a sequence tower needs at least one history of two items")
    torch.manual_seed(recipe.seed)
    told = None if text is None else torch.tensor(text)
    network = SequenceNetwork(items, recipe.shape, recipe.dropout, told)
    if start is not None:
        network.load_state_dict(start.network.state_dict())
    recipe = replace(recipe, epochs=_planned(usable, network, recipe, minutes))
    _train(network, usable, recipe, progress)
    return SequenceTower.of(network)


def _train(network: SequenceNetwork, histories: Histories, recipe: Recipe, progress: Progress | None) -> None:
    total = sum(1 for _ in _all_batches(histories, recipe))
    optimizer = _optimizer(network, recipe)
    planned = max(total + 1, round(2 / WARM_UP))  # the schedule needs a step or two to rise in
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=planned, pct_start=WARM_UP)
    network.train()
    for done, batch in enumerate(_all_batches(histories, recipe), 1):
        _step(network, batch, recipe, optimizer)
        schedule.step()
        if progress:
            progress(done, total)
    network.eval()


def _step(network: SequenceNetwork, batch: Sequence[Window], recipe: Recipe, optimizer: torch.optim.Optimizer) -> None:
    asked, answers = _padded(batch, network.items)
    with torch.autocast("cpu", torch.bfloat16):
        table = network.table().float()
        hidden = network(asked, table)
    real, weight = answers < network.items, table[: network.items]
    loss = cross_entropy(hidden[real].float(), weight, network.bias, answers[real], recipe.smoothing)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
    optimizer.step()


def _optimizer(network: SequenceNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    matrices = [each for each in network.parameters() if each.dim() > 1]
    vectors = [each for each in network.parameters() if each.dim() == 1]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))


def _all_batches(histories: Histories, recipe: Recipe) -> Iterator[list[Window]]:
    """The batches of all epochs: the same ones whenever it is called."""
    for epoch in range(recipe.epochs):
        yield from _batches(histories, recipe, np.random.default_rng((recipe.seed, epoch)))


def _batches(histories: Histories, recipe: Recipe, draw: Generator) -> Iterator[list[Window]]:
    """Windows of like length, at most `recipe.tokens` with their padding, in random order."""
    windows = [window for history in histories for window in _windows(history, recipe.shape.length, draw)]
    lengths = np.array([len(window) for window in windows]) - 1
    batches: list[list[Window]] = [[]]
    for at in np.lexsort((draw.random(len(windows)), lengths)):
        if (len(batches[-1]) + 1) * lengths[at] > recipe.tokens and batches[-1]:
            batches.append([])
        batches[-1].append(windows[at])
    for at in draw.permutation(len(batches)):
        yield batches[at]


def _windows(history: Window, length: int, draw: Generator) -> Iterator[Window]:
    """Stretches of at most `length` places to learn from, which overlap in one item; the last is cut at random."""
    end = len(history)
    if end > length + 1:
        cut = int(draw.integers(1, length + 1))
        yield history[end - cut - 1 :]
        end -= cut
    while end > 1:
        yield history[max(0, end - length - 1) : end]
        end -= length


def _padded(batch: Sequence[Window], nothing: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What is read and what comes next, each (rows, tokens), `nothing` where a row has ended."""
    longest = max(map(len, batch))
    numbers = torch.full((len(batch), longest), nothing)
    for row, window in zip(numbers, batch, strict=True):
        row[: len(window)] = torch.from_numpy(window)
    return numbers[:, :-1], numbers[:, 1:]


def _planned(histories: Histories, network: SequenceNetwork, recipe: Recipe, minutes: float | None) -> int:
    """Epochs: the recipe's, more where they would be few steps, fewer (at least one) where time does not allow it."""
    batches = list(_batches(histories, recipe, np.random.default_rng((recipe.seed, 0))))
    wanted = max(recipe.epochs, -(-recipe.fewest // len(batches)))
    if minutes is None:
        return wanted
    return max(1, min(wanted, int(60 * minutes / (_step_seconds(batches, network, recipe) * len(batches)))))


def _step_seconds(batches: Sequence[Sequence[Window]], network: SequenceNetwork, recipe: Recipe) -> float:
    """Seconds per step, tried on a network that is thrown away."""
    trial = SequenceNetwork(network.items, recipe.shape, recipe.dropout, network.text)
    optimizer = _optimizer(trial, recipe)
    _step(trial, batches[0], recipe, optimizer)  # the first one also pays for set-up
    tried = batches[1 : 1 + PROBED_STEPS] or batches
    start = time.perf_counter()
    for batch in tried:
        _step(trial, batch, recipe, optimizer)
    return (time.perf_counter() - start) / len(tried)
