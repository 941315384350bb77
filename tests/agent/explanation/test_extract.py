"""Lines cut from descriptions: whole clauses of the source, never a part of a phrase."""

import pytest
from sommelier.agent.explanation.extract import line_of
from sommelier.retrieval.catalogue import Item


def line(text, title="Title"):
    return line_of(Item("x", title, text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A jury is locked into one hot room. Tempers surface.", "A jury is locked into one hot room."),
        ("Dr. Jekyll of St. Mary's drinks a potion made by J. Smith. It changes him.",
         "Dr. Jekyll of St. Mary's drinks a potion made by J. Smith."),
        ("In 1905, a quiet clerk who was wronged in his youth returns to the grey harbour town of his childhood, where "
         "nobody seems to remember him.",
         "In 1905, a quiet clerk who was wronged in his youth returns to the grey harbour town of his childhood."),
        ("A stubborn inventor from a small mountain village builds a flying machine out of kites and bicycles, and the "
         "army takes notice of it.",
         "A stubborn inventor from a small mountain village builds a flying machine out of kites and bicycles."),
        ("A nervous lawyer of the old school defends a famous actor against the whole town while an early winter "
         "closes the only road out.",
         "A nervous lawyer of the old school defends a famous actor against the whole town."),
        ("Two sisters, a widowed baker and their retired neighbour open a small hotel by the sea, quarrelling over "
         "every curtain and chair in it.",
         "Two sisters, a widowed baker and their retired neighbour open a small hotel by the sea, quarrelling over "
         "every curtain and chair in it."),
        ("a gel pen with a fine tip that never smears.", "A gel pen with a fine tip that never smears."),
    ],
)  # fmt: skip
def test_the_first_sentence_or_the_clause_that_opens_it(text, expected):
    assert line(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Gripping.",
        "A short one.",
        "A very long sentence about a man and a boat and a river and a town and a bridge and a mill and a road and a "
        "hill and a church and a farm and a barn.",
        "A hill beyond the hill is where they build a house.",
        "No sentence ends in this text",
        'She says "come home and then leaves for the coast.',
    ],
)
def test_fragments_repetitions_and_what_cannot_be_cut_give_nothing(text):
    assert line(text) == ""


def test_a_description_that_only_says_the_title_again_gives_nothing():
    assert line("Blue gel pens with fine tips, box of 12.", "Box of 12 Blue Gel Pens with Fine Tip") == ""
