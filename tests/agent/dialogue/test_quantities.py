"""Numbers in messages, as bounds on what they measure."""

from datetime import UTC, datetime

import pytest
from dialogue_readers import bounds, read
from sommelier.agent.dialogue.numerals import with_digits
from sommelier.agent.knowledge.language import language_pack


@pytest.mark.parametrize(
    ("message", "years"),
    [
        ("a film from the 1950s", {"$gte": 1950, "$lte": 1959}),
        ("80s action", {"$gte": 1980, "$lte": 1989}),
        ("something from the '90s", {"$gte": 1990, "$lte": 1999}),
        ("a western made in the 2000s", {"$gte": 2000, "$lte": 2009}),
        ("a comedy after 1999", {"$gt": 1999}),
        ("horror since 2010", {"$gte": 2010}),
        ("a thriller from before 1970", {"$lt": 1970}),
        ("comedies of the nineties", {"$gte": 1990, "$lte": 1999}),
        ("horror from 1980 to 1985", {"$gte": 1980, "$lte": 1985}),
        ("late seventies, please", {"$gte": 1976, "$lte": 1979}),
        ("nothing before 1960", {"$gte": 1960}),
        ("something from this century", {"$gte": 2000}),
        ("horror from 2010 on", {"$gte": 2010}),
        ("up to 1939", {"$lte": 1939}),
    ],
)
def test_years(message, years):
    assert bounds(message) == {"year": years}


@pytest.mark.parametrize(
    ("message", "side", "years"),
    [
        ("preferably less than 10 years old", "$gte", 10),
        ("comedies under 5 years old", "$gte", 5),
        ("anything over 50 years old", "$lt", 50),
        ("I've seen See How They Run, preferably less than 10 years old", "$gte", 10),
    ],
)
def test_how_old_a_film_is(message, side, years):
    assert bounds(message) == {"year": {side: datetime.now(UTC).year - years}}


@pytest.mark.parametrize(
    "message", ["my kid is less than 10 years old", "for kids under 10 years old", "for a 10 year old"]
)
def test_how_old_somebody_is(message):
    assert [name for _, (name,), *_ in read(message)[1]] == ["age_rating"]


@pytest.mark.parametrize(
    ("message", "minutes"),
    [
        ("under 90 minutes", {"$lte": 90}),
        ("an hour and a half tops", {"$lte": 90}),
        ("at least two hours", {"$gte": 120}),
        ("nothing over a hundred minutes", {"$lte": 100}),
        ("between 90 and 100 minutes", {"$gte": 90, "$lte": 100}),
        ("none longer than 105 mins", {"$lte": 105}),
        ("90-100 minutes", {"$gte": 90, "$lte": 100}),
        ("2h max", {"$lte": 120}),
        ("nothing shorter than two hours", {"$gte": 120}),
        ("it must not exceed 100 minutes", {"$lte": 100}),
    ],
)
def test_lengths(message, minutes):
    assert bounds(message) == {"runtime": minutes}


@pytest.mark.parametrize(
    "message",
    [
        "I was born in 1978",
        "the delay was 3 hours",
        "I ran 10k this morning",
        "we waited for 20 minutes",
        "my flat is number 90",
        "I got married in 2011 and divorced in 2012",
        "slept 8 hours",
        "no longer",
        "",
        "minutes",
    ],
)
def test_numbers_of_something_else(message):
    assert bounds(message) == {}


@pytest.mark.parametrize(
    ("message", "name", "slots"),
    [
        ("under $20", "games", {("max", 20.0)}),
        ("a tenner at most", "games", {("max", 10.0)}),
        ("free games?", "games", {("max", 0.0)}),
        ("max 40", "office", {("max", 40.0)}),
        ("nothing below four stars", "office", {("min", 4.0)}),
        ("lighter than 500 grams", "office", {("max", 500.0)}),
        ("at least 200 pages", "office", {("min", 200.0)}),
    ],
)
def test_prices_and_other_measures(message, name, slots):
    assert {(side, number) for side, _, number in read(message, name)[1]} == slots


@pytest.mark.parametrize(
    "party", ["a game for four", "four players", "there are four of us", "we're 4", "for a group of four"]
)
def test_a_party_finds_its_seats(party):
    found = {(side, names[0], number) for side, names, number in read(party, "games")[1]}
    assert found == {("min", "players_max", 4.0), ("max", "players_min", 4.0)}


@pytest.mark.parametrize("text", ["who directed the first one?", "the second", "little ones", "one of the third ones"])
def test_ordinals_and_one_stay_words(text):
    assert with_digits(text, language_pack("en")) == text
