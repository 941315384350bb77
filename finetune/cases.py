"""Whose choice is to be predicted, from which events: cases for testing and for validation.

Within a user the test comes last and validation before it; nothing that predicts may see a case's target or what came
after it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ..agent.memory import Memory
from ..retrieval.catalogue import CHOOSING_KINDS, Event
from ..retrieval.log import situation

VALIDATION_USERS = 10_000
SHORTEST = 3
"""A user needs so many choices for the last one to be predicted."""


@dataclass(frozen=True, slots=True)
class Case:
    """One user to be predicted: their events before the target, the target, how many events are held back, and the
    situation of the choice where it is known (see `retrieval.log.situation`)."""

    user: str
    events: Sequence[Event]
    target: str
    held_back: int = 0
    context: Mapping[str, str] = field(default_factory=dict)


def case_of(memory: Memory, user: str, target: str) -> Case:
    """The user's events up to the target; what stands in the log from the target on is held back."""
    events = memory.history(user)
    before = before_target(events, target)
    held = events[len(before) :]
    return Case(user, before, target, len(held), situation(held[0].context, held[0].at) if held else {})


def before_target(events: Sequence[Event], target: str) -> Sequence[Event]:
    """The events before the target was first chosen; all of them when it never was."""
    places = (at for at, event in enumerate(events) if event.item == target and event.kind in CHOOSING_KINDS)
    return events[: next(places, len(events))]


def validation_cases(
    memory: Memory, test: Mapping[str, str], users: int = VALIDATION_USERS, seed: int = 0
) -> tuple[list[Case], dict[str, int]]:
    """The last new choice of up to `users` users, drawn with a fixed seed, and how many of whose events to hold back.

    New is what the user had not chosen before. Items that have left the catalogue do not count.

    A test target that stands in the log is held back too, with what came after it: no fit may see it.
    """
    cases, held_back, present = [], {}, {item.id for item in memory.items()}
    for user, log in groupby(memory.all_events(), key=lambda event: event.user):
        everything = list(log)
        events = before_target(everything, test[user]) if user in test else everything
        if len(events) < len(everything):
            held_back[user] = len(everything) - len(events)
        places = [at for at, event in enumerate(events) if event.kind in CHOOSING_KINDS and event.item in present]
        first = max({events[at].item: at for at in reversed(places)}.values(), default=-1)
        if sum(at <= first for at in places) >= SHORTEST:
            target, situated = events[first].item or "", situation(events[first].context, events[first].at)
            cases.append(Case(user, events[:first], target, len(everything) - first, situated))
    random.Random(seed).shuffle(cases)
    return cases[:users], held_back | {case.user: case.held_back for case in cases[:users]}
