"""Two lists in the drawer: what a person saved, and what they did and talked about so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from itertools import groupby

from ...retrieval.catalogue import Event, Item
from ...retrieval.evidence import Polarity
from ..knowledge.phrases import deeds
from ..text import inert
from . import words
from .card import button_html
from .drawer import drawer_html, opener_html, row_html
from .facts import title_of
from .images import Images

_POLARITIES: dict[str, Polarity] = {"like": "liked", "dislike": "disliked"}


@dataclass(frozen=True, slots=True)
class Talk:
    """One of a browser's conversations: its number, its first message, how many there are."""

    number: int
    first: str
    messages: int
    current: bool


def saved_html(items: Sequence[Item], images: Images, mark: str) -> str:
    """The saved items, newest first, each with a way off the list."""
    rows = "".join(
        row_html(each, images.of(each), mark, at,
                 button_html("unsave", mark, at, title_of(each), words.REMOVE))
        for at, each in enumerate(items, start=1)
    )  # fmt: skip
    content = f'<ol class="som-rows">{rows}</ol>' if rows else f"<p>{words.NOTHING_SAVED}</p>"
    return drawer_html(words.SAVED_LIST, content)


def history_html(deeds: Sequence[tuple[Event, Item]], mark: str, talks: Sequence[Talk]) -> str:
    """The conversations of this browser, and what the person did with items, by day, both newest first."""
    said = "".join(_talk(each) for each in talks)
    done = "".join(_day(day, rows, mark) for day, rows in _days(deeds))
    conversations = f'<section><h3>{words.CONVERSATIONS}</h3><ol class="som-rows">{said}</ol></section>' if said else ""
    return drawer_html(words.HISTORY, f"{conversations}{done or f'<p>{words.NOTHING_DONE}</p>'}")


def _talk(talk: Talk) -> str:
    count = words.counted(words.MESSAGES, talk.messages)
    label = words.PRESENT.format(count=count) if talk.current else count
    named = words.BACK_TO.format(message=talk.first)
    button = button_html("talk", "talks", talk.number, talk.first, inert(talk.first, 90), named=named)
    return f'<li class="som-row som-plain"><div>{button}<p class="som-small">{label}</p></div></li>'


def _days(done: Sequence[tuple[Event, Item]]) -> Iterable[tuple[date | None, list[tuple[int, Event, Item]]]]:
    numbered = [(at, event, item) for at, (event, item) in enumerate(done, start=1)]
    for day, rows in groupby(numbered, key=lambda each: each[1].at and each[1].at.astimezone().date()):
        yield day, list(rows)


def _day(day: date | None, rows: Iterable[tuple[int, Event, Item]], mark: str) -> str:
    lines = "".join(
        f'<li class="som-row som-plain"><div><p>{_deed(event, item)}</p>{opener_html(item, mark, at)}</div></li>'
        for at, event, item in rows
    )
    return f'<section><h3>{_named(day)}</h3><ol class="som-rows">{lines}</ol></section>'


def _deed(event: Event, item: Item) -> str:
    done = deeds(event.kind, _POLARITIES.get(event.kind, "neutral"), item.attributes)
    return inert(words.YOU_DID.format(deed=done[0]) if done else event.kind, 60)


def _named(day: date | None) -> str:
    if day is None:
        return words.UNDATED
    if day == datetime.now(timezone.utc).astimezone().date():
        return words.TODAY
    return day.strftime(words.DAY)
