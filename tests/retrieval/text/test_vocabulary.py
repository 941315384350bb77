"""Words, phrases and facets of a catalogue."""

import numpy as np
import pytest
from fakes import film
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.text.vocabulary import (
    IN_PASSING,
    Incidence,
    facet_incidence,
    phrases_of,
    request_terms,
    spellings,
    spoken_facets,
    stem,
    word_incidence,
    words_of,
    written_as,
)


def test_terms_of_a_request_say_facets():
    said = spoken_facets(
        facet_incidence([film("a", genres=("Comedies", "sci-fi"), director="Ann Lee", star="Ann Lee")])
    )
    assert said["comedy"] == [("genres", "Comedies")]
    assert said["sci fi"] == [("genres", "sci-fi")]
    assert said["ann lee"] == [("director", "Ann Lee"), ("star", "Ann Lee")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Heists and HEIST", ["heist", "heist"]),
        ("I don't want the children\u2019s films, it's not what I'm after", ["children"]),
        ("What's good? Let's see something", []),
        ("recommend me something", []),
        ("a b c 9", []),
        ("glass bus tennis", ["glass", "bus", "tennis"]),
        ("Amélie à Paris 2001", ["amélie", "paris", "2001"]),
        ("千と千尋の神隠し", ["千と千尋の神隠し"]),
        ("فيلم رعب", ["فيلم", "رعب"]),
        ("🎃🎃 !!! ---", []),
        ("", []),
    ],
)
def test_content_words(text, words):
    assert words_of(text) == words


def test_stems_only_cut_a_plural_or_possessive():
    assert [stem(word) for word in ("heists", "director's", "gas", "boss", "oasis")] == [
        "heist", "director", "gas", "boss", "oasis",
    ]  # fmt: skip


def test_phrases_are_runs_of_two_to_four_words():
    assert phrases_of("Tom Hanks, at sea") == ["tom hanks at sea", "tom hanks at", "hanks at sea", "tom hanks",
                                               "hanks at", "at sea"]  # fmt: skip


def test_rarity_is_the_log_of_items_over_items_having_the_term():
    incidence = Incidence.of([["x", "y", "x"], ["x"], [], ["x"]])
    assert incidence.rarity_of("x") == pytest.approx(np.log(4 / 3))
    assert incidence.rarity_of("y") == pytest.approx(np.log(4))
    assert incidence.rarity_of("never") == 0
    assert incidence.weigh({"x": 1.0, "y": -0.5, "never": 9.0}) == pytest.approx(
        [np.log(4 / 3) - np.log(4) / 2, np.log(4 / 3), 0, np.log(4 / 3)]
    )
    assert incidence.weights_of(0) == {"x": 1.0, "y": 1.0}
    assert incidence.weights_of(2) == {}


def test_nothing_to_count():
    empty = Incidence.of([])
    assert empty.weigh({"x": 1.0}).shape == (0,)
    assert Incidence.of([[], []]).weigh({"x": 1.0}).tolist() == [0, 0]


def test_a_term_that_all_items_have_says_nothing():
    same = facet_incidence([film("a", genre="drama"), film("b", genre="drama")])
    assert same.weigh({("genre", "drama"): 1.0}).tolist() == [0, 0]


def test_a_request_prefers_facet_values_of_several_words():
    known = word_incidence([film("a", director="Agnès Varda", text="a day in Paris"), film("b")])
    assert request_terms("something by agnès varda in Paris", known) == ["agnès varda", "paris"]
    assert request_terms("varda, paris", known) == ["varda", "paris"]
    assert request_terms("", known) == []


def test_numbers_and_flags_are_no_facets():
    items = [film("a", year=1999, colour=True, genres=("war", "drama"))]
    assert facet_incidence(items).terms == [("genres", "war"), ("genres", "drama")]


def test_what_names_an_item_counts_more_than_what_its_text_mentions():
    heist = Item("a", "Rififi", "Four men and a safe.", {"keywords": ("heist",)})
    clever = Item("b", "Emma", "A clever heiress plans a heist of hearts.", {"keywords": ("romance",)})
    other = Item("c", "Jaws", "A shark.", {"keywords": ("sea",)})
    words = word_incidence([heist, clever, other])
    assert words.weights_of(0)["heist"] == 1.0
    assert words.weights_of(1)["heist"] == pytest.approx(IN_PASSING)
    scores = words.weigh(dict.fromkeys(["clever", "heist"], 1.0))
    assert scores[0] > 0
    assert words.weigh({"heist": 1.0})[0] > words.weigh({"heist": 1.0})[1] > 0


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("a Japanese film about two sisters", {"japanese": "Japanese", "sister": "sisters"}),
        ("Sisters in the McCarthy era", {"sister": "sisters", "mccarthy": "McCarthy"}),
        ("SISTERS", {"sister": "sisters"}),
        ("", {}),
    ],
)
def test_words_are_said_as_the_request_writes_them(asked, written):
    assert {term: word for term, word in written_as(asked).items() if term in written} == written


def test_facet_values_are_said_as_the_catalogue_writes_them():
    item = Item("a", "Cleo", "", {"director": "Agnès Varda", "language": "French"})
    assert spellings(item) == {"agnès varda": "Agnès Varda", "french": "French"}
