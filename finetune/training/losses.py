"""The loss of each example, several examples to a pass of the network.

rank: -weight log softmax(offsets + preferences)[target], offsets being retrieval's logits, so that the model learns
what they leave out and not what they say already. rate: mean over the branches of the logistic loss of the preference.
A text: mean over its tokens of -log softmax(logits)[token]. A ranking may have the contrastive term beside its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from ...agent.llm.language_model import Question
from ...agent.llm.prompt_encoding import EncodedQuestion
from ...agent.llm.transformers_model import TransformersModel
from ...agent.ranking.ranking import SLOT
from ..examples.examples import Example, RankExample, RateExample, TextExample
from .branch_training import PackedRows, branch_ends, length, states
from .contrast import lines_alone, nearness_loss


@dataclass(frozen=True, slots=True)
class Readout:
    """How hidden states are read, neither of them trained: `direction` (width,), float32, gives preferences, and
    `vocabulary` (tokens, width) logits."""

    direction: torch.Tensor
    vocabulary: torch.Tensor

    def on(self, device: torch.device) -> Readout:
        """The same, on this device."""
        return Readout(self.direction.to(device), self.vocabulary.to(device))

    @classmethod
    def of(cls, model: TransformersModel) -> Readout:
        """That of the model, for the answers that every ranking question has."""
        return cls(model.direction(Question((), SLOT)), model.network.get_output_embeddings().weight.detach())


def losses(
    network: nn.Module, readout: Readout, examples: Sequence[Example], contrast: float = 0.0
) -> list[torch.Tensor]:
    """The loss of each example, in their order, with gradients; a ranking's with `contrast` of the contrastive term."""
    ranked = [place for place, example in enumerate(examples) if contrast and isinstance(example, RankExample)]
    questions = [example.question for example in examples]
    own = _states_of(network, [*questions, *(lines_alone(questions[place]) for place in ranked)])
    found = [_read(one, readout, example)[0] for one, example in zip(own, examples, strict=False)]
    for place, lines in zip(ranked, own[len(examples) :], strict=True):
        found[place] = found[place] + contrast * _nearness(own[place], lines, examples[place])
    return found


def tokens(example: Example, contrast: float = 0.0) -> int:
    """How many the loss of the example reads."""
    both = contrast and isinstance(example, RankExample)
    return length(example.question) + (length(lines_alone(example.question)) if both else 0)


def read(network: nn.Module, readout: Readout, examples: Sequence[Example]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The loss of each example, and the preferences of its branches with the offsets added; none for a text."""
    own = _states_of(network, [example.question for example in examples])
    return [_read(one, readout, example) for one, example in zip(own, examples, strict=True)]


def _states_of(network: nn.Module, questions: Sequence[EncodedQuestion]) -> list[torch.Tensor]:
    """The hidden states of each question, (its tokens, width), read in one pass."""
    packed = PackedRows.of(questions)
    hidden = states(network, packed)
    return [hidden[row, start : start + length(question)]
            for question, (row, start) in zip(questions, packed.places, strict=True)]  # fmt: skip


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


def _nearness(own: torch.Tensor, lines: torch.Tensor, example: Example) -> torch.Tensor:
    """The contrastive term of a ranking, given its states and those of its lines by themselves."""
    assert isinstance(example, RankExample)
    prefix = len(example.question.head) + len(example.question.lead)
    return example.weight * nearness_loss(
        own[prefix - 1], lines[branch_ends(lines_alone(example.question))], example.target
    )


def _text_loss(states: torch.Tensor, readout: Readout, example: TextExample) -> torch.Tensor:
    before = len(example.question.head) + len(example.question.lead) - 1  # the place that says the first token
    said = states[before : before + len(example.answer)]
    logits = (said @ readout.vocabulary.to(said.device, said.dtype).T).float()
    return functional.cross_entropy(logits, torch.tensor(example.answer, device=said.device))
