"""English words that keep their capital, and the articles and adjectives of countries. Data and its rules.

For vocabularies that are kept in lower case ("new york", "world war ii"). A word that a catalogue writes with capitals
of its own is left as it is. Knows nothing of items.
"""

from __future__ import annotations

import re

DEMONYMS = {
    "argentina": "argentine", "australia": "australian", "austria": "austrian", "belgium": "belgian",
    "bosnia and herzegovina": "bosnian", "brazil": "brazilian", "bulgaria": "bulgarian", "canada": "canadian",
    "chile": "chilean", "china": "chinese", "colombia": "colombian", "croatia": "croatian", "cuba": "cuban",
    "czech republic": "czech", "czechoslovakia": "czechoslovak", "denmark": "danish", "egypt": "egyptian",
    "finland": "finnish", "france": "french", "germany": "german", "greece": "greek", "hungary": "hungarian",
    "iceland": "icelandic", "india": "indian", "indonesia": "indonesian", "iran": "iranian", "iraq": "iraqi",
    "ireland": "irish", "israel": "israeli", "italy": "italian", "japan": "japanese", "jordan": "jordanian",
    "kenya": "kenyan", "lebanon": "lebanese", "mali": "malian", "mauritania": "mauritanian", "mexico": "mexican",
    "morocco": "moroccan", "netherlands": "dutch", "new zealand": "new zealand", "nigeria": "nigerian",
    "norway": "norwegian", "pakistan": "pakistani", "peru": "peruvian", "poland": "polish", "portugal": "portuguese",
    "romania": "romanian", "russia": "russian", "saudi arabia": "saudi", "senegal": "senegalese", "serbia": "serbian",
    "south africa": "south african", "south korea": "korean", "soviet union": "soviet", "spain": "spanish",
    "sweden": "swedish", "switzerland": "swiss", "taiwan": "taiwanese", "thailand": "thai", "tunisia": "tunisian",
    "turkey": "turkish", "ukraine": "ukrainian", "united kingdom": "british", "united states": "american",
    "venezuela": "venezuelan", "vietnam": "vietnamese",
}  # fmt: skip

_WITH_ARTICLE = frozenset({
    "united kingdom", "united states", "united states of america", "netherlands", "soviet union", "czech republic",
    "united arab emirates", "philippines", "bahamas", "dominican republic", "american south", "west indies",
    "middle east", "middle ages", "holocaust", "great depression", "cold war", "vietnam war", "american civil war",
    "outback", "gambia", "maldives", "uk", "usa", "us", "new wave", "frontier",
})  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLACES = _words("""
    africa america antarctica arctic asia britain england europe scotland wales
    amsterdam athens barcelona beijing belfast berlin boston brooklyn brussels budapest california chicago delhi detroit
    dublin florence havana hawaii hollywood istanbul jerusalem kyoto lisbon london louisiana madrid manhattan marseille
    melbourne miami milan mississippi montreal moscow mumbai naples nebraska osaka paris philadelphia prague rome
    sardinia seoul shanghai sicily sydney tehran texas tokyo toronto venice vienna warsaw washington york yorkshire
    alaska bosnia korea persia prussia yugoslavia
""") | {name for name in DEMONYMS if " " not in name}
_REGIONS = _words("""
    africa america antarctica arctic asia britain england europe scotland wales korea persia prussia yugoslavia bosnia
    australia ireland
""") | {"american south", "latin america", "south america", "north america", "middle east", "new england", "holocaust",
        "soviet union", "saudi arabia", "middle ages"}  # fmt: skip
_EVENTS = frozenset({"holocaust"})
_PEOPLES = _words("""
    african asian british catholic christian edwardian english european jewish muslim nazi roman scottish
    shakespearean victorian viking welsh
    christmas easter halloween thanksgiving monday tuesday wednesday thursday friday saturday sunday
    january february april june july august september october november december
    bluetooth disney lego marvel nintendo olympic olympics pixar playstation xbox
""") | {name for name in DEMONYMS.values() if " " not in name}
_PHRASES = (
    "new york", "new zealand", "new orleans", "new england", "new jersey", "new mexico", "new wave", "los angeles",
    "san francisco", "las vegas", "hong kong", "south korea", "north korea", "south africa", "south america",
    "latin america", "north america", "middle east", "american south", "wild west", "old west", "soviet union",
    "united kingdom", "united states", "united arab emirates", "saudi arabia", "czech republic",
    "world war i", "world war ii", "first world war", "second world war", "cold war", "vietnam war", "korean war",
    "gulf war", "american civil war", "spanish civil war", "great depression", "holocaust", "rio de janeiro",
    "st. petersburg", "saint petersburg", "middle ages", "bronze age", "stone age", "star wars", "star trek",
)  # fmt: skip
_LETTERS = frozenset({"ii", "iii", "iv", "lgbt", "lgbtq", "uk", "usa", "fbi", "cia", "kgb", "nasa", "dvd", "rpg", "mmo",
                      "usb", "led", "lcd", "vr", "ai", "tv", "dc", "nyc"})  # fmt: skip
_SMALL = frozenset({"de", "of", "and", "the"})
_PHRASE = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(_PHRASES, key=len, reverse=True)))})\b")
_WORD = re.compile(r"[^\W\d_]+")


def cased(value: str) -> str:
    """`value` with the capitals that English gives its names: "world war ii" -> "World War II".

    Only a value without any capital is touched.
    """
    if value != value.lower():
        return value
    named = _PHRASE.sub(lambda match: _WORD.sub(_capital, match.group()), value)
    return _WORD.sub(_known, named)


def is_name(value: str) -> bool:
    """Whether all of it is the name of a place, a people or an event: "new york", "cold war"; not "feudal japan"."""
    low = value.lower()
    return low in _PHRASES or low in _PLACES or low in DEMONYMS


def is_region(value: str) -> bool:
    """Whether it is a country or a part of the world, which has an adjective of its own and stands before no noun."""
    low = value.lower()
    return low in DEMONYMS or low in _REGIONS


def is_event(value: str) -> bool:
    """Whether the name is that of something that happened: it is spoken about, and nothing is set in it."""
    return value.lower() in _EVENTS


def lowered(heading: str) -> str:
    """The heading of a catalogue within a sentence: "desk lamps"; an abbreviation keeps its capitals, "USB hubs"."""
    return heading[:1].lower() + heading[1:] if heading[1:2].islower() else heading


def place(name: str) -> str:
    """The name after "from" or "in": "the United Kingdom", "France"."""
    return f"the {cased(name)}" if name.casefold() in _WITH_ARTICLE else cased(name)


def demonym(name: str) -> str:
    """The adjective of a country with its capitals, "British"; empty where it is not known."""
    known = DEMONYMS.get(name.casefold(), "")
    return " ".join(word.capitalize() for word in known.split())


def _known(match: re.Match[str]) -> str:
    word = match.group()
    if word in _LETTERS:
        return word.upper()
    return word.capitalize() if word in _PLACES or word in _PEOPLES else word


def _capital(match: re.Match[str]) -> str:
    word = match.group()
    if word.lower() in _LETTERS or word.lower() == "i":
        return word.upper()
    return word if word in _SMALL else word.capitalize()
