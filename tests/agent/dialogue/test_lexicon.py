"""The words of a catalogue: everyday words, typos, names by a part of them."""

import pytest
from dialogue_readers import wished


@pytest.mark.parametrize(
    ("message", "values"),
    [
        ("something funny", {"comedy"}),
        ("scary please", {"horror"}),
        ("a french film", {"France"}),
        ("in French", {"French"}),
        ("deckbuilding", {"deck-building"}),
        ("a thriler", {"thriller"}),
        ("musicls please", {"musical"}),
        ("commedy", {"comedy"}),
        ("westerns", {"western"}),
        ("French thriller", {"France", "thriller"}),
        ("with De Niro and Pacino", {"Robert De Niro", "Al Pacino"}),
        ("w keanu?", {"Keanu Reeves"}),
        ("something by the Coen brothers", {"Joel Coen", "Ethan Coen"}),
        ("starring Emma Stone", {"Emma Stone"}),
        ("eastwood", {"Clint Eastwood"}),
        ("Eastwood's films", {"Clint Eastwood"}),
    ],
)
def test_values_by_other_words(message, values):
    assert wished(message) == values


@pytest.mark.parametrize(
    "message",
    [
        "an indie film",
        "as hard as stone",
        "set a date",
        "with Jimi Hendrix",
        "anything at all",
        "the double bill",
        "my horse",
        "",
        "a stone",
        "cruise control",
    ],
)
def test_words_that_stand_for_nothing(message):
    assert wished(message) == set()
