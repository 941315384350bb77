"""A catalogue that is talked about: its items, its dialogue, and a real index without a language model.

The catalogues are the built-in films, and the games and office goods that the tests invent.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from sommelier.agent.dialogue.manager import DialogueManager, Step
from sommelier.agent.dialogue.state import request_of, with_shelf
from sommelier.agent.dialogue_state import DialogueState
from sommelier.agent.turns.answer import MOST_ASKED_ABOUT
from sommelier.retrieval.attribute_roles import find_roles
from sommelier.retrieval.builtin import EVENTS
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.evidence import Query
from sommelier.retrieval.index import Index, build_index
from sommelier.retrieval.text.embedding_cache import EmbeddingCache
from sommelier.retrieval.text.encoder import TextEncoder

CATALOGUES = ("films", "games", "office")
SHELF = 5
"""Items of a shelf."""


def labels() -> ModuleType:
    """How the tests read their labels."""
    folder = str(Path(__file__).parents[1] / "tests")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module("dialogue_labels")


def items_of(name: str) -> list[Item]:
    """The items of a catalogue, best known first."""
    items: list[Item] = labels().catalogue(name)
    chosen = Counter(row["item"] for row in _events()) if name == "films" else Counter[str]()
    return sorted(items, key=lambda item: (-chosen[item.id], item.id))


def _events() -> list[dict[str, Any]]:
    return [json.loads(line) for line in EVENTS.read_text(encoding="utf-8").splitlines()]


def _histories() -> Iterator[list[str]]:
    own: dict[str, list[str]] = {}
    for row in _events():
        own.setdefault(row["user"], []).append(row["item"])
    yield from own.values()


@dataclass(frozen=True)
class World:
    """One catalogue; `items` are best known first."""

    name: str
    items: Sequence[Item]
    manager: DialogueManager
    retriever: Retriever

    def shelf(self, state: DialogueState) -> list[Item]:
        """What the first stage puts on the shelf of a conversation, for somebody of whom nothing is known."""
        found = self.retriever.candidates(query_of(state), state.count or SHELF, explained=0)
        return [each.item for each in found]

    def left(self, state: DialogueState) -> list[Item]:
        """What questions are asked about, as a turn has it."""
        return self.retriever.allowed(query_of(state), MOST_ASKED_ABOUT)

    def shown(self, step: Step) -> tuple[list[Item], DialogueState]:
        """The shelf after a step, and the state with it and with the question beside it, as a turn leaves it."""
        shelf = self.shelf(step.after)
        state = with_shelf(step.after, [each.id for each in shelf])
        question = self.manager.question(step, lambda: self.left(step.after)) if shelf else None
        if question:
            state = replace(state, asked=(*state.asked, question.attribute), question=question)
        return shelf, state


def query_of(state: DialogueState) -> Query:
    """What a conversation asks retrieval for."""
    request = request_of(state)
    return Query(request=request.text, examples=request.examples, filters=request.filters or {}, avoid=request.avoid,
                 exclude=request.exclude)  # fmt: skip


def talked_about(items: Sequence[Item]) -> DialogueManager:
    """The dialogue of a catalogue without an index: every word counts as known."""
    return DialogueManager(items, find_roles(items))


@contextmanager
def world(name: str, folder: Path, encoder: TextEncoder) -> Iterator[World]:
    """A catalogue with an index of its own in a folder."""
    items, root = items_of(name), folder / name
    root.mkdir(parents=True)
    cache = EmbeddingCache(root / "embeddings.db", encoder)
    build_index(root / "index", items, _histories() if name == "films" else (), cache)
    index = Index.open(root / "index", items)
    try:
        manager = DialogueManager(index.items, dict(index.roles), lambda word: word in index.words.column)
        yield World(name, items, manager, Retriever(index, encoder))
    finally:
        index.close()
