"""Two lists in the drawer: what a person saved, and what they did and talked about so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from markupsafe import Markup

from ...retrieval.catalogue import Event, Item
from ...retrieval.event_kinds import MEANINGS
from ..knowledge.phrases import verbs_for
from ..text import cut
from . import words
from .button import Button, item_button, opener
from .components import show
from .images import Images
from .row import row


@dataclass(frozen=True, slots=True)
class Talk:
    """One of a browser's conversations: its number, its first message, how many there are."""

    number: int
    first: str
    messages: int
    current: bool


@dataclass(frozen=True, slots=True)
class TalkRow:
    """A conversation in the list: a button that goes back to it, and how long it is."""

    opener: Button
    about: str


@dataclass(frozen=True, slots=True)
class Day:
    """What was done on one day: pairs of what it was and a button that opens the item's page."""

    title: str
    rows: Sequence[tuple[str, Button]]


def saved_html(items: Sequence[Item], images: Images, mark: str) -> Markup:
    """The saved items, newest first, each with a way off the list."""
    rows = [
        row(item, images, mark, rank, item_button("unsave", mark, rank, item, words.REMOVE))
        for rank, item in enumerate(items, start=1)
    ]
    return show("saved.html", rows)


def history_html(actions: Sequence[tuple[Event, Item]], mark: str, talks: Sequence[Talk]) -> Markup:
    """The conversations of this browser, and what the person did with items, by day, both newest first."""
    return show("history.html", [_talk_row(talk) for talk in talks], list(_days(actions, mark)))


def _talk_row(talk: Talk) -> TalkRow:
    count = words.counted(words.MESSAGES, talk.messages)
    label = words.BACK_TO.format(message=talk.first)
    button = Button("talk", "talks", talk.number, cut(talk.first, 90), label)
    return TalkRow(button, words.PRESENT.format(count=count) if talk.current else count)


def _days(actions: Sequence[tuple[Event, Item]], mark: str) -> Iterator[Day]:
    numbered = [(rank, event, item) for rank, (event, item) in enumerate(actions, start=1)]
    for day, rows in groupby(numbered, key=lambda each: each[1].at and each[1].at.astimezone().date()):
        yield Day(_title(day), [(_action(event, item), opener(item, mark, rank)) for rank, event, item in rows])


def _action(event: Event, item: Item) -> str:
    done = verbs_for(event.kind, MEANINGS[event.kind].polarity, item.attributes)
    return words.YOU_DID.format(deed=done[0]) if done else event.kind


def _title(day: date | None) -> str:
    if day is None:
        return words.UNDATED
    if day == datetime.now(UTC).astimezone().date():
        return words.TODAY
    return day.strftime(words.DAY)
