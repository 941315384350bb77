"""The loss of each example, several examples to a pass of the network.

rank: -weight log softmax(offsets + preferences)[target], offsets being retrieval's logits, so that the model learns
what they leave out and not what they say already. rate: mean over the branches of the logistic loss of the preference.
A text: mean over its tokens of -log softmax(logits)[token].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from ..agent.language_model import Question
from ..agent.ranking import SLOT
from ..agent.transformers_model import TransformersModel
from .branch_training import PackedRows, branch_ends, length, states
from .examples import Example, RankExample, RateExample, TextExample


@dataclass(frozen=True, slots=True)
class Readout:
    """How hidden states are read, neither of them trained: `direction` (width,), float32, gives preferences, and
    `vocabulary` (tokens, width) logits."""

    direction: torch.Tensor
    vocabulary: torch.Tensor

    @classmethod
    def of(cls, model: TransformersModel) -> Readout:
        """That of the model, for the answers that every ranking question has."""
        return cls(model.direction(Question((), SLOT)), model.network.get_output_embeddings().weight.detach())


def losses(network: nn.Module, readout: Readout, examples: Sequence[Example]) -> list[torch.Tensor]:
    """The loss of each example, in their order, with gradients."""
    return [loss for loss, _ in read(network, readout, examples)]


def read(network: nn.Module, readout: Readout, examples: Sequence[Example]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The loss of each example, and the preferences of its branches with the offsets added; none for a text."""
    packed = PackedRows.of([each.question for each in examples])
    hidden = states(network, packed)
    own = [hidden[row, start : start + length(each.question)]
           for each, (row, start) in zip(examples, packed.places, strict=True)]  # fmt: skip
    return [_read(one, readout, each) for one, each in zip(own, examples, strict=True)]


def _read(states: torch.Tensor, readout: Readout, example: Example) -> tuple[torch.Tensor, torch.Tensor]:
    if isinstance(example, TextExample):
        return _text_loss(states, readout, example), torch.zeros(0)
    says = states[branch_ends(example.question)].float() @ readout.direction.to(states.device)
    if isinstance(example, RateExample):
        liked = torch.tensor(example.liked, dtype=says.dtype, device=says.device)
        return functional.binary_cross_entropy_with_logits(says, liked), says
    return _rank_loss(says, example)


def _rank_loss(says: torch.Tensor, example: RankExample) -> tuple[torch.Tensor, torch.Tensor]:
    logits = says + torch.tensor(example.offsets, dtype=says.dtype, device=says.device)
    return -example.weight * torch.log_softmax(logits, dim=0)[example.target], logits


def _text_loss(states: torch.Tensor, readout: Readout, example: TextExample) -> torch.Tensor:
    before = len(example.question.head) + len(example.question.lead) - 1  # the place that says the first token
    said = states[before : before + len(example.answer)]
    logits = (said @ readout.vocabulary.to(said.device, said.dtype).T).float()
    return functional.cross_entropy(logits, torch.tensor(example.answer, device=said.device))
