"""Lays branches side by side in one sequence so that one pass scores them all, each blind to the others.

Knows token ids and masks; knows nothing about models or text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

PACK_TOKENS = 2048
"""Slot tokens in one pass: bounds the memory of the mask and of the activations."""

SLOT_MULTIPLE = 16
"""Slots are this coarse, so that a word more or less in one branch changes no shape."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Branches in equal slots behind a shared prefix. With T = slots x slot length and P prefix tokens:
    `ids` and `positions` are (1, T), `mask` (True = may attend) is (1, 1, T, P + T), `ends` (branches,)."""

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    ends: torch.Tensor


def pack(branches: Sequence[Sequence[int]], prefix: int) -> Iterator[Pack]:
    """Packs of at most PACK_TOKENS in the order given (one branch at least); `prefix` is P.

    All slots of all packs have the length of the longest branch, rounded up: what one branch says then moves no
    other branch to another place and changes no tensor's shape, which is what would change rounding.
    """
    longest = max(map(len, branches))
    slot = -(-longest // SLOT_MULTIPLE) * SLOT_MULTIPLE
    step = max(1, PACK_TOKENS // slot)
    for start in range(0, len(branches), step):
        yield _pack(branches[start : start + step], slot, prefix)


def _pack(branches: Sequence[Sequence[int]], slot: int, prefix: int) -> Pack:
    count = len(branches)
    ids = torch.zeros(count, slot, dtype=torch.long)
    for row, branch in zip(ids, branches, strict=True):
        row[: len(branch)] = torch.tensor(branch)
    own = torch.kron(torch.eye(count), torch.ones(slot, slot).tril()).bool()  # one causal block per slot
    mask = torch.cat([torch.ones(count * slot, prefix, dtype=torch.bool), own], dim=1)
    starts = torch.arange(count) * slot
    return Pack(
        ids=ids.view(1, -1),
        positions=(prefix + torch.arange(slot)).repeat(count).view(1, -1),
        mask=mask[None, None],
        ends=starts + torch.tensor([len(branch) - 1 for branch in branches]),
    )
