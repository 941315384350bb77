"""How long a message takes to be understood, and the state to be moved.

Knows the labelled conversations of the tests."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from dialogue_reading import stand_ins
from dialogue_world import CATALOGUES, items_of, labels
from sommelier.agent.dialogue.language_detection import detect_language
from sommelier.agent.dialogue.manager import DialogueManager
from sommelier.agent.dialogue.reader import RuleReader, Understanding
from sommelier.agent.dialogue.schema import CatalogueSchema
from sommelier.agent.dialogue.state import with_shelf
from sommelier.agent.dialogue_state import DialogueState
from sommelier.agent.turns.answer import MOST_ASKED_ABOUT
from sommelier.retrieval.attribute_roles import find_roles
from sommelier.retrieval.catalogue import Item


@dataclass
class Seconds:
    """Of each message: to tell its language and read it, and to move the state, decide and choose a question."""

    understanding: list[float] = field(default_factory=list)
    deciding: list[float] = field(default_factory=list)


class _TimedReader:
    """A reader that takes its own time."""

    def __init__(self, reader: RuleReader) -> None:
        self._reader = reader
        self.last = 0.0

    def read(self, message: str, state: DialogueState) -> Understanding:
        started = time.perf_counter()
        understood = self._reader.read(message, state)
        self.last = time.perf_counter() - started
        return understood


def seconds_per_message(most: int) -> Seconds:
    """Over the turns of so many English conversations, once warm."""
    taken = Seconds()
    for name in CATALOGUES:
        items = items_of(name)
        reader = _TimedReader(RuleReader(CatalogueSchema.of(items, find_roles(items)), items))
        manager = DialogueManager(items, find_roles(items), reader=reader)
        own = [
            row for row in labels().rows("conversations.jsonl") if (row["catalogue"], row["language"]) == (name, "en")
        ]
        for row in [own[0], *own[:most]]:
            _held(items, manager, reader, [turn["say"] for turn in row["turns"]], Seconds() if row is own[0] else taken)
    return taken


def _held(
    items: Sequence[Item], manager: DialogueManager, reader: _TimedReader, messages: Sequence[str], taken: Seconds
) -> None:
    state = DialogueState()
    for message in messages:
        started = time.perf_counter()
        detect_language(message, state.language)
        detected = time.perf_counter()
        step = manager.step(message, state)
        stepped = time.perf_counter()
        left = list(items[:MOST_ASKED_ABOUT])
        begun = time.perf_counter()
        manager.question(step, partial(list, left))
        taken.understanding.append(detected - started + reader.last)
        taken.deciding.append(
            max(stepped - detected - reader.last - (detected - started), 0) + time.perf_counter() - begun
        )
        state = with_shelf(step.after, [each.id for each in stand_ins(items, step.after)])
