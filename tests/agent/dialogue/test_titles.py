"""Titles in messages, also where they are words, numbers or misspelt."""

import pytest
from dialogue_readers import titles


@pytest.mark.parametrize(
    ("message", "alike", "gone"),
    [
        ("something like Alien", {"Alien"}, set()),
        ("films similar to “The Good, the Bad and the Ugly”!", {"The Good, the Bad and the Ugly"}, set()),
        ("a thriller like Heat but funny", {"Heat"}, set()),
        ("like No Country for Old Men", {"No Country for Old Men"}, set()),
        ("something like Dr. No", {"Dr. No"}, set()),
        ("thrillers like “it”", {"It"}, set()),
        ("like amelie", {"Amélie"}, set()),
        ("sth in the vein of Godfather", {"The Godfather"}, set()),
        ("like the godfathr", {"The Godfather"}, set()),
        ("I've seen Alien, another space horror", set(), {"Alien"}),
        ("I know Alien and Aliens already", set(), {"Alien", "Aliens"}),
        ("a film like Jaws but not Alien", {"Jaws"}, {"Alien"}),
        ("anything but Alien", set(), {"Alien"}),
        ("tonight I don't want Alien", set(), {"Alien"}),
        ("I hated It", set(), {"It"}),
        ("I loved Up", {"Up"}, set()),
        ("something like 1917", {"1917"}, set()),
        ("I couldn't finish Heat", set(), {"Heat"}),
        ("Jaws put me to sleep", set(), {"Jaws"}),
    ],
)
def test_examples_and_what_is_not_to_be_shown(message, alike, gone):
    assert titles(message) == (alike, gone)


@pytest.mark.parametrize(
    "message",
    [
        "give me some heat",
        "tell her about it",
        "up to ninety minutes",
        "it is late",
        "I like it",
        "seven of us",
        "like",
        "",
        "no",
        "her brother was up all night",
        "the heat is killing me",
    ],
)
def test_words_that_are_titles_elsewhere(message):
    assert titles(message) == (set(), set())
