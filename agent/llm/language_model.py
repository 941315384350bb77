"""What the engine asks of a language model: judge, order, write, count. Knows no implementation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message. `content` is plain text: special tokens inside it are inert."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """A yes/no question asked of many branches that share a prefix.

    `messages` end with a user message in which `slot` stands exactly once, at the place of the branch's text.
    Everything before the slot is the shared prefix; what follows it is repeated in every branch.
    """

    messages: tuple[Message, ...]
    slot: str
    yes: str = "Yes"
    no: str = "No"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Which model is answering: what `doctor`, logs and stored weights are keyed by."""

    name: str
    sha256: str | None
    quantization: str
    adapter: str | None
    device: str
    dtype: str


class Writer(Protocol):
    """The part of a language model that answers in text."""

    def write(
        self,
        prompts: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        openings: Sequence[str] | None = None,
    ) -> list[str]:
        """Answer several prompts in one batch; the same contract as `LanguageModel.stream`, one string per prompt."""
        ...


class LanguageModel(Writer, Protocol):
    """Implementations are safe to call from several threads (they may serialise inside)."""

    @property
    def card(self) -> ModelCard:
        """Which model this is."""
        ...

    def score(self, question: Question, branches: Sequence[str]) -> NDArray[np.float32]:
        """Yes-minus-no preference of each branch, shape (len(branches),), float32.

        Branches are isolated: each attends to the prefix and to itself only. They are packed in the order
        given; callers pass canonical (id) order, so that shuffled candidates score bit for bit alike.
        """
        ...

    def score_many(self, jobs: Sequence[tuple[Question, Sequence[str]]]) -> list[NDArray[np.float32]]:
        """What `score` says of each (question, branches), in the order given, for evaluation and fitting.

        Jobs may share passes, so a score equals that of `score` up to rounding only, and depends in its last bits
        on what else is asked.
        """
        ...

    def choose(self, messages: Sequence[Message], labels: Sequence[str]) -> list[int]:
        """Places of all labels, best first, in the order in which the model writes them when it may write nothing
        but labels not used yet, one per line, always the likeliest: a permutation whatever the model makes of it.

        No label begins with another one. Labels for which the context has no room follow in the order given.
        """
        ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        opening: str = "",
    ) -> Iterator[str]:
        """Write the assistant's answer piece by piece. `opening` is text the answer is made to begin with
        (it is not repeated in the output). Temperature 0 is greedy. Closing the iterator stops the model."""
        ...

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        ...
