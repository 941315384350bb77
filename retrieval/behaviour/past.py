"""What everybody chose, as columns: who, what, when, in what situation, and what is known of the person.

Knows item positions (0..n-1) and the catalogue's types; knows neither files nor which kinds of event are choices: the
caller has picked those out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..catalogue import Event
from .covisitation import Sequences

PARTS_OF_DAY = ("night", "morning", "afternoon", "evening")
"""Six hours each from midnight. Hours are in UTC, as all times here are: what matters is that log and request agree."""


@dataclass(frozen=True, slots=True)
class Past:
    """One person's choices, oldest first, and what they told us about themselves. Every event has an item."""

    events: Sequence[Event]
    attributes: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Sequence[str]) -> Past:
        """From item ids alone, where nothing else is known."""
        return cls([Event("", "", item, "seen") for item in items])


@dataclass(frozen=True, slots=True)
class Log:
    """Columns of one length, grouped by user and oldest first within a user; every item is one of the catalogue.

    `days` is the time as days since 1970, NaN where there is none. `situations` are rows of `contexts`, `users` rows
    of `people`.
    """

    users: NDArray[np.int32]
    items: NDArray[np.int32]
    days: NDArray[np.float64]
    situations: NDArray[np.int32]
    contexts: Sequence[Mapping[str, str]]
    people: Sequence[Mapping[str, object]]

    @classmethod
    def of(cls, pasts: Iterable[Past], position: Mapping[str, int]) -> Log:
        """Choices of items that are not in `position` are left out."""
        users: list[int] = []
        items: list[int] = []
        days: list[float] = []
        situations: list[int] = []
        contexts: dict[tuple[tuple[str, str], ...], int] = {}
        people: list[Mapping[str, object]] = []
        for user, past in enumerate(pasts):
            people.append(past.attributes)
            for event in past.events:
                if event.item is None or event.item not in position:
                    continue
                users.append(user)
                items.append(position[event.item])
                days.append(event.at.timestamp() / 86400 if event.at else np.nan)
                told = tuple(sorted(situation(event.context, event.at).items()))
                situations.append(contexts.setdefault(told, len(contexts)))
        return cls(
            np.array(users, np.int32), np.array(items, np.int32), np.array(days, np.float64),
            np.array(situations, np.int32), [dict(each) for each in contexts], people,
        )  # fmt: skip

    def sequences(self) -> Sequences:
        """Who chose what after what; immediate repetitions of an item count once."""
        repeated = (self.users[1:] == self.users[:-1]) & (self.items[1:] == self.items[:-1])
        kept = np.concatenate([np.ones(min(len(self.users), 1), bool), ~repeated])
        return Sequences(self.users[kept], self.items[kept])

    def fingerprint(self) -> str:
        """Hash of all of it."""
        digest = hashlib.sha256()
        for column in (self.users, self.items, self.days, self.situations):
            digest.update(column.tobytes())
        for description in (*self.contexts, *self.people):
            digest.update(repr(sorted(description.items())).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


def situation(context: Mapping[str, str], at: datetime | None) -> dict[str, str]:
    """A context with what the time says: part of the day and of the week, in UTC. Nothing is added without a time."""
    if at is None:
        return dict(context)
    part_of_week = "weekend" if at.weekday() >= 5 else "weekday"
    return {"part_of_day": PARTS_OF_DAY[at.hour // 6], "part_of_week": part_of_week} | dict(context)
