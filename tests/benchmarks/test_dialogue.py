"""The dialogue's benchmark: tables that say what was counted, and a person who keeps account of what they asked for."""

from random import Random

import dialogue
import pytest
from dialogue_conversations import Counts, Failure, hold, told
from dialogue_person import Person
from dialogue_questions import MOST_TURNS, Search, Seeker, searches
from dialogue_reading import StateTally, Tally, is_held_out
from dialogue_world import CATALOGUES, items_of, world
from fakes import HashEmbedder
from sommelier.agent.dialogue_state import More, OpenQuestion


@pytest.fixture(scope="module")
def games(tmp_path_factory):
    with world("games", tmp_path_factory.mktemp("worlds"), HashEmbedder()) as opened:
        yield opened


@pytest.mark.parametrize("name", CATALOGUES)
def test_what_somebody_asks_for_always_leaves_an_item(name):
    items = items_of(name)
    for seed in range(5):
        person = Person(name, items, Random(seed))
        for _ in range(5):
            saying = person.say([], None)
            assert saying.message.strip()
            assert "{" not in saying.message
            assert person.allowed()
            person.see([])


def test_one_seed_is_one_conversation(games):
    one, other = hold(games, range(4)), hold(games, range(4))
    assert one == other
    assert one.conversations == 4
    assert 12 <= one.turns <= 32
    assert one.shelves + one.answers == one.turns


def test_failures_are_told_the_most_frequent_first():
    rare = Failure("add: empty", "games", 3, ("a card game", "under $1"), "0 allowed")
    often = [Failure("more: missing", "films", seed, ("a western", "next"), "talk") for seed in (1, 2)]
    text = told([rare, *often], 1)
    assert text.index("2 x more: missing") < text.index("1 x add: empty")
    assert "a card game / under $1" in text


def test_tables_say_what_was_counted():
    tally = Tally()
    tally.add({"right": 3, "wrong": 1, "missed": 1}, ["ask"], ["ask"])
    tally.add({}, ["more"], ["ask"])
    table = dialogue.message_table({("films", "en", part): tally for part in ("all", "held-out file")})
    assert "| films | en | 2, 0, 2 | 0.750 |  | 0.750 | 0.500 |  | 0.500 |" in table
    states = StateTally(turns=4, right_turns=3, right_moves=4, conversations=2, right_to_the_last=1)
    assert "| films | de | 2 | 4 | 0.750 | 1.000 | 0.500 | 0.000 |" in dialogue.conversation_table(
        {("films", "de"): states}
    )
    counts = Counts(conversations=2, shelves=9, broken_now=1, rules=10, kept=9, answers=3)
    assert "| games | 2 | 9 | 1 | 0 | 0 | 0 | 0 | 0 of 3 | 90.0% |" in dialogue.count_table({"games": counts})


def test_a_seeker_knows_no_title_and_says_nothing_twice():
    film = items_of("films")[0]
    seeker, said = Seeker(film, Random(1)), []
    while not isinstance((acts := seeker.volunteer())[0], More):
        said.append(repr(acts))
    assert len(set(said)) == len(said)
    assert not any(film.title in each or film.id in each for each in said)
    assert seeker.answer(OpenQuestion("genres", "")) == []


def test_films_are_found_under_every_policy(tmp_path):
    with world("films", tmp_path, HashEmbedder()) as films:
        found = searches(films, 3)
    assert all(1 <= each.turns <= MOST_TURNS + 1 for own in found.values() for each in own)
    assert {each.questions for each in found["never-ask"]} == {0}
    table = dialogue.search_table({"ours": [Search(2, 1)] * 3, "never-ask": [Search(3, 0)] * 3})
    assert "| ours | 2.00 [2.00, 2.00] | -1.00 [-1.00, -1.00] | 1.00 [1.00, 1.00] | 1.00 |" in table


def test_half_is_held_out():
    rows = [{"language": "de", "message": f"message {at}"} for at in range(1000)]
    assert 400 < sum(map(is_held_out, rows)) < 600
    assert is_held_out({"language": "en", "message": "a comedy", "file": "english_heldout"})
    assert all(is_held_out({**row, "file": "german_heldout"}) for row in rows)
    assert not is_held_out({"language": "en", "message": "a comedy", "file": "english"})
