"""What somebody may have meant: slips find their name, anything else finds none, a large catalogue is quick."""

import time

import pytest
from sommelier.agent.spelling import closest

FILMS = [("amelie-2001", "Amélie"), ("the-third-man-1949", "The Third Man"), ("heat-1995", "Heat"), ("m-1931", "M")]
NAMES = [(name, id) for id, title in FILMS for name in (id, title)]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("amelie", ["amelie-2001"]), ("AMÉLIE!", ["amelie-2001"]), ("Ame\u0301lie", ["amelie-2001"]),
        ("third man", ["the-third-man-1949"]), ("the_thrid_man_1949", ["the-third-man-1949"]), ("haet", ["heat-1995"]),
        ("m", ["m-1931"]), ("solaris", []), ("", []), ("?!", []), ("x" * 1_000_000, []),
    ],
)  # fmt: skip
def test_a_slip_finds_its_name(wanted, meant):
    assert closest(wanted, NAMES) == meant


def test_the_closest_come_first_and_each_once():
    names = [("viewer-01", "viewer-01"), ("viewer-10", "viewer-10"), ("Viewer 01", "viewer-01"), ("ana", "ana")]
    assert closest("viewer-1", names) == ["viewer-01", "viewer-10"]
    assert closest("viewer-1", names, 1) == ["viewer-01"]


def test_names_without_a_letter_are_left_out():
    assert closest("heat", [("", "nothing"), ("---", "dashes"), ("🎬", "picture")]) == []


def test_a_large_catalogue_costs_little():
    words = ("slow", "river", "night", "letter", "garden", "winter", "island", "stranger")
    names = [
        (f"The {words[at % 8]} of the {words[at // 8 % 8]} {at}", f"item-{at}") for at in range(200_000)
    ]  # as many as 100,000 items have names
    began = time.process_time()
    assert closest("The stranger of the gardn 77777", names)
    assert time.process_time() - began < 3
