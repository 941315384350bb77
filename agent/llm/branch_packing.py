"""Lays branches out in batches behind their prefixes, so that few passes score them all, each blind to the others.

Knows token ids, widths and masks; knows nothing about models or text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

PASS_TOKENS = 2048
"""Tokens in one pass, padding included: bounds the memory of the activations."""

ATTENDED_TOKENS = 32_768
"""Tokens attended to in one pass, each row's copy of its prefix included: half a gigabyte a layer for a 4B model."""

SLOT_MULTIPLE = 16
"""Widths are this coarse, so that a word more or less in one branch changes no shape."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Token ids behind prefix number `owner`; `place` is where the caller wants its score."""

    ids: Sequence[int]
    owner: int
    place: int


@dataclass(frozen=True, slots=True)
class Batch:
    """B branches padded on the right to W tokens, behind prefixes padded on the right to P tokens.

    `ids` and `positions` are (B, W), `mask` (True = may attend) is (B, 1, W, P + W), or (1, 1, W, P + W) when
    the prefixes are equally long; `owners`, `ends` (the last token of each row) and `places` are (B,).
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    owners: torch.Tensor
    ends: torch.Tensor
    places: torch.Tensor


def batches(
    branches: Sequence[Branch], prefixes: Sequence[int], *, padding: int, multiple: int = SLOT_MULTIPLE
) -> Iterator[Batch]:
    """Batches of like width, narrowest first, branches of one width in the order given.

    `prefixes` are the prefixes' lengths. Rows are padded to a multiple of `multiple`; neighbouring widths share a
    pass while that adds at most `padding` tokens to it, which is what another pass costs. The outcome depends on
    the branches' rounded widths alone: what one says then moves no other to another place and changes no
    tensor's shape (shapes decide how kernels round), as long as it keeps its width.
    """
    for width, rows in _by_width(branches, padding, multiple):
        step = max(1, min(PASS_TOKENS // width, ATTENDED_TOKENS // (max(prefixes) + width)))
        for start in range(0, len(rows), step):
            yield _batch(rows[start : start + step], width, prefixes)


def like_long(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of `lengths`, sorted into groups that are run together, padded: at most PASS_TOKENS, one at least."""
    group: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[place] > PASS_TOKENS:
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def padded(rows: Sequence[Sequence[int]], width: int) -> torch.Tensor:
    """Token ids of shape (rows, width), filled up with zeros on the right."""
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    for place, row in zip(ids, rows, strict=True):
        place[: len(row)] = torch.tensor(row)
    return ids


def _by_width(branches: Sequence[Branch], padding: int, multiple: int) -> Iterator[tuple[int, list[Branch]]]:
    widths = [-(-len(each.ids) // multiple) * multiple for each in branches]
    order = sorted(range(len(branches)), key=widths.__getitem__)
    group: list[int] = []
    for width in sorted(set(widths)):
        if sum(width - widths[at] for at in group) > padding:
            yield widths[group[-1]], [branches[at] for at in group]
            group = []
        group += [at for at in order if widths[at] == width]
    yield widths[group[-1]], [branches[at] for at in group]


def _batch(rows: Sequence[Branch], width: int, prefixes: Sequence[int]) -> Batch:
    owners = torch.tensor([row.owner for row in rows])
    lengths = torch.tensor(prefixes)[owners]
    read = torch.arange(max(prefixes)) < lengths[: 1 if len(set(prefixes)) == 1 else None, None]
    own = torch.ones(width, width).tril().bool()
    mask = torch.cat([read[:, None].expand(-1, width, -1), own.expand(len(read), -1, -1)], dim=-1)
    return Batch(
        ids=padded([row.ids for row in rows], width),
        positions=lengths[:, None] + torch.arange(width),
        mask=mask[:, None],
        owners=owners,
        ends=torch.tensor([len(row.ids) - 1 for row in rows]),
        places=torch.tensor([row.place for row in rows]),
    )
