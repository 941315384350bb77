"""Readers of the labelled catalogues and of a small one, made once, and what a message amounts to in them."""

import json
from functools import cache

from dialogue_labels import FOLDER, acts_of, catalogue, found_slots, roles, state_with_shelf
from sommelier.agent.dialogue.reader import RuleReader
from sommelier.agent.dialogue.schema import CatalogueSchema
from sommelier.agent.dialogue_state import Constrain, DialogueState, Exclude, Recommend
from sommelier.retrieval.catalogue import Item

GENRES = ("western", "comedy", "horror", "war", "musical", "thriller", "drama", "action")
TITLES = ("Alien", "Aliens", "It", "Heat", "Her", "Jaws", "Dr. No", "No Country for Old Men", "Up", "The Godfather",
          "The Good, the Bad and the Ugly", "Amélie", "1917", "Seven")  # fmt: skip
KEYWORDS = ("film noir", "murder", "zombies", "black and white", "dice", "deck-building")
PEOPLE = ("Clint Eastwood", "Tom Cruise", "Robert De Niro", "Keanu Reeves", "Emma Stone", "Al Pacino", "Joel Coen",
          "Ethan Coen")  # fmt: skip


@cache
def items_of(name):
    """The items of a labelled catalogue."""
    return catalogue(name)


@cache
def reader_of(name):
    """A reader of a labelled catalogue."""
    return _reader(items_of(name))


@cache
def small():
    """(reader, items by id) of fourteen films whose titles are words, and whose genres and people are these."""
    items = [Item(f"f{at}", title, "Something happens.", _fields(at)) for at, title in enumerate(TITLES)]
    return _reader(items), {item.id: item for item in items}


def _fields(at):
    return {
        "year": 1950 + 5 * at,
        "runtime": 80 + 5 * at,
        "genres": (GENRES[at % 8], GENRES[(at + 3) % 8]),
        "keywords": (KEYWORDS[at % 6],),
        "director": (PEOPLE[at % 8],),
        "cast": (PEOPLE[(at + 1) % 8],),
        "country": (("France", "Japan", "United States")[at % 3],),
        "language": ("French", "Japanese", "English")[at % 3],
    }


@cache
def old(domain):
    """(reader, items by id) of one of the catalogues that `utterances.jsonl` is about."""
    told = json.loads((FOLDER / "utterances" / "catalogues.json").read_text(encoding="utf-8"))[domain]
    things = [Item(f"v{at}", f"Thing number {at}", "It is here.", {name: (value,), "year": 1950 + at})
              for at, (name, value) in enumerate(told["facets"])]  # fmt: skip
    titled = [Item(f"t{at}", title, "It is here.", {"year": 1990 + at}) for at, title in enumerate(told["titles"])]
    return _reader([*things, *titled]), {item.id: item for item in (*things, *titled)}


def read(message, name="films", language="en"):
    """(acts, slots) of a message after a shelf of a labelled catalogue."""
    items = items_of(name)
    acts = reader_of(name).read(message, state_with_shelf(items, language)).acts
    return acts_of(acts), found_slots(acts, {item.id: item for item in items})


def read_small(message):
    """The acts of a message that begins a conversation about the small catalogue."""
    return small()[0].read(message, DialogueState()).acts


def refused(message):
    """The values that a message refuses in the small catalogue."""
    kinds = ("out", "not both")
    return {value for act in read_small(message) if isinstance(act, Constrain) and act.constraint.kind in kinds
            for value in act.constraint.values}  # fmt: skip


def wished(message):
    """The values that it wishes."""
    kinds = ("in", "any")
    return {value for act in read_small(message) if isinstance(act, Constrain) and act.constraint.kind in kinds
            for value in act.constraint.values}  # fmt: skip


def bounds(message):
    """The bounds that it sets, by attribute."""
    return {act.constraint.attributes[0]: dict(act.constraint.bounds) for act in read_small(message)
            if isinstance(act, Constrain) and act.constraint.kind == "range"}  # fmt: skip


def titles(message):
    """(titles that are examples, titles that are not to be shown)."""
    acts, items = read_small(message), small()[1]
    alike = {items[each].title for act in acts if isinstance(act, Recommend) for each in act.alike}
    gone = {items[each].title for act in acts if isinstance(act, Exclude) and not act.spare for each in act.items}
    return alike, gone


def _reader(items):
    return RuleReader(CatalogueSchema.of(items, roles(items)), items)
