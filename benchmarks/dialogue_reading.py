"""How well messages are read: against labels that people who had not seen the reader gave them.

Knows the labelled files of the tests. What is held out nobody looks at who works on the reader: of every language a
file of its own, and of the languages beside English half of the first file too, drawn by the hash of the message.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dialogue_world import CATALOGUES, SHELF, items_of, labels, talked_about
from sommelier.agent.dialogue.reader import RuleReader
from sommelier.agent.dialogue.schema import CatalogueSchema
from sommelier.agent.dialogue.state import request_of, with_shelf
from sommelier.agent.dialogue_state import Act, DialogueState
from sommelier.agent.knowledge.language import languages
from sommelier.retrieval.attribute_roles import find_roles
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.filters import matcher

LANGUAGES = ("english", "german", "spanish", "french", "chinese")
HELD_OUT_FILES = tuple(f"{language}_heldout" for language in LANGUAGES)
WORKED_ON = "_development"
"""What the names of files end with that the reader was made from."""
FILES = (*LANGUAGES, *HELD_OUT_FILES, f"english{WORKED_ON}")
ALL, HALF, OWN_FILE = "all", "held-out half", "held-out file"

Row = Mapping[str, Any]


def is_held_out(row: Row) -> bool:
    """Whether nobody looks at this message who works on the reader."""
    return part_of(row) != ALL


def part_of(row: Row) -> str:
    """The held-out part that a message belongs to; "all" where it belongs to none."""
    if row.get("file") in HELD_OUT_FILES:
        return OWN_FILE
    odd = hashlib.sha256(row["message"].encode()).digest()[0] % 2 == 1
    return HALF if odd and row["language"] != "en" else ALL


@dataclass
class Tally:
    """What was right and wrong of some messages."""

    slots: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    main_acts: int = 0
    all_acts: int = 0

    @property
    def f1(self) -> float:
        """Of slots."""
        right, wrong, missed = (self.slots[each] for each in ("right", "wrong", "missed"))
        return 2 * right / max(2 * right + wrong + missed, 1)

    @property
    def act_accuracy(self) -> float:
        """Share of messages whose main act was seen."""
        return self.main_acts / max(self.messages, 1)

    def add(self, slots: Counter[str], found: Sequence[str], labelled: Sequence[str]) -> None:
        """One more message."""
        self.slots += slots
        self.messages += 1
        self.main_acts += found[:1] == labelled[:1]
        self.all_acts += set(found) == set(labelled)


class LabelledReading:
    """The reader of each catalogue, on labelled messages."""

    def __init__(self) -> None:
        self._labels = labels()
        self._items = {name: items_of(name) for name in CATALOGUES}
        self._by_id = {name: {item.id: item for item in items} for name, items in self._items.items()}
        self._readers = {name: RuleReader(CatalogueSchema.of(items, find_roles(items)), items)
                         for name, items in self._items.items()}  # fmt: skip

    def tallies(self) -> dict[tuple[str, str, str], Tally]:
        """By catalogue, language and part of the file; a language that is not spoken is left out."""
        found: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
        for row in self._rows():
            acts = self._acts(row)
            known = self._by_id[row["catalogue"]]
            slots = self._labels.compare(row["slots"], self._labels.found_slots(acts, known), known)
            for part in {ALL, part_of(row)}:
                tally = found[row["catalogue"], row["language"], part]
                tally.add(slots, self._labels.acts_of(acts), row["acts"])
        return found

    def false_readings(self, part: str = "") -> list[tuple[Row, list[Any]]]:
        """Messages without a constraint, in which one was seen, with what was seen."""
        found = []
        for row in self.unconstrained(part):
            slots = self._labels.found_slots(self._acts(row), self._by_id[row["catalogue"]])
            found += [(row, slots)] if slots else []
        return found

    def unconstrained(self, part: str = "") -> list[Row]:
        """The messages without a constraint that are in a language that is spoken. `part`: "" or `WORKED_ON`."""
        return [row for row in self._labels.rows(f"no_constraint{part}.jsonl") if row["language"] in languages()]

    def _rows(self) -> Iterator[Row]:
        for name in FILES:
            rows = self._labels.rows(f"{name}.jsonl")
            yield from ({**row, "file": name} for row in rows if row["language"] in languages())

    def _acts(self, row: Row) -> Sequence[Act]:
        state = self._labels.state_with_shelf(self._items[row["catalogue"]], row["language"])
        return self._readers[row["catalogue"]].read(row["message"], state).acts


@dataclass
class StateTally:
    """Turns and conversations whose constraints in force were all right, and nothing beside them."""

    turns: int = 0
    right_turns: int = 0
    right_moves: int = 0
    conversations: int = 0
    right_to_the_last: int = 0
    right_throughout: int = 0


@dataclass(frozen=True)
class WrongState:
    """A turn of a conversation after which, for the first time, other constraints are in force than should be."""

    conversation: str
    turn: int
    said: Sequence[str]
    wanted: Sequence[Any]
    found: Sequence[Any]


class LabelledConversations:
    """Labelled conversations replayed; the best known items that are allowed stand for the shelf."""

    def __init__(self) -> None:
        self._labels = labels()
        self._items = {name: items_of(name) for name in CATALOGUES}
        self._managers = {name: talked_about(items) for name, items in self._items.items()}
        self.wrong: list[WrongState] = []

    def tallies(self) -> dict[tuple[str, str], StateTally]:
        """By catalogue and language; what the reader was made from stands apart."""
        found: dict[tuple[str, str], StateTally] = defaultdict(StateTally)
        for part, said in (("", ""), (WORKED_ON, ", worked on")):
            for row in self._labels.rows(f"conversations{part}.jsonl"):
                if row["language"] in languages():
                    self._replay(row, found[row["catalogue"], row["language"] + said])
        return found

    def _replay(self, row: Row, tally: StateTally) -> None:
        right, moves = zip(*self._turns(row), strict=True)
        tally.turns += len(right)
        tally.right_turns += sum(right)
        tally.right_moves += sum(moves)
        tally.conversations += 1
        tally.right_to_the_last += right[-1]
        tally.right_throughout += all(right)

    def _turns(self, row: Row) -> Iterator[tuple[bool, bool]]:
        """Of each turn, whether the state is right, and whether there is a shelf where one should be."""
        items, manager = self._items[row["catalogue"]], self._managers[row["catalogue"]]
        state, right = DialogueState(language=row["language"]), True
        for at, turn in enumerate(row["turns"]):
            step = manager.step(turn["say"], state)
            state = step.after
            if step.move == "shelf":
                state = with_shelf(state, [each.id for each in stand_ins(items, state)])
            found = in_force(state, self._labels)
            is_right = self._is_right(turn["state"], found, state, items)
            if right and not is_right:
                said = [each["say"] for each in row["turns"][: at + 1]]
                self.wrong.append(WrongState(row["id"], at, said, turn["state"], found))
            right = is_right
            yield is_right, (step.move == "shelf") == turn["shelf"]

    def _is_right(
        self, wanted: Sequence[Any], found: Sequence[Any], state: DialogueState, items: Sequence[Item]
    ) -> bool:
        known = {item.id: item for item in items}
        titles = {known[each].title for each in (*state.excluded, *state.examples)}
        named = {value for op, name, value, *_ in wanted if name == "title" and op in ("out", "example")}
        slots = [each for each in wanted if each[1] != "title"]
        counted = self._labels.compare(slots, found, known)
        return named <= titles and not counted["wrong"] and not counted["missed"]


def stand_ins(items: Iterable[Item], state: DialogueState) -> list[Item]:
    """The best known items that a state allows."""
    request = request_of(state)
    meets = matcher(request.filters or {})
    allowed = (each for each in items if each.id not in request.exclude and meets(each))
    return [each for each, _ in zip(allowed, range(SHELF), strict=False)]


def in_force(state: DialogueState, reading: Any) -> list[Any]:  # noqa: ANN401 - a module of the tests
    """The constraints that hold, as slots; bounds measured by something shown are left out, as their labels are."""
    own = [each for each in state.constraints if not each.relative]
    return [slot for each in own for slot in reading.constraint_slots(each)]


def said(rows: Iterable[WrongState]) -> str:
    """Wrong states for people."""
    return "\n\n".join(
        f"{each.conversation}, turn {each.turn + 1}: {' / '.join(each.said)}\n"
        f"  wanted {json.dumps(each.wanted)}\n  found  {each.found}"
        for each in rows
    )
