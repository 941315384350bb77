"""Titles in messages, also where they are words, numbers or misspelt."""

import pytest
from dialogue_readers import items_of, reader_of, titles
from sommelier.agent.dialogue_state import DialogueState


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


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("what's moon about?", "Moon"),
        ("compare moon and arrival", "Moon"),
        ("chicken run. is it ok for her?", "Chicken Run"),
        ("the chicken one sounds good", "Chicken Run"),
        ("tell me about the chiken one", "Chicken Run"),
        ("how long is the quiet earth", "The Quiet Earth"),
        ("a western, no butch cassidy", "Butch Cassidy and the Sundance Kid"),
        ("bridget jones - who's in it", "Bridget Jones's Diary"),
        ("do you have jungle book?", "The Jungle Book"),
        ("similar to four weddings", "Four Weddings and a Funeral"),
        ("something like scott pilgrim", "Scott Pilgrim vs. the World"),
        ("i hated big lebowski", "The Big Lebowski"),
        ("no lebowski please, a comedy", "The Big Lebowski"),
        ("no harry potter please", "Harry Potter and the Philosopher's Stone"),
    ],
)
def test_a_part_of_a_title_stands_for_it(message, meant):
    assert meant in named(message, "films", ("Moon", "Chicken Run", "The Quiet Earth"))


@pytest.mark.parametrize(
    ("message", "name", "shelf"),
    [
        ("what's wizard's kitchen about", "games", ("Wizard's Kitchen", "Seven")),
        ("the wizard one, how long does it take?", "games", ("Wizard's Kitchen", "Seven")),
        ("has anyone got the viking one at home", "games", ("Viking Summers", "Loop")),
        ("what is the hedgehog made of", "office", ("Hedgehog Full-Strip Stapler", "Staples No. 10")),
        ("how heavy is the hedghog one", "office", ("Hedgehog Full-Strip Stapler", "Staples No. 10")),
    ],
)
def test_so_it_is_in_other_catalogues(message, name, shelf):
    assert shelf[0] in named(message, name, shelf)


@pytest.mark.parametrize(
    "message",
    [
        "Oh No! not again",
        "one about the moon",
        "I read a book in the jungle",
        "we had chicken tonight",
        "three weddings this summer, and my butcher is ill",
        "a film for the two of us",
        "only the christmas ones",
    ],
)
def test_everyday_words_name_nothing_of_the_shelf(message):
    assert not named(message, "films", ("Moon", "Chicken Run", "The Quiet Earth"))


def test_a_cry_is_no_title():
    assert "No" not in named("ugh NO. something sweet", "films", ("Moon", "Alien"))


def test_a_person_in_a_title_is_a_person():
    assert not named("something with John Malkovich", "films", ())


def named(message, name, shelf):
    """The titles that the acts of a message are about, after a shelf of these."""
    ids = {item.title: item.id for item in items_of(name)}
    acts = reader_of(name).read(message, DialogueState(shown=(tuple(map(ids.get, shelf)),))).acts
    found = {each for act in acts for each in (*getattr(act, "items", ()), *getattr(act, "alike", ()))}
    return {title for title, each in ids.items() if each in found}
