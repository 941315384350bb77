"""Attribute values in other words, so that a reader goes by what is meant and not by one wording.

The words of places and of kinds as adjectives are those that the engine writes with; the others stand here.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from ...agent.knowledge.phrases import CASTS, DEMONYMS, KIND_ADJECTIVES, MAKERS
from ...agent.profile.summary import plain_summary
from ...agent.turn import Profile
from ...retrieval.catalogue import AttributeValue, Item

FILM_KINDS: Mapping[str, tuple[str, ...]] = {
    "action": ("fast-paced", "explosive"), "adventure": ("quest", "expedition"), "animation": ("cartoon",),
    "biography": ("life story", "biopic"), "children": ("kids", "for the young"), "comedy": ("funny", "humorous"),
    "crime": ("gangster", "underworld"), "documentary": ("non-fiction", "factual"), "drama": ("serious", "dramatic"),
    "family": ("kids", "all ages"), "fantasy": ("magical", "sword and sorcery"), "film-noir": ("noir",),
    "history": ("period piece", "costume"), "horror": ("scary", "frightening"), "music": ("songs",),
    "musical": ("songs", "singing and dancing"), "mystery": ("whodunit", "puzzling"), "romance": ("love story",),
    "sci-fi": ("science fiction", "futuristic"), "science-fiction": ("sci-fi", "futuristic"),
    "sport": ("athletes", "sports"), "thriller": ("suspense", "nail-biting"), "war": ("military", "battlefield"),
    "western": ("cowboys", "wild west"),
}  # fmt: skip
"""What kinds of film are called in catalogues, case-folded, and other ways to say it, the most usual first."""

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "action & adventure": ("fast-paced",), "rom-com": ("romantic comedy",), "romantic comedy": ("rom-com",),
    "science fiction": ("sci-fi", "futuristic"), "sports": ("athletics",), "kids": ("children",),
    "suspense": ("tension",), "mysteries": ("whodunits",), "biographies": ("life stories",), "fiction": ("novels",),
    "nonfiction": ("factual",), "non-fiction": ("factual",), "poetry": ("verse",), "cookbooks": ("recipes",),
    "young adult": ("teen",), "self-help": ("self-improvement",), "memoir": ("recollections",),
    "shooter": ("gunplay",), "role-playing": ("RPG",), "rpg": ("role-playing",), "puzzle": ("brain teaser",),
    "racing": ("driving",), "strategy": ("tactics",), "simulation": ("simulator",), "platformer": ("jump and run",),
    "fighting": ("beat 'em up",), "indie": ("independent",), "co-op": ("cooperative",), "hip hop": ("rap",),
    "classical": ("orchestral",), "electronic": ("synthesizers",),
    "accessories": ("add-ons", "extras"), "beauty": ("cosmetics",), "books": ("reading",), "clothing": ("apparel",),
    "electronics": ("electronic devices",), "furniture": ("furnishings",), "garden": ("gardening",),
    "grocery": ("food",), "jewelry": ("jewellery",), "notebooks": ("notepads",), "shoes": ("footwear",),
    "office products": ("office supplies",), "stationery": ("writing supplies",), "toys": ("playthings",),
    "toys & games": ("play",), "video games": ("computer games",),
    "bittersweet": ("happy and sad",), "dark": ("bleak",), "feel-good": ("uplifting",), "funny": ("amusing",),
    "quirky": ("offbeat", "eccentric"), "sad": ("melancholy",), "scary": ("frightening",), "slow": ("unhurried",),
    "slow burn": ("unhurried",), "surreal": ("dreamlike",), "uplifting": ("feel-good",), "weird": ("strange",),
    "ageing": ("growing old",), "aliens": ("extraterrestrials",), "betrayal": ("treachery",),
    "coming of age": ("growing up",), "dark humour": ("black comedy",), "family ties": ("kinship",),
    "friendship": ("friends",), "grief": ("mourning",), "heist": ("robbery",), "isolation": ("seclusion",),
    "journey": ("travels",), "literary adaptation": ("from a novel",), "loneliness": ("solitude",),
    "marriage": ("wedlock",), "poverty": ("hardship",), "prison": ("jail",), "revenge": ("vengeance",),
    "road trip": ("on the road",), "sea": ("ocean",), "small town": ("provincial life",), "space": ("outer space",),
    "survival": ("staying alive",), "teenagers": ("adolescents",), "true story": ("real events",),
    "world war i": ("first world war",), "world war ii": ("second world war",),
    "gray": ("grey",), "grey": ("gray",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """Other words for attribute values, by the value as it is written. Names of people and makers keep theirs."""

    words: Mapping[str, str]

    @classmethod
    def of(cls, facets: Iterable[tuple[str, str]], draw: random.Random) -> Wording:
        """Words drawn for those of the (facet, value) pairs that can be said otherwise.

        One value is told in one way, however it is capitalised. Two values never become the same, and none becomes
        what another is called already.
        """
        written = list(dict.fromkeys(value for facet, value in facets if not _is_name(facet)))
        taken, drawn = {value.casefold() for value in written}, dict[str, str]()
        for value in dict.fromkeys(value.casefold() for value in written):
            if free := [words for words in _synonyms(value) if words.casefold() not in taken]:
                drawn[value] = draw.choice(free)
                taken.add(drawn[value].casefold())
        return cls({value: _cased(drawn[value.casefold()], value) for value in written if value.casefold() in drawn})

    def item(self, item: Item) -> Item:
        """The item with its attributes told so."""
        return replace(item, attributes={name: self._attribute(name, value) for name, value in item.attributes.items()})

    def profile(self, profile: Profile) -> Profile:
        """The profile with its interests told so, and a plain summary that tells them so too."""
        interests = tuple(
            replace(interest, value=self._value(interest.facet, interest.value)) for interest in profile.interests
        )
        reworded = replace(profile, interests=interests)
        return replace(reworded, summary=plain_summary(reworded))

    def request(self, text: str, titles: Iterable[str]) -> str:
        """What was asked for, told so however it is capitalised, but for the `titles` that it names as they stand."""
        if not self.words:
            return text
        said = {value.casefold(): words for value, words in self.words.items()}
        kept = {title for title in titles if title}
        named = f"{_one_of(kept)}|(?i:{_one_of(said)})" if kept else f"(?i:{_one_of(said)})"
        return re.sub(rf"(?<!\w)(?:{named})(?!\w)", lambda found: _told(found[0], said, kept), text)

    def _attribute(self, name: str, value: AttributeValue) -> AttributeValue:
        if isinstance(value, tuple):
            return tuple(self._value(name, part) for part in value)
        return self._value(name, value) if isinstance(value, str) else value

    def _value(self, facet: str, value: str) -> str:
        return value if _is_name(facet) else self.words.get(value, value)


def _one_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _told(found: str, said: Mapping[str, str], kept: Collection[str]) -> str:
    if found in kept:
        return found
    words = said[found.casefold()]
    return words.lower() if found.islower() else words


def _is_name(facet: str) -> bool:
    return facet in MAKERS or facet in CASTS


def _synonyms(value: str) -> tuple[str, ...]:
    pipeline = (table[value] for table in (KIND_ADJECTIVES, DEMONYMS) if table.get(value, value) != value)
    return (*FILM_KINDS.get(value, ()), *_OTHERS.get(value, ()), *pipeline)


def _cased(words: str, like: str) -> str:
    return string.capwords(words) if like[:1].isupper() and words.islower() else words
