"""The contrastive term: what is told of a person lies nearer to the chosen item's text than to the other candidates'.

-log softmax(cos(person, texts) / TEMPERATURE)[target], which is InfoNCE (van den Oord et al., 2018, eq. 4) with the
example's own candidates as negatives. The person is the state where the question's prefix ends, which is also what the
branches go on from; a text is the state at the end of its line, read by itself behind the prompt's first token.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from ...agent.llm.prompt_encoding import EncodedQuestion

TEMPERATURE = 0.05


def lines_alone(question: EncodedQuestion) -> EncodedQuestion:
    """The question's branches without what they are asked about, to be read in the same pass."""
    return EncodedQuestion(question.head[:1], (), question.branches)


def nearness_loss(person: torch.Tensor, texts: torch.Tensor, target: int) -> torch.Tensor:
    """Of one choice: `person` (width,) and `texts` (candidates, width) are hidden states, `target` the row chosen."""
    nearness = functional.cosine_similarity(person.float()[None], texts.float()) / TEMPERATURE
    return -torch.log_softmax(nearness, dim=0)[target]
