"""Whether an item is violent, scary or sad, fit for an age, or in colour: as far as genres, keywords and the age rating
of the catalogue tell.

Knows items, the schema and which values of a catalogue tell what; no model takes part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from statistics import median

from ...retrieval.attribute_roles import year_of
from ...retrieval.catalogue import Item
from ..dialogue_state import DialogueState
from ..knowledge.ages import ADULT, youngest_for
from ..knowledge.content import BLACK_AND_WHITE, CONTENT
from ..knowledge.phrases import shorten
from ..knowledge.proper_names import cased
from .phrasing import called, joined, say
from .schema import CatalogueSchema

_MOST = 4
"""Values that are read out."""


class Judge:
    """Answers of that kind about the items of one catalogue."""

    def __init__(self, schema: CatalogueSchema, items: Collection[Item]) -> None:
        self._schema, self._items = schema, items

    def content(self, item: Item, what: str, language: str) -> str:
        """Whether an item is "violent", "scary" or "sad": what of it says so, or what it is instead; "" where the
        catalogue says nothing of what it is."""
        title, rating = shorten(item.title), self.rating(item)
        values = self._values(item, "category", "theme")
        signs = [value for value in values if value.casefold() in CONTENT.get(what, ())]
        all_ages = say("for_all_ages", language) if youngest_for(rating) == 0 else rating
        rated = say("rated", language, value=all_ages) if rating else ""
        if signs:
            return say("listed_so", language, title=title, value=_listed(signs, language), rated=rated)
        if what != "sad" and (youngest_for(rating) or 0) >= ADULT:
            return say("for_adults", language, title=title, value=rating)
        kinds = self._values(item, "category") or values
        return say("listed_not", language, title=title, value=_listed(kinds, language), rated=rated) if kinds else ""

    def fits_age(self, item: Item, age: str, state: DialogueState) -> bool | None:
        """Whether somebody of an age in years may see or use it, or for "them" whoever the conversation's conditions
        are about; None where the catalogue or the conversation does not say."""
        names = [each.name for each in self._schema.with_role("age")]
        if age == "them":
            limits = [
                each for each in state.constraints if each.kind in ("any", "range") and each.attributes[0] in names
            ]
            own = [item.attributes.get(name) for name in names]
            return _meets(own, limits[-1].values, limits[-1].bounds.get("$lte")) if limits and own else None
        youngest = youngest_for(self.rating(item)) if age.isdigit() else None
        return None if youngest is None else youngest <= int(age)

    def rating(self, item: Item) -> str:
        """The age rating of an item as the catalogue has it; "" where it has none."""
        found = (item.attributes.get(each.name) for each in self._schema.with_role("age"))
        return next((f"{each:g}" if isinstance(each, (int, float)) else str(each) for each in found if each), "")

    def colour(self, item: Item, language: str) -> str:
        """Whether an item is in black and white; "" where the catalogue marks nothing as that. What is no younger than
        half of what it marks may be unmarked."""
        if self._marked_until is None:
            return ""
        year = year_of(item)
        if _is_marked(item):
            key = "black_white"
        else:
            key = "in_colour" if year is not None and year > self._marked_until else "colour_unknown"
        return say(key, language, title=shorten(item.title))

    @cached_property
    def _marked_until(self) -> float | None:
        """The median year of what is marked as black and white."""
        years = [year for item in self._items if _is_marked(item) and (year := year_of(item)) is not None]
        return float(median(years)) if years else None

    def _values(self, item: Item, *kinds: str) -> list[str]:
        found: list[str] = []
        for each in self._schema.attributes.values():
            value = item.attributes.get(each.name) if each.kind in kinds else None
            found += [value] if isinstance(value, str) else value if isinstance(value, tuple) else []
        return found


def _is_marked(item: Item) -> bool:
    return any(value.casefold() in BLACK_AND_WHITE for _, value in item.facets())


def _meets(own: Sequence[object], allowed: Iterable[object], most: object) -> bool | None:
    known = [each for each in own if each is not None]
    if not known:
        return None
    numbers = [each for each in known if isinstance(each, (int, float))]
    if isinstance(most, (int, float)) and numbers:
        return max(numbers) <= most
    return any(each in set(allowed) for each in known)


def _listed(values: Sequence[str], language: str) -> str:
    return joined((shorten(cased(called(each, language))) for each in values[:_MOST]), language)
