"""The forward pass of training: isolated branches, scored as they are when they serve, with gradients.

A question is laid out as its prefix, then its branches end to end, none padded, under a mask in which a branch sees
the prefix and itself; its positions go on from the prefix's end. Rows are as wide as the longest question of the
batch, and short questions share one. Serving reads the same tokens in another layout (`agent.llm.branch_packing`); a
test holds the two to the same scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from ...agent.llm.prompt_encoding import EncodedQuestion

_NOBODY = -1


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Questions in B rows of T tokens: `ids` and `positions` (B, T), `mask` (True = may attend) (B, 1, T, T), and in
    `places` the row and column where each question begins."""

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    places: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, questions: Sequence[EncodedQuestion]) -> PackedRows:
        """Lay the questions out. Each needs a branch."""
        places = _places([length(question) for question in questions])
        shape = 1 + max(row for row, _ in places), max(map(length, questions))
        ids, positions = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
        # Of each token; branch 0 is the prefix.
        question_of, branch_of = torch.full(shape, _NOBODY), torch.full(shape, _NOBODY)
        for number, (question, (row, start)) in enumerate(zip(questions, places, strict=True)):
            span = slice(start, start + length(question))
            ids[row, span], positions[row, span] = _tokens(question), _positions(question)
            question_of[row, span], branch_of[row, span] = number, _owners(question)
        return cls(ids, positions, _mask(question_of, branch_of)[:, None], places)


def length(question: EncodedQuestion) -> int:
    """Tokens of the question."""
    return _prefix(question) + sum(map(len, question.branches))


def branch_ends(question: EncodedQuestion) -> torch.Tensor:
    """Where each branch's last token stands in the question, (branches,)."""
    return _prefix(question) + torch.tensor([len(branch) for branch in question.branches]).cumsum(0) - 1


def states(network: nn.Module, packed: PackedRows) -> torch.Tensor:
    """Last hidden states of the rows, (B, T, width), with gradients.

    `network` is a causal LM, wrapped for an adapter or several devices if need be.
    """
    device = next(network.parameters()).device
    output = network(  # the whole network, not its decoder: what wraps it to train on several devices must notice
        input_ids=packed.ids.to(device), attention_mask=packed.mask.to(device),
        position_ids=packed.positions.to(device), use_cache=False, output_hidden_states=True, logits_to_keep=1,
    )  # fmt: skip
    hidden: torch.Tensor = output.hidden_states[-1]
    return hidden


def _places(lengths: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Row and column of each question: the longest first, each in the first row that has room."""
    width, used = max(lengths), list[int]()
    places: dict[int, tuple[int, int]] = {}
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        row = next((row for row, taken in enumerate(used) if taken + lengths[place] <= width), len(used))
        used += [0] if row == len(used) else []
        places[place] = row, used[row]
        used[row] += lengths[place]
    return tuple(places[place] for place in range(len(lengths)))


def _mask(question: torch.Tensor, branch: torch.Tensor) -> torch.Tensor:
    """Who sees whom, (B, T, T): what came before in the same branch, or in its prefix."""
    same = question[:, :, None] == question[:, None, :]
    open_to = (branch[:, :, None] == branch[:, None, :]) | (branch[:, None, :] == 0)
    return (same & open_to).tril()


def _prefix(question: EncodedQuestion) -> int:
    return len(question.head) + len(question.lead)


def _tokens(question: EncodedQuestion) -> torch.Tensor:
    return torch.tensor([*question.head, *question.lead, *(token for branch in question.branches for token in branch)])


def _positions(question: EncodedQuestion) -> torch.Tensor:
    prefix = _prefix(question)
    return torch.cat([torch.arange(prefix), *(prefix + torch.arange(len(branch)) for branch in question.branches)])


def _owners(question: EncodedQuestion) -> torch.Tensor:
    sizes = torch.tensor([_prefix(question), *map(len, question.branches)])
    return torch.repeat_interleave(torch.arange(len(sizes)), sizes)
