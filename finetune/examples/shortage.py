"""What a log lacks to be tuned on, in one sentence. Knows the events and what was made of them, and no training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from ...agent.memory.memory import Memory
from ...retrieval.event_kinds import SEQUENCE_KINDS
from ..evaluation.cases import SHORTEST
from .training_data import DataCard, checked_people

FEWEST_PEOPLE = 5
"""With fewer, nobody is left to check on (see `checked_people`)."""


def shortage(memory: Memory, data: DataCard, fresh: Collection[str] | None = None) -> str | None:
    """What is missing, where nothing can be learned from or nothing checked on; None where both can.

    `data` is what `make_examples` made, of all events or of those that are `fresh` (ids) and as many earlier ones.
    """
    if data.checked and data.examples > data.checked:
        return None
    if not data.choices:
        return _no_choices(_kinds(memory, fresh), "events" if fresh is None else "new events")
    if not checked_people(data.users):
        return (f"Tuning takes {FEWEST_PEOPLE} people with choices enough, one of them to check on, and there "
                f"{'is' if data.users == 1 else 'are'} {data.users:,}: log what more people choose.")  # fmt: skip
    side = "learn from" if data.checked else "check on"
    return (f"Of {data.users:,} people with choices enough {checked_people(data.users):,} are for checking, and no "
            f"example could be made of those to {side}, whose choices are not among retrieval's candidates: take more "
            "people or more tasks, or log more of what people choose.")  # fmt: skip


def _kinds(memory: Memory, fresh: Collection[str] | None) -> Mapping[str, int]:
    return Counter(event.kind for event in memory.events.all() if fresh is None or event.id in fresh)


def _no_choices(kinds: Mapping[str, int], events: str) -> str:
    choices = sum(count for kind, count in kinds.items() if kind in SEQUENCE_KINDS)
    there = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items(), key=lambda each: -each[1]))
    if not choices:
        chosen = ", ".join(sorted(SEQUENCE_KINDS))
        return (f"None of the {sum(kinds.values()):,} {events} is a choice{f' ({there})' if there else ''}, and tuning "
                f"learns from choices: log events of the kinds {chosen}.")  # fmt: skip
    return (f"Of the {sum(kinds.values()):,} {events} ({there}) {choices:,} are choices, and none can be learned from: "
            f"that takes people with {SHORTEST + 1} choices of different items of the catalogue, since the last is for "
            "checking and the first say who they are; log more of what the same people choose.")  # fmt: skip
