"""The judge of fluency: each slip by its kind, none where a sentence reads well, and who wins."""

import pytest
from sommelier.agent.explanation.fluency import WEIGHTS, fluency, no_worse, slips

NAMES = ("New York", "Heat", "Toy Story", "Toy Story 2", "Michael Mann", "The Thing")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It is a fantasy film and is a fantasy film.", "grammar"),
        ("It is a drama film from United Kingdom from France.", "grammar"),
        ("It is a a drama.", "grammar"),
        ("It is an drama.", "grammar"),
        ("It takes a hour.", "grammar"),
        ("It is a horror story about horror.", "repetition"),
        ("It is a film, which is slow, which is quiet.", "doubled clause"),
        ("We recommend Heat, which is a film by.", "dangling"),
        ("It explores new york.", "case"),
        ("It explores  London.", "spacing"),
        ("It explores London , too.", "spacing"),
        ("it explores London.", "shape"),
        ("It explores London", "shape"),
        ("word " * 5 + "It " + " ".join(f"w{n}" for n in range(40)) + ".", "long"),
    ],
)
def test_slips_are_found(text, kind):
    assert kind in {slip.kind for slip in slips(text, NAMES)}
    assert fluency(text, NAMES) <= 1 - WEIGHTS[kind]


@pytest.mark.parametrize(
    "text",
    [
        "A jury is ready to send a teenager to the electric chair until one man votes not guilty.",
        "By the same director as Heat, which you liked.",
        "You liked Toy Story; this is by the maker of Toy Story 2, too.",
        "You liked The Thing; this shares its isolation and body horror.",
        "An hour in a university with an FBI trainee.",
        "It explores New York.",
    ],
)
def test_what_reads_well_has_none(text):
    assert slips(text, NAMES) == []
    assert fluency(text, NAMES) == 1.0


def test_the_score_stays_between_nothing_and_one():
    assert fluency("a a a a from x from y which and which and which is") == 0.0
    assert 0 <= fluency("") < 1


def test_equal_is_no_worse_and_less_is():
    good, bad = "It is a quiet film by Michael Mann.", "It is a quiet film and is a quiet film."
    assert no_worse(good, good, NAMES)
    assert no_worse(good, bad, NAMES)
    assert not no_worse(bad, good, NAMES)
