"""What a language model learns from: one kind of example for each way of answering, as token ids.

`rank`: which branch was chosen. `rate`: which branches were liked. `explain` and `summarise`: a text to be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from ...agent.config import Task
from ...agent.llm.prompt_encoding import EncodedQuestion


@dataclass(frozen=True, slots=True)
class RankExample:
    """One question with its branches; the `target` branch was chosen. `offsets` are retrieval's logits of the branches
    (zeros where the model is to judge by itself). `weight` is what the choice counts beside others."""

    question: EncodedQuestion
    target: int
    offsets: tuple[float, ...]
    weight: float = 1.0
    task: ClassVar[Task] = "rank"


@dataclass(frozen=True, slots=True)
class RateExample:
    """One question with its branches, and which of them the person `liked`; the others they did not."""

    question: EncodedQuestion
    liked: tuple[bool, ...]
    task: ClassVar[Task] = "rate"


@dataclass(frozen=True, slots=True)
class TextExample:
    """A question whose only branch is the answer: its tokens follow the prefix's, and are to be written."""

    question: EncodedQuestion
    task: Task

    @property
    def answer(self) -> tuple[int, ...]:
        """The tokens to be written."""
        return self.question.branches[0]


Example: TypeAlias = RankExample | RateExample | TextExample
