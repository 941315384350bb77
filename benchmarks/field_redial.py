"""ReDial's validation dialogues as a catalogue, a log and questions.

R. Li et al., "Towards Deep Conversational Recommendations", NeurIPS 2018. A film that is mentioned counts as seen by
the dialogue, which stands in the place of a user. Names in turns and codes in texts are matched to the catalogue by
name; where two films share one, the first stands for both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sommelier.agent.dialogue_state import DialogueState
from sommelier.agent.turn import Turn as LoggedTurn
from sommelier.retrieval.catalogue import AttributeValue, CatalogueError, Event, Item

FILES = ("movies.json", "valid_dialogues.jsonl", "valid_turns.jsonl")

_TITLE_YEAR = re.compile(r"(.*\S)\s*\((\d{4})\)")
_CODE = re.compile(r"@(\d+)")


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn in which films were recommended: what was said before, the films named by then (oldest first), and the
    recommended ones among the rest. `place` is that of its message among the dialogue's."""

    dialogue: str
    said: Sequence[str]
    mentioned: Sequence[str]
    targets: Sequence[str]
    place: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a dialogue: by the seeker of advice or the other, with the films that it mentions."""

    seeker: bool
    text: str
    films: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ReDial:
    """`dialogues`: id -> films in the order of their first mention. `liked`: id -> those of them of which the seeker of
    advice said whether they liked them. `messages`: id -> all that was said, with the names of films written out."""

    items: Sequence[Item]
    dialogues: Mapping[str, Sequence[str]]
    turns: Sequence[Turn]
    liked: Mapping[str, Mapping[str, bool]]
    messages: Mapping[str, Sequence[Message]]

    @classmethod
    def read(cls, folder: Path) -> ReDial:
        """Raises CatalogueError when a file is missing."""
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise CatalogueError(f"{folder}: ReDial needs {', '.join(missing)} in this folder")
        films: dict[str, dict[str, Any]] = json.loads((folder / FILES[0]).read_text(encoding="utf-8"))
        named: dict[str, str] = {}
        for id in sorted(films):
            named.setdefault(_plain(films[id]["name"]), id)
        same = {id: named[_plain(film["name"])] for id, film in films.items()}
        told = {str(each["conversationId"]): each for each in _lines(folder / FILES[1])}
        messages = {id: each["messages"] for id, each in told.items()}
        dialogues = {id: [film for _, film in _mentions(said, same)] for id, said in messages.items()}
        turns = [_turn(row, messages.get(row["dialog_id"], ()), named, same) for row in _lines(folder / FILES[2])]
        liked = {id: _opinions(each, same) for id, each in told.items()}
        names = {id: _plain(film["name"]) for id, film in films.items()}
        spoken = {id: [_message(each, told[id], names, same) for each in said] for id, said in messages.items()}
        return cls([_film(id, film) for id, film in films.items()], dialogues, turns, liked, spoken)

    def events(self) -> Iterator[Event]:
        """Every mention as an event of its dialogue."""
        for dialogue, films in self.dialogues.items():
            yield from mentions(dialogue, films)


def logged(turns: Iterable[Turn], dialogues: Mapping[str, Sequence[str]]) -> Iterator[LoggedTurn]:
    """The turns as an engine would have logged them that understood every mention as something liked."""
    began = datetime(2018, 1, 1, tzinfo=UTC)
    for place, turn in enumerate(turns):
        state = DialogueState(wishes=(asked(turn),), loved=tuple(dialogues[turn.dialogue]))
        yield LoggedTurn(f"{turn.dialogue} {place}", turn.dialogue, turn.dialogue, asked(turn), "", (), {},
                         began + timedelta(minutes=place), state=state)  # fmt: skip


def asked(turn: Turn) -> str:
    """The request: all that was said before, newest first, since long texts are cut at their end."""
    return " ".join(reversed(turn.said))


def mentions(dialogue: str, films: Iterable[str]) -> list[Event]:
    """Films mentioned in a dialogue as its events, in this order."""
    return [Event(f"{dialogue} {place}", dialogue, film, "seen", position=place) for place, film in enumerate(films)]


def _turn(
    row: Mapping[str, Any], messages: Iterable[Mapping[str, Any]], named: Mapping[str, str], same: Mapping[str, str]
) -> Turn:
    told = [film for place, film in _mentions(messages, same) if place < row["turn_id"]]
    listed = [named[_plain(name)] for name in row["entity"] if _plain(name) in named]
    mentioned = list(dict.fromkeys(told + listed))
    recommended = dict.fromkeys(named[_plain(name)] for name in row["rec"] if _plain(name) in named)
    targets = [film for film in recommended if film not in mentioned]
    said = [_plain(text) for text in row["context"] if text.strip()]
    return Turn(row["dialog_id"], said, mentioned, targets, row["turn_id"])


def _message(
    message: Mapping[str, Any], dialogue: Mapping[str, Any], names: Mapping[str, str], same: Mapping[str, str]
) -> Message:
    text = _CODE.sub(lambda code: names.get(code[1], code[0]), message["text"])
    films = [same[code] for code in _CODE.findall(message["text"]) if code in same]
    return Message(message.get("senderWorkerId") == dialogue.get("initiatorWorkerId"), _plain(text), films)


def _mentions(messages: Iterable[Mapping[str, Any]], same: Mapping[str, str]) -> list[tuple[int, str]]:
    """(turn, film) of each film's first mention."""
    first: dict[str, int] = {}
    for message in messages:
        for code in _CODE.findall(message["text"]):
            if code in same:
                first.setdefault(same[code], message["turn_id"])
    return [(turn, film) for film, turn in first.items()]


def _opinions(dialogue: Mapping[str, Any], same: Mapping[str, str]) -> dict[str, bool]:
    """The seeker's answers that are a yes or a no; where nobody was asked, the form holds a list."""
    answers = dialogue.get("initiatorQuestions") or {}
    return {
        same[code]: each["liked"] == 1 for code, each in answers.items() if code in same and each["liked"] in (0, 1)
    }


def _film(id: str, film: Mapping[str, Any]) -> Item:
    title = _plain(film["name"])
    dated = _TITLE_YEAR.fullmatch(title)
    facets = {"genres": film["genre"], "director": film["director"], "star": film["star"]}
    attributes: dict[str, AttributeValue] = {name: tuple(values) for name, values in facets.items() if values}
    if dated:
        title, attributes["year"] = dated[1], int(dated[2])
    return Item(id, title, film["plot"] or "", attributes)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
