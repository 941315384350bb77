"""Labelled conversations held with the whole engine, by people with a history and by new ones.

The messages are those that the tests have labelled (`tests/agent/dialogue/utterances/conversations.jsonl`); what is
answered is what the public door gives. Without a language model, `Mute` stands in: it finds every item alike and writes
nothing, so that all sentences are the plain ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from dialogue_world import labels
from numpy.typing import NDArray
from sommelier.agent.ingest.ingest import ingest
from sommelier.agent.llm.language_model import LanguageModel, ModelCard
from sommelier.agent.recommender import Recommender
from sommelier.agent.turn import Finished, Sentence, Turn
from sommelier.agent.workspace import Workspace

Conversation = Mapping[str, Any]


class Mute:
    """A language model that has no preference and no words."""

    card = ModelCard("none", None, "none", None, "cpu", "float32")

    def score(self, _: object, branches: Sequence[str]) -> NDArray[np.float32]:
        """Nothing for each."""
        return np.zeros(len(branches), np.float32)

    def score_many(self, jobs: Sequence[tuple[object, Sequence[str]]]) -> list[NDArray[np.float32]]:
        """Nothing for each of each."""
        return [self.score(*job) for job in jobs]

    def choose(self, _: object, labels: Sequence[str]) -> list[int]:
        """The order given."""
        return list(range(len(labels)))

    def write(self, prompts: Sequence[object], **_: object) -> list[str]:
        """Nothing."""
        return [""] * len(prompts)

    def stream(self, _: object, **__: object) -> Iterator[str]:
        """Nothing."""
        return iter(())

    def count(self, text: str) -> int:
        """Words."""
        return len(text.split())


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """One message, and what was answered. `labels` are the conditions that should be in force afterwards; `before` is
    the turn before it in the same conversation."""

    catalogue: str
    user: str
    message: str
    labels: Sequence[Any]
    sentences: tuple[Sentence, ...]
    turn: Turn
    before: HeldTurn | None = None

    @property
    def lines(self) -> list[str]:
        """What the shelf says of its items."""
        return [each.explanation.text for each in self.turn.recommendations]

    def __str__(self) -> str:
        shelf = (f"   {each.rank}. {each.item.title}: {each.explanation}" for each in self.turn.recommendations)
        return "\n".join([f"[{self.catalogue}, {self.user}] > {self.message}", self.turn.reply, *shelf])


def conversations(catalogue: str, language: str = "en") -> list[Conversation]:
    """Those about one catalogue in one language."""
    rows = labels().rows("conversations.jsonl")
    return [row for row in rows if (row["catalogue"], row["language"]) == (catalogue, language)]


@contextmanager
def opened(catalogue: str, folder: Path, model: LanguageModel | None = None) -> Iterator[Recommender]:
    """A catalogue in a workspace of its own; only the films have people with a history."""
    root, films = folder / catalogue, catalogue == "films"
    if not films:
        with Workspace(root, create=True) as workspace:
            ingest(root, workspace.memory, items=labels().FOLDER / "catalogues" / f"{catalogue}.jsonl")
    with Recommender.open(root, builtin=films, lm=model or cast(LanguageModel, Mute())) as recommender:
        yield recommender


def held(recommender: Recommender, catalogue: str, rows: Iterable[Conversation], seed: int) -> Iterator[HeldTurn]:
    """The turns of the conversations, each by somebody else: known and new people by turns."""
    known = [user.id for user in recommender.users()]
    random.Random(seed).shuffle(known)
    for place, row in enumerate(rows):
        user = known[place // 2 % len(known)] if known and place % 2 else f"new-{seed}-{place}"
        yield from _held(recommender, catalogue, row, user)


def _held(recommender: Recommender, catalogue: str, row: Conversation, user: str) -> Iterator[HeldTurn]:
    session, before = f"{row['id']}-{user}", None
    for turn in row["turns"]:
        parts = list(recommender.stream(user, turn["say"], session))
        sentences = tuple(part for part in parts if isinstance(part, Sentence))
        last = parts[-1]
        assert isinstance(last, Finished)  # as every stream ends
        before = HeldTurn(catalogue, user, turn["say"], turn["state"], sentences, last.turn, before)
        yield before
