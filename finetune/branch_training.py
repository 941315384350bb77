"""The forward pass of training: isolated branches, scored as they are when they serve, with gradients.

A question is one row: its prefix, then its branches end to end, none padded, under a mask in which a branch sees the
prefix and itself; its positions go on from the prefix's end. Rows are padded to the longest of the batch only. Serving
reads the same tokens in another layout (`agent.branch_packing`); a test holds the two to the same scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from ..agent.prompt_encoding import EncodedQuestion


@dataclass(frozen=True, slots=True)
class PackedRows:
    """B questions of up to T tokens and N branches in all.

    `ids` and `positions` are (B, T), `mask` (True = may attend) is (B, 1, T, T); `rows` and `ends`, each (N,), say
    where each branch's last token stands, question by question; `counts` are the branches of each question.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    rows: torch.Tensor
    ends: torch.Tensor
    counts: tuple[int, ...]

    @classmethod
    def of(cls, questions: Sequence[EncodedQuestion]) -> PackedRows:
        """Lay the questions out. Each needs a branch."""
        longest = max(map(length, questions))
        laid = [_row(each, longest) for each in questions]
        ids, positions, masks, ends = (list(each) for each in zip(*laid, strict=True))
        counts = tuple(len(each) for each in ends)
        rows = torch.repeat_interleave(torch.arange(len(laid)), torch.tensor(counts))
        return cls(torch.stack(ids), torch.stack(positions), torch.stack(masks)[:, None], rows, torch.cat(ends), counts)


def length(question: EncodedQuestion) -> int:
    """Tokens of the question's row."""
    return len(question.head) + len(question.lead) + sum(map(len, question.branches))


def preferences(network: nn.Module, packed: PackedRows, direction: torch.Tensor) -> list[torch.Tensor]:
    """Yes-minus-no preference of each question's branches, one (branches,) tensor each, float32, with gradients.

    `network` is a causal LM, wrapped for an adapter or several devices if need be; `direction` the difference of the
    two answers' output embeddings, (width,), float32.
    """
    device = next(network.parameters()).device
    output = network(  # the whole network, not its decoder: what wraps it to train on several devices must notice
        input_ids=packed.ids.to(device), attention_mask=packed.mask.to(device),
        position_ids=packed.positions.to(device), use_cache=False, output_hidden_states=True, logits_to_keep=1,
    )  # fmt: skip
    hidden = output.hidden_states[-1]
    ends: torch.Tensor = hidden[packed.rows.to(device), packed.ends.to(device)]
    scores = ends.float() @ direction.to(device)
    return list(torch.split(scores, list(packed.counts)))


def _row(question: EncodedQuestion, width: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Token ids, positions, who sees whom, and the last token of each branch."""
    prefix = len(question.head) + len(question.lead)
    sizes = torch.tensor([len(branch) for branch in question.branches])
    owner = torch.full((width,), -1)  # of each token: 0 the prefix, then the branches; -1 nobody's
    owner[:prefix] = 0
    owner[prefix : prefix + int(sizes.sum())] = torch.repeat_interleave(torch.arange(1, len(sizes) + 1), sizes)
    ids = torch.zeros(width, dtype=torch.long)
    tokens = [*question.head, *question.lead, *(token for branch in question.branches for token in branch)]
    ids[: len(tokens)] = torch.tensor(tokens)
    positions = torch.zeros(width, dtype=torch.long)
    positions[: len(tokens)] = torch.cat([torch.arange(prefix), *(prefix + torch.arange(size) for size in sizes)])
    alike = (owner[:, None] == owner[None, :]) | (owner[None, :] == 0)
    return ids, positions, alike.tril(), prefix + sizes.cumsum(0) - 1
