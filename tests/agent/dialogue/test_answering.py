"""What a message means as the answer to the question that waits."""

import pytest
from sommelier.agent.dialogue.answering import as_answer
from sommelier.agent.dialogue_state import Constrain, Constraint, OpenQuestion, Option, Recommend, Talk

QUESTION = OpenQuestion("language", "Which language?", (Option("French", 27), Option("English", 549)))
FRENCH_FILM = Constrain(Constraint("in", ("country",), ("France",), words="French"))
OFF_TOPIC = Talk("off topic")


def test_what_was_offered_is_meant_of_the_attribute_asked_about():
    (act,) = as_answer([FRENCH_FILM], QUESTION, "definitely French")
    assert act.constraint.attributes == ("language",)
    assert act.constraint.values == ("French",)
    assert act.constraint.kind == "in"


def test_a_refusal_of_what_was_offered_stays_one():
    refused = Constrain(Constraint("out", ("country",), ("France",), words="no French"))
    (act,) = as_answer([refused], QUESTION, "not French")
    assert (act.constraint.kind, act.constraint.attributes) == ("out", ("language",))


def test_a_bare_answer_that_was_read_as_nothing_is_a_wish():
    acts = as_answer([OFF_TOPIC], QUESTION, "I'd say english")
    assert acts == (Recommend(), Constrain(Constraint("in", ("language",), ("English",), words="English")))


@pytest.mark.parametrize(
    ("acts", "question", "message"),
    [
        ([FRENCH_FILM], None, "French"),
        ([FRENCH_FILM], QUESTION, "something by Truffaut"),
        ([Constrain(Constraint("in", ("language",), ("French",), words="French"))], QUESTION, "French"),
        ([OFF_TOPIC], QUESTION, "what do you think of the way in which French people queue for bread"),
        ([Talk("thank")], QUESTION, "thanks, English"),
        ([OFF_TOPIC], QUESTION, "Frenchmen"),
    ],
)
def test_all_else_is_left_as_it_was_read(acts, question, message):
    assert as_answer(acts, question, message) == tuple(acts)
