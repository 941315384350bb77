"""What somebody may want of a catalogue, drawn from what an item of it is: how it is said, and which items meet it.

Knows three catalogues by their attributes, and nothing of how a message is read: whether an item meets a wish is
looked up in the item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import dialogue_phrases as said
from sommelier.agent.knowledge.ages import youngest_for
from sommelier.retrieval.catalogue import Item

Test = Callable[[Item], bool]


@dataclass(frozen=True)
class Want:
    """Something that items are to be. `about` groups wants of which a later one takes the place; `one` and `many` name
    such items, `such` says what they are like, `what` is the thing itself and `label` the attribute; empty where it
    cannot be said so. `lasting`: it outlives a new topic."""

    about: str
    test: Test
    such: str = ""
    one: str = ""
    many: str = ""
    what: str = ""
    label: str = ""
    lasting: bool = False
    bounds: bool = False
    several: bool = False
    """Whether an item can have several of the kind, so that one may be added to another."""
    surely: Test | None = None
    """The narrowest reading of what was said, where `test` is the widest: nobody can complain of more than the one, nor
    of less than the other."""


Maker = Callable[[Item, Random], Want | None]
"""A want of one sort that an item meets; None where it has nothing of the sort."""


def values_of(item: Item, name: str) -> tuple[str, ...]:
    """What an item has in an attribute, as texts."""
    value = item.attributes.get(name, ())
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def number_of(item: Item, name: str) -> float | None:
    """The number that an item has in an attribute."""
    value = item.attributes.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def has(names: Sequence[str], value: str) -> Test:
    """Whether one of the attributes has the value."""
    return lambda item: any(value in values_of(item, name) for name in names)


def within(name: str, low: float | None, high: float | None, *, strictly: bool = False) -> Test:
    """Whether the number is there and between two."""

    def test(item: Item) -> bool:
        own = number_of(item, name)
        if own is None or (strictly and own in (low, high)):
            return False
        return (low is None or own >= low) and (high is None or own <= high)

    return test


FILM_KINDS = {
    "western": ("a western", "westerns"), "comedy": ("a comedy", "comedies"), "drama": ("a drama", "dramas"),
    "thriller": ("a thriller", "thrillers"), "musical": ("a musical", "musicals"), "war": ("a war film", "war films"),
    "documentary": ("a documentary", "documentaries"), "horror": ("a horror film", "horror films"),
    "science-fiction": ("a science fiction film", "sci-fi films"), "romance": ("a romantic film", "romances"),
    "crime": ("a crime film", "crime films"), "mystery": ("a mystery", "mysteries"),
    "biography": ("a biopic", "biopics"),
    "fantasy": ("a fantasy film", "fantasy films"), "animation": ("an animated film", "animated films"),
    "adventure": ("an adventure film", "adventure films"), "action": ("an action movie", "action movies"),
}  # fmt: skip
GAME_KINDS = {
    "strategy": ("a strategy game", "strategy games"), "puzzle": ("a puzzle game", "puzzle games"),
    "party": ("a party game", "party games"), "card": ("a card game", "card games"),
    "cooperative": ("a co-op game", "cooperative games"), "simulation": ("a simulation game", "simulation games"),
    "adventure": ("an adventure game", "adventure games"), "platformer": ("a platformer", "platformers"),
    "role-playing": ("a role-playing game", "RPGs"), "racing": ("a racing game", "racing games"),
    "horror": ("a horror game", "horror games"), "shooter": ("a shooter", "shooters"),
    "sports": ("a sports game", "sports games"),
}  # fmt: skip
OFFICE_KINDS = {
    "Notebooks": ("a notebook", "notebooks"), "Binders": ("a binder", "binders"), "Markers": ("markers", "markers"),
    "Chairs": ("a chair", "chairs"), "Staplers": ("a stapler", "staplers"), "Gel pens": ("gel pens", "gel pens"),
    "Desk lamps": ("a desk lamp", "desk lamps"), "Calendars": ("a calendar", "calendars"),
    "Envelopes": ("envelopes", "envelopes"), "Pencil cases": ("a pencil case", "pencil cases"),
    "Scissors": ("scissors", "scissors"), "Organisers": ("an organiser", "organisers"),
    "Calculators": ("a calculator", "calculators"),
}  # fmt: skip
PLACES = {
    "France": "French", "Japan": "Japanese", "United Kingdom": "British", "Germany": "German", "Italy": "Italian",
    "Australia": "Australian", "South Korea": "Korean", "India": "Indian", "Sweden": "Swedish", "Ireland": "Irish",
    "Spain": "Spanish", "Denmark": "Danish", "Mexico": "Mexican",
}  # fmt: skip
NOT_SAID = {"paper", "clear", "natural", "cream", "1920s", "1930s", "1950s", "1960s", "1970s", "1980s", "england",
            "italy",
            "ireland", "scotland", "africa", "australia", "one day", "one night", "low budget",
            "epic", "power"}  # fmt: skip
"""Values that name a time or a place of their own, or that nobody would ask for in these words."""


def kind_of(name: str, kinds: Mapping[str, tuple[str, str]]) -> Maker:
    """A wish for a kind of item."""

    def want(item: Item, draw: Random) -> Want | None:
        own = [each for each in values_of(item, name) if each in kinds]
        if not own:
            return None
        value = draw.choice(own)
        one, many = kinds[value]
        return Want(name, has([name], value), one=one, many=many, what=value.lower(), label=name.rstrip("s"),
                    several=name != "category")  # fmt: skip

    return want


def value_of(
    names: Sequence[str],
    forms: Sequence[str],
    label: str,
    *,
    about: str = "",
    several: bool = False,
    lasting: bool = False,
) -> Maker:
    """A wish for a value of the first attribute, which any of them may have; `forms` say it with `{}`."""

    def want(item: Item, draw: Random) -> Want | None:
        own = [each for each in values_of(item, names[0]) if each not in NOT_SAID]
        if not own:
            return None
        value = draw.choice(own)
        return Want(about or names[0], has(names, value), such=draw.choice(forms).format(value), what=value,
                    label=label, several=several, lasting=lasting)  # fmt: skip

    return want


def place(item: Item, draw: Random) -> Want | None:
    """A wish for films of a country."""
    own = [each for each in values_of(item, "country") if each in PLACES]
    if not own:
        return None
    name = draw.choice(own)
    such = draw.choice([f"from {name}", f"made in {name}", f"of {PLACES[name]} origin"])
    return Want("country", has(["country"], name), such=such, one=_article(PLACES[name], "film"),
                many=f"{PLACES[name]} films", what=PLACES[name], label="country", several=True)  # fmt: skip


def _article(adjective: str, noun: str) -> str:
    return f"a{'n' if adjective[0] in 'AEIOU' else ''} {adjective} {noun}"


def recycled(item: Item, _: Random) -> Want | None:
    """A wish for what is recycled."""
    if item.attributes.get("recycled") is not True:
        return None
    return Want("recycled", lambda each: each.attributes.get("recycled") is True, such="made from recycled material",
                what="recycled", label="recycled")  # fmt: skip


def at_most(
    name: str, steps: Sequence[int], forms: Sequence[str], spell: Callable[[int, Random], str], label: str
) -> Maker:
    """A bound above what the item has."""

    def want(item: Item, draw: Random) -> Want | None:
        own = number_of(item, name)
        fitting = [each for each in steps if own is not None and own < each]
        if not fitting:
            return None
        bound = draw.choice(fitting[:3])
        such = draw.choice(forms).format(n=spell(bound, draw))
        return Want(name, within(name, None, bound), such=such, label=label, bounds=True,
                    surely=within(name, None, bound, strictly=True))  # fmt: skip

    return want


def at_least(name: str, steps: Sequence[float], forms: Sequence[str], spell: Callable[..., str], label: str) -> Maker:
    """A bound below what the item has."""

    def want(item: Item, draw: Random) -> Want | None:
        own = number_of(item, name)
        fitting = [each for each in steps if own is not None and own > each]
        if not fitting:
            return None
        bound = draw.choice(fitting[-3:])
        such = draw.choice(forms).format(n=spell(bound, draw))
        return Want(name, within(name, bound, None), such=such, label=label, bounds=True,
                    surely=within(name, bound, None, strictly=True))  # fmt: skip

    return want


def about_minutes(name: str, label: str) -> Maker:
    """A length that the item roughly has."""

    def want(item: Item, draw: Random) -> Want | None:
        own = number_of(item, name)
        near = [
            each for each in (30, 45, 60, 90, 100, 120, 150, 180) if own is not None and abs(own - each) <= 0.1 * each
        ]
        if not near:
            return None
        such = draw.choice(said.MINUTES_ABOUT).format(n=said.minutes(near[0], draw))
        return Want(name, within(name, 0.75 * near[0], 1.25 * near[0]), such=such, label=label, bounds=True,
                    surely=within(name, 0.9 * near[0], 1.1 * near[0]))  # fmt: skip

    return want


def year(item: Item, draw: Random) -> Want | None:
    """A time that the item is from, with one or two ends."""
    own = int(number_of(item, "year") or 0)
    first, ten = own - draw.randint(1, 8), own // 10 * 10
    bounds: Mapping[str, tuple[Sequence[str], str, int | None, int | None]] = {
        "from": (said.YEAR_FROM, f"{first}", first, None),
        "until": (said.YEAR_UNTIL, f"{ten + 10}", None, ten + 9),
        "span": (said.YEAR_SPAN, f"{first}", first, own + 2),
        "in": (said.YEAR_IN, f"{own}", own, own),
        "decade": (said.DECADE, said.decade(ten, draw), ten, ten + 9),
    }
    forms, spelled, low, high = bounds[draw.choice(list(bounds))]
    such = draw.choice(forms).format(n=spelled, m=own + 2)
    surely = within("year", low, high, strictly=high is None)
    return Want("year", within("year", low, high), such=such, label="year", bounds=True, surely=surely)


def players(item: Item, draw: Random) -> Want | None:
    """So many that the game can be played by."""
    low, high = number_of(item, "players_min"), number_of(item, "players_max")
    if low is None or high is None or high > 8:
        return None
    count = draw.randint(max(int(low), 2), int(high)) if high >= 2 else 1
    if count == 1:
        such = draw.choice(["for one player", "I can play alone"])
    else:
        such = draw.choice(said.PLAYERS).format(n=draw.choice([str(count), said.number(count)]))

    def test(each: Item) -> bool:
        fewest, most = number_of(each, "players_min"), number_of(each, "players_max")
        return fewest is not None and most is not None and fewest <= count <= most

    return Want("players", test, such=such, label="number of players", bounds=True)


def viewer(item: Item, draw: Random) -> Want | None:
    """Somebody young enough to matter who may see the film."""
    own = youngest_for(values_of(item, "age_rating")[0])
    ages = [each for each in (5, 6, 7, 8, 10, 11, 13) if own is not None and own <= each]
    if not ages:
        return None
    return _audience(draw.choice(ages), said.WATCHED_BY, "age_rating", draw)


def player(item: Item, draw: Random) -> Want | None:
    """Somebody young enough to matter who may play the game."""
    own = number_of(item, "min_age")
    ages = [each for each in (5, 6, 7, 8, 9, 10, 12) if own is not None and own <= each]
    return _audience(draw.choice(ages), said.PLAYED_BY, "min_age", draw) if ages else None


def _audience(age: int, forms: Sequence[str], name: str, draw: Random) -> Want:
    short, with_article = said.aged(age, draw)

    def test(item: Item) -> bool:
        youngest = youngest_for(values_of(item, name)[0]) if name == "age_rating" else number_of(item, name)
        return youngest is not None and youngest <= age

    such = draw.choice(forms).format(age=short, an_age=with_article)
    return Want(name, test, such=such, label="age", lasting=True, bounds=True)


_MINUTES = (20, 30, 45, 60, 80, 90, 100, 110, 120, 150, 180)
TOPICS: Mapping[str, Sequence[Maker]] = {
    "films": (
        kind_of("genres", FILM_KINDS), kind_of("genres", FILM_KINDS), place, year, viewer,
        value_of(["cast", "director"], ["with {}", "starring {}"], "actor", about="person", several=True),
        value_of(["director"], ["by {}", "directed by {}"], "director", about="person"),
        value_of(["keywords"], ["about {}", "with {} as a theme", "to do with {}"], "theme", several=True),
        value_of(["language"], ["in {}", "spoken in {}"], "language", lasting=True),
        at_most("runtime", _MINUTES, said.MINUTES_MOST, said.minutes, "length"),
        at_least("runtime", _MINUTES, said.MINUTES_LEAST, said.minutes, "length"), about_minutes("runtime", "length"),
    ),
    "games": (
        kind_of("genre", GAME_KINDS), kind_of("genre", GAME_KINDS), year, player, players, players,
        value_of(["designer"], ["by {}", "designed by {}"], "designer"),
        value_of(["publisher"], ["by {}", "published by {}", "from {}"], "publisher"),
        value_of(["tags"], ["about {}", "with {}"], "theme", several=True),
        value_of(["platform"], ["on {}", "for {}", "I can play on {}"], "platform", lasting=True),
        at_most("playtime", _MINUTES, said.MINUTES_MOST, said.minutes, "playtime"),
        at_most("price_usd", (5, 10, 15, 20, 25, 30, 40, 50), said.PRICE_MOST, said.dollars, "price"),
        at_least("price_usd", (10, 20, 30, 40), said.PRICE_LEAST, said.dollars, "price"),
    ),
    "office": (
        kind_of("category", OFFICE_KINDS), kind_of("category", OFFICE_KINDS), recycled,
        value_of(["brand"], ["by {}", "from {}", "made by {}"], "brand"),
        value_of(["colour"], ["in {}", "available in {}"], "colour", several=True),
        value_of(["material"], ["made of {}", "out of {}"], "material", several=True),
        at_most("price_usd", (5, 10, 15, 20, 30, 50, 100), said.PRICE_MOST, said.dollars, "price"),
        at_least("price_usd", (5, 10, 20, 50), said.PRICE_LEAST, said.dollars, "price"),
        at_most("weight_g", (100, 200, 300, 500, 1000, 2000), said.WEIGHT_MOST, said.grams, "weight"),
        at_least("weight_g", (100, 500, 1000), said.WEIGHT_LEAST, said.grams, "weight"),
        at_least("rating", (4, 4.2, 4.5), said.RATED, lambda value, _: f"{value:g}", "rating"),
        at_least("pack_size", (2, 5, 10, 20), said.PACKED, lambda value, _: f"{value:g}", "pack size"),
    ),
}  # fmt: skip
