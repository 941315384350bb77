"""Folders of public research data that can be loaded by name.

Knows how each folder writes its items, users and histories. Holds none of the data.
A preset's readers are generators, so a large folder is never held in memory as a whole.
"""

from __future__ import annotations

import ast
import hashlib
import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ..catalogue import AttributeValue, CatalogueError, Event, EventKind, Item
from .columns import FieldMap
from .records import EventOrReject, ItemOrReject, derive_event_id, read_events
from .rejects import RAW_LIMIT, Reject
from .sources import FIELD_LIMIT, Row, RowOrReject, count_rows, is_storable, read_columns, read_rows

OFFICE_SEED = 1
OFFICE_SHARES = {"tune": 0.2, "validation": 0.2, "test": 0.6}
"""Shares of users. The test share is the largest: a figure needs at least 1,000 users behind it."""
MOST_TAGS = 8

Part: TypeAlias = Literal["tune", "validation", "test"]
HeldOut: TypeAlias = "list[tuple[str, str]]"
"""(user, item) pairs that are left out of the events."""

_TITLE_YEAR = re.compile(r"(.*\S)\s*\((\d{4})\)\s*", re.DOTALL)
_TRAILING_ARTICLE = re.compile(r"(.+), (The|A|An)((?: \(.*)?)$", re.DOTALL)
_MARKUP = re.compile(r"<!--.*?-->|<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preset:
    """How to read one kind of folder. `events` is given the ids of the loaded items; an event on another item is
    rejected. `held_out` lists what the preset itself keeps back for a test (none for folders that come split)."""

    name: str
    files: tuple[str, ...]
    items: Callable[[Path], Iterator[ItemOrReject]]
    events: Callable[[Path, Collection[str]], Iterator[EventOrReject]]
    count_events: Callable[[Path], int]
    held_out: Callable[[Path], HeldOut] | None = None

    def check(self, folder: Path) -> None:
        """Raise CatalogueError when `folder` lacks one of the preset's files."""
        missing = [name for name in self.files if not (folder / name).is_file()]
        if missing:
            raise CatalogueError(f"{folder}: the preset {self.name} needs {', '.join(missing)} in this folder.")


def find_preset(name: str) -> Preset:
    """The preset of this name. Raises CatalogueError naming the ones there are."""
    if name not in PRESETS:
        raise CatalogueError(f"There is no preset {name!r}; there are {', '.join(PRESETS)}.")
    return PRESETS[name]


# --- MovieLens -----------------------------------------------------------------------------------------------------


def _film(identity: str, title: str, genres: str, tags: tuple[str, ...] = ()) -> Item:
    """`"Matrix, The (1999)"` becomes the title `"The Matrix"` and the year 1999."""
    attributes: dict[str, AttributeValue] = {}
    dated = _TITLE_YEAR.fullmatch(title)
    if dated:
        title, attributes["year"] = dated[1], int(dated[2])
    listed = tuple(genre for genre in genres.strip().split("|") if genre and not genre.startswith("("))
    if listed:
        attributes["genres"] = listed
    if tags:
        attributes["tags"] = tags
    return Item(identity, _TRAILING_ARTICLE.sub(r"\2 \1\3", title.strip()), "", attributes)


def _movielens_small_items(folder: Path) -> Iterator[ItemOrReject]:
    tags = _movielens_tags(folder / "tags.csv")
    seen: set[str] = set()
    for row in _rows(folder / "movies.csv", "movieId", "title", "genres"):
        if isinstance(row, Reject):
            yield row
            continue
        identity, title, genres = (row.values[name] for name in ("movieId", "title", "genres"))
        yield _once(seen, _film(identity, title, genres, tags.get(identity, ())), "movies.csv", row.line)


def _movielens_tags(path: Path) -> dict[str, tuple[str, ...]]:
    """The most used tags of each film, lower case; equals in alphabetical order."""
    used: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in _rows(path, "movieId", "tag"):
        if isinstance(row, Row) and row.values["tag"].strip():
            used[row.values["movieId"]][row.values["tag"].strip().lower()] += 1
    return {
        item: tuple(sorted(counts, key=lambda tag: (-counts[tag], tag))[:MOST_TAGS]) for item, counts in used.items()
    }


def _movielens_small_events(folder: Path, items: Collection[str]) -> Iterator[EventOrReject]:
    return read_events(folder / "ratings.csv", FieldMap(), items)


def _movielens_1m_items(folder: Path) -> Iterator[ItemOrReject]:
    seen: set[str] = set()
    with (folder / "movies.dat").open(encoding="latin-1") as file:
        for number, line in enumerate(file, start=1):
            parts = line.rstrip("\n").split("::")
            if len(parts) == 3:
                yield _once(seen, _film(parts[0], parts[1], parts[2]), "movies.dat", number)
            else:
                detail = f"{len(parts)} instead of 3"
                yield Reject("movies.dat", number, "wrong number of columns", detail, raw=line[:RAW_LIMIT])


def _movielens_1m_events(folder: Path, items: Collection[str]) -> Iterator[EventOrReject]:
    for row in _rows(folder / "interactions.tsv", "user_id", "movie_id", "pos", "ge3", "eq5"):
        if isinstance(row, Reject):
            yield row
            continue
        user, item, position = (row.values[name] for name in ("user_id", "movie_id", "pos"))
        kind, value = _judgement(row.values["ge3"], row.values["eq5"])
        yield _event("interactions.tsv", row.line, items, user, item, kind, position, value)


def _judgement(at_least_3: str, exactly_5: str) -> tuple[EventKind, float | None]:
    """The folder gives two flags in place of stars: five stars, the middle of 3-4, the upper end of 1-2."""
    if exactly_5 == "1":
        return "rating", 5.0
    if at_least_3 in ("0", "1"):
        return "rating", 3.5 if at_least_3 == "1" else 2.0
    return "seen", None


# --- Amazon --------------------------------------------------------------------------------------------------------


def _games_items(folder: Path) -> Iterator[ItemOrReject]:
    seen: set[str] = set()
    for row in _rows(folder / "items.tsv", "item_id:token", "title:token_seq"):
        if isinstance(row, Reject):
            yield row
            continue
        identity, title = row.values["item_id:token"], row.values["title:token_seq"]
        yield _once(seen, Item(identity, _plain(title)), "items.tsv", row.line)


def _games_events(folder: Path, items: Collection[str]) -> Iterator[EventOrReject]:
    for row in _rows(folder / "histories.tsv", "user_id", "item_ids"):
        if isinstance(row, Reject):
            yield row
            continue
        for position, item in enumerate(row.values["item_ids"].split()):
            yield _event("histories.tsv", row.line, items, row.values["user_id"], item, "purchase", position)


def _count_purchases(folder: Path) -> int:
    return (folder / "histories.tsv").read_bytes().count(b" ") + count_rows(folder / "histories.tsv")


def _office_items(folder: Path) -> Iterator[ItemOrReject]:
    try:
        listed = json.loads((folder / "items.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise CatalogueError(f"{folder / 'items.json'}: this is not a JSON file ({error}).") from None
    for number, (identity, values) in enumerate(listed.items(), start=1):
        yield _office_item(number, identity, values)


def _office_item(number: int, identity: str, values: dict[str, Any]) -> ItemOrReject:
    text = _plain(" ".join(_written_parts(values.get("description"))))
    if len(text) > FIELD_LIMIT:
        return Reject("items.json", number, "field too large", f"{len(text):,} characters", "description")
    attributes: dict[str, AttributeValue] = {}
    brand = _plain(values.get("brand") or "")
    categories = tuple(filter(None, map(_plain, _written_parts(values.get("categories")))))
    if brand:
        attributes["brand"] = brand
    if categories:
        attributes["categories"] = categories
    return _once(set(), Item(identity, _plain(values.get("title") or ""), text, attributes), "items.json", number)


def _written_parts(value: object) -> list[str]:
    """A list, a list written as text (`"['a', 'b']"`), or plain text: its parts."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return [str(value).strip("[]'\" ")]
    if isinstance(value, list):
        return [str(each) for each in value]
    return [str(value)] if value else []


def _plain(text: str) -> str:
    """Text without markup, entities and runs of white space."""
    return " ".join(_MARKUP.sub(" ", html.unescape(text)).replace("\x00", " ").split())


def office_part(user: str) -> Part:
    """Which part of the split a user belongs to; fixed by the id and `OFFICE_SEED` alone."""
    digest = hashlib.blake2b(f"{OFFICE_SEED}:{user}".encode(), digest_size=8).digest()
    share = int.from_bytes(digest, "big") / 2**64
    if share < OFFICE_SHARES["tune"]:
        return "tune"
    return "validation" if share < OFFICE_SHARES["tune"] + OFFICE_SHARES["validation"] else "test"


def _office_events(folder: Path, items: Collection[str]) -> Iterator[EventOrReject]:
    """Each user's whole sequence once; a test user's without its last item."""
    histories, rejects = _office_histories(folder)
    yield from rejects
    for user, (line, sequence) in histories.items():
        kept = sequence[:-1] if office_part(user) == "test" else sequence
        for position, item in enumerate(kept):
            yield _event("valid.csv", line, items, user, item, "purchase", position)


def _office_held_out(folder: Path) -> HeldOut:
    histories, _ = _office_histories(folder)
    return [(user, sequence[-1]) for user, (_, sequence) in sorted(histories.items()) if office_part(user) == "test"]


def _office_histories(folder: Path) -> tuple[dict[str, tuple[int, list[str]]], list[Reject]]:
    """user -> (first line, items oldest first), put together from rows that each show up to ten items and the next."""
    histories: dict[str, tuple[int, list[str]]] = {}
    rejects: list[Reject] = []
    for row in _rows(folder / "valid.csv", "user_id", "history_item_id", "item_id"):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        shown = [part.strip() for part in row.values["history_item_id"].strip("[] ").split(",") if part.strip()]
        _, sequence = histories.setdefault(row.values["user_id"], (row.line, []))
        _extend(sequence, [*shown, row.values["item_id"].strip()])
    return histories, rejects


def _extend(sequence: list[str], window: list[str]) -> None:
    """Append what `window` shows beyond `sequence`. The window's start overlaps the end of what is known; the longest
    overlap is taken, and never the whole window: its last item is always a new purchase, also of a known item."""
    for overlap in range(min(len(sequence), len(window) - 1), -1, -1):
        if sequence[len(sequence) - overlap :] == window[:overlap]:
            sequence.extend(window[overlap:])
            return


# --- Shared --------------------------------------------------------------------------------------------------------


def _rows(path: Path, *columns: str) -> Iterator[RowOrReject]:
    """Rows of `path`, which must have these columns. Raises CatalogueError if it has not."""
    present = read_columns(path)
    missing = [column for column in columns if column not in present]
    if missing:
        raise CatalogueError(f"{path}: there is no column {missing[0]!r}; this is not the file that the preset knows.")
    return read_rows(path)


def _once(seen: set[str], item: Item, file: str, line: int) -> ItemOrReject:
    """`item`, unless it lacks an id or a title, repeats an id or cannot be stored."""
    if not item.id:
        return Reject(file, line, "missing id", raw=item.title[:RAW_LIMIT])
    if not item.title:
        return Reject(file, line, "missing title", raw=item.id)
    if item.id in seen:
        return Reject(file, line, "duplicate id", item.id, raw=item.title[:RAW_LIMIT])
    if not is_storable(item.id + item.title + item.text):
        return Reject(file, line, "broken UTF-8", raw=item.title[:RAW_LIMIT])
    seen.add(item.id)
    return item


def _event(
    file: str, line: int, items: Collection[str], user: str, item: str, kind: EventKind, position: int | str,
    value: float | None = None,
) -> EventOrReject:  # fmt: skip
    if not user:
        return Reject(file, line, "missing user")
    if item not in items:
        return Reject(file, line, "unknown item", item[:RAW_LIMIT], raw=f"{user} {item}"[:RAW_LIMIT])
    try:
        place = int(position)
    except ValueError:
        return Reject(file, line, "not a whole number", str(position)[:RAW_LIMIT], "pos")
    return Event(derive_event_id(user, item, kind, value, None, place), user, item, kind, value, None, place)


def _count_lines(name: str, folder: Path) -> int:
    return count_rows(folder / name)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("movielens-small", ("movies.csv", "tags.csv", "ratings.csv"), _movielens_small_items,
               _movielens_small_events, partial(_count_lines, "ratings.csv")),
        Preset("movielens-1m", ("movies.dat", "interactions.tsv"), _movielens_1m_items, _movielens_1m_events,
               partial(_count_lines, "interactions.tsv")),
        Preset("amazon-games", ("items.tsv", "histories.tsv"), _games_items, _games_events, _count_purchases),
        Preset("amazon-office", ("items.json", "valid.csv"), _office_items, _office_events,
               partial(_count_lines, "valid.csv"), _office_held_out),
    )
}  # fmt: skip
