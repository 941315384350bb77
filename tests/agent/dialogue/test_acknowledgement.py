"""What a person did on the page, said back: true, short, and in the words that the verifier accepts."""

import pytest
from fakes import film
from sommelier.agent.dialogue.acknowledgement import acknowledgement
from sommelier.agent.explanation.verifier import HISTORY, Fact, Facts, verify
from sommelier.retrieval.catalogue import Event

FILMS = {each.id: each for each in (
    film("heat", director="Michael Mann"), film("ronin", director="John Frankenheimer"), film("alien"),
    film("brazil"), film("nameless", title="\u202e\u0000"), film("long", title="W" * 10_000),
)}  # fmt: skip


def said(*deeds):
    events = [Event(str(at), "ann", item, kind) for at, (kind, item) in enumerate(deeds)]
    return acknowledgement(events, FILMS.get)


@pytest.mark.parametrize(
    ("deeds", "expected"),
    [
        ([("like", "heat")], "You liked Heat."),
        ([("save", "heat"), ("like", "ronin"), ("save", "alien")], "You liked Ronin. You saved Heat and Alien."),
        ([("seen", "heat"), ("dismiss", "ronin"), ("dislike", "alien")],
         "You know Heat already. You disliked Alien. You dismissed Ronin."),
        ([("seen", "alien")], "You know Alien already."),
        ([("like", "heat"), ("like", "heat")], "You liked Heat."),
        ([("like", each) for each in ("heat", "ronin", "alien", "brazil")], "You liked Heat, Ronin, Alien and Brazil."),
        ([("click", "heat"), ("view", "ronin"), ("search", None)], None),
        ([("like", "gone"), ("save", "nameless")], None),
        ([], None),
    ],
)  # fmt: skip
def test_what_is_said(deeds, expected):
    assert said(*deeds) == expected


def test_a_hostile_title_stays_short():
    assert len(said(("like", "long"))) < 100


def test_the_verifier_agrees():
    text = said(("save", "ronin"), ("like", "heat"))
    known = (Fact("Heat", HISTORY, "liked", ("liked",)), Fact("Ronin", HISTORY, "neutral", ("watched", "saved")))
    assert verify(text, Facts(known)) == ()
    assert verify(text.replace("saved", "liked"), Facts(known))
