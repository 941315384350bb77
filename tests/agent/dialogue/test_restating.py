"""Constraints as they are said back: as they were understood, in plain English, with capitals and units."""

import pytest
from dialogue_labels import catalogue, roles
from sommelier.agent.dialogue.restating import restated
from sommelier.agent.dialogue.schema import CatalogueSchema
from sommelier.agent.dialogue_state import Constraint


@pytest.fixture(scope="module")
def schemas():
    found = {name: catalogue(name) for name in ("films", "games", "office")}
    return {name: CatalogueSchema.of(items, roles(items)) for name, items in found.items()}


def span(name, words, **bounds):
    return Constraint("range", (name,), bounds={f"${side}": bound for side, bound in bounds.items()}, words=words)


def value(kind, name, said, words):
    return Constraint(kind, (name,), (said,), words=words)


@pytest.mark.parametrize(
    ("domain", "constraint", "said"),
    [
        ("films", span("runtime", "90 min", gte=76.5, lte=103.5), "around 90 minutes"),
        ("films", span("runtime", "80-100", gte=80, lte=100), "80 to 100 minutes"),
        ("films", span("runtime", "2 hours", lte=120), "at most 2 hours"),
        ("films", span("runtime", "up to 2 and a half hours", lte=150), "up to 2½ hours"),
        ("films", span("year", "90s", gte=1990, lt=2000), "from the 1990s"),
        ("films", span("year", "2010", gte=2010, lt=2011), "from 2010"),
        ("films", span("year", "from the nineties", gte=1990, lt=2000), "from the nineties"),
        ("office", span("price_usd", "250 is the budget", lte=250), "at most $250"),
        ("games", span("players_max", "we'll be at least 8", gte=8), "for 8 players"),
        ("games", span("players_max", "for 1", gte=1), "for 1 player"),
        ("office", span("weight_g", "300", lte=300), "at most 300 g"),
        ("films", value("out", "country", "India", "no india"), "not from India"),
        ("films", value("in", "country", "United Kingdom", "british"), "British"),
        ("films", value("in", "language", "English", "english"), "in English"),
        ("films", value("in", "language", "English", "no subtitles"), "no subtitles"),
        ("films", value("in", "keywords", "cold war", "cold war"), "Cold War"),
        ("games", value("out", "tags", "bluffing", "hate bluffing"), "no bluffing"),
        ("games", span("playtime", "shouldn't take more than an hour", lte=60), "at most 1 hour"),
        ("games", value("in", "platform", "PlayStation", "playstation"), "PlayStation"),
        ("films", value("out", "genres", "war", "don't like: war, superheroes, anything"), "no war"),
    ],
)
def test_a_constraint_is_said_as_it_was_understood(schemas, domain, constraint, said):
    assert restated(constraint, schemas[domain]) == said


def test_other_languages_keep_the_words_of_the_chip(schemas):
    assert restated(span("runtime", "unter 90 Minuten", lt=90), schemas["films"], "de") == "unter 90 Minuten"


def test_what_is_measured_by_something_shown_has_its_unit(schemas):
    cheaper = Constraint("range", ("price_usd",), bounds={"$lt": 49.99}, words="cheaper than 49.99", relative=True)
    assert restated(cheaper, schemas["games"]) == "cheaper than $49.99"
