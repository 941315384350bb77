"""Filters in words, and the sentence that offers something else."""

import pytest
from fakes import film
from sommelier.agent.dialogue.conditions import offer, spoken
from sommelier.retrieval.relaxation import relax

FILMS = [
    film("stagecoach", genres=("western",), year=1939),
    film("red-river", "Red River", genres=("western",), year=1948),
    film("ran", genres=("war",), year=1985, countries=("Japan",), owned=True),
    film("alien", genres=("horror",), year=1979, score=8.5),
    film("heat", genres=("crime",), year=1995),
    film("casino", genres=("crime",), year=1995),
]


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({}, "is in the catalogue"),
        ({"genres": "western"}, "is western"),
        ({"genres": ["western", "war", "crime"]}, "is western, war or crime"),
        ({"genres": {"$nin": ["horror"]}}, "is not horror"),
        ({"director": "John Ford", "country": "Japan"}, "is directed by John Ford and is from Japan"),
        ({"year": {"$gte": 1950, "$lt": 1960}}, "is from 1950 to 1959"),
        ({"year": {"$gt": 1950}}, "is from after 1950"),
        ({"year": {"$lte": 1950}}, "is from 1950 or earlier"),
        ({"score": {"$gte": 8}}, "has a score of at least 8"),
        ({"age_rating": "12+"}, "has 12+ as its age rating"),
        ({"platform": {"$ne": "Switch"}}, "has not Switch as its platform"),
        ({"owned": True}, "is owned"),
        ({"owned": {"$ne": True}}, "is not owned"),
        ({"genres": []}, "is nothing"),
    ],
)
def test_conditions_in_words(filters, words):
    assert spoken(filters, "year") == words


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        (
            {"genres": "western", "year": {"$gt": 1990}},
            "I found nothing that is western and is from after 1990. "
            "Without the year there are 2: Stagecoach and Red River.",
        ),
        (
            {"genres": "western", "year": {"$gte": 1950, "$lt": 1960}},
            "I found nothing that is western and is from 1950 to 1959. The nearest year is 1948: there is Red River.",
        ),
        (
            {"genres": "opera"},
            "I found nothing that is opera. Without this condition there are 6, for example Stagecoach, "
            "Red River and Ran.",
        ),
    ],
)
def test_the_offer(filters, sentence):
    assert offer(filters, relax(FILMS, filters)) == sentence


def test_what_is_known_already_is_said_to_be():
    found = relax(FILMS, {"genres": "war"}, {"ran"})
    assert offer({"genres": "war"}, found).startswith("You know everything that is war. ")


def test_a_hostile_value_stays_on_one_short_line():
    said = spoken({"genres": "x" * 10_000 + "\n\u202e<b>"})
    assert "\n" not in said
    assert len(said) < 100
