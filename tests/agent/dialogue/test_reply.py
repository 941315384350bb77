"""The reply: sentence by verified sentence, honest when the shelf is empty, plain when the model strays."""

from sommelier.agent.dialogue.phrasing import say
from sommelier.agent.dialogue.reply import plan, stream_reply
from sommelier.agent.dialogue_state import Constraint, DialogueState, OpenQuestion, Option
from sommelier.agent.explanation.explanation import facts_of
from sommelier.agent.explanation.sentences import first_sentence, sentence_end
from sommelier.agent.explanation.verifier import verify
from sommelier.prompts import PromptLibrary
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.evidence import Candidate, Evidence, HistoryLink

PROMPT = PromptLibrary(None).get("reply")


def candidate(title, words=(), history=()):
    fields = {"director": "Jules Dassin", "genres": ("crime",), "keywords": ("heist",)}
    return Candidate(Item(title, title, "", fields), 1.0, {}, (), Evidence(history, (), words, 0.5))


SHELF = [
    candidate("Rififi", ("heist",), (HistoryLink("heat", "Heat", 0.6, "liked", "like", together=3, choices=5),)),
    candidate("Topkapi"),
    candidate("Brute Force"),
]


def texts(sentences):
    return [each.text for each in sentences]


class Scripted:
    """Streams the given endings word by word, one per call; counts the pieces taken."""

    def __init__(self, *endings):
        self.endings = list(endings)
        self.openings = []
        self.taken = 0
        self.closed = 0

    def stream(self, messages, *, max_new_tokens, temperature=0.0, seed=0, opening=""):
        self.openings.append(opening)
        try:
            for piece in self.endings.pop(0).split(" ")[1:]:
                self.taken += 1
                yield " " + piece
        finally:
            self.closed += 1


STATE = DialogueState(constraints=(Constraint("in", ("genres",), ("crime",), words="crime"),))


def reply(lm, shelf=SHELF, understood="", question=None, state=STATE):
    return stream_reply(lm, PROMPT, understood, shelf, question, state)


def test_the_reply_says_what_was_understood_then_the_first_pick_and_another():
    lm = Scripted(" is a crime film.", " has themes of heist.")
    assert texts(reply(lm, understood="Crime; still no horror")) == [
        "Crime; still no horror.",
        "You liked Heat, so I would start with Rififi, which is a crime film.",
        "You may also enjoy Topkapi, which has themes of heist.",
    ]


def test_a_question_is_the_one_offer_and_stands_last():
    lm = Scripted(" is a crime film.")
    question = OpenQuestion("country", "Does it matter which country: France and Italy?", (Option("France", 3),))
    said = texts(reply(lm, question=question))
    assert len(said) == 2
    assert said[-1] == question.text


def test_in_another_language_the_model_is_not_asked():
    said = texts(reply(Scripted(), state=DialogueState(language="de")))
    assert len(said) == 1
    assert "Rififi" in said[0]


def test_the_first_sentence_is_yielded_before_the_second_is_asked_for():
    lm = Scripted(" is a crime film.", " is a crime film.")
    next(reply(lm))
    assert len(lm.openings) == 1


def test_the_model_is_stopped_when_the_sentence_ends():
    lm = Scripted(" is a crime film. Next " + "word " * 100, " is a crime film.")
    texts(reply(lm))
    assert lm.taken < 15
    assert lm.closed == 2


def test_a_failing_sentence_is_retried_once_and_then_said_plainly():
    lm = Scripted(" is the best.", " is a masterpiece.", " is great.", " is a crime film.")
    said = texts(reply(lm))
    assert said[0] == "You liked Heat, so I would start with Rififi."
    assert said[1] == "I also suggest Topkapi, which is a crime film."
    assert lm.openings[0] != lm.openings[1]


def test_an_empty_shelf_is_said_honestly_without_the_model():
    assert texts(reply(Scripted(), [])) == [say("empty_shelf", "en")]
    assert texts(reply(Scripted(), [], state=DialogueState(wishes=("films from Mars",)))) == [say("empty_shelf", "en")]


def test_a_catalogue_that_is_used_up_asks_nobody_to_drop_a_condition():
    assert texts(reply(Scripted(), [], state=DialogueState())) == [say("nothing_left", "en")]


UNTRUE = (" is the best.", " is a masterpiece.", " is great.", " is the finest.")


def test_a_reply_in_which_the_model_fails_throughout_is_plain():
    said, plain = texts(reply(Scripted(*UNTRUE))), plan(SHELF)
    assert said == [each.plain for each in plain]
    assert verify(first_sentence(said[0], ()), facts_of(SHELF[0])) == ()


def test_one_item_makes_one_sentence():
    assert len(texts(reply(Scripted(" is a crime film."), SHELF[:1]))) == 1


def test_dots_inside_names_do_not_end_a_sentence():
    names = ["Dr. Strangelove", "E.T."]
    assert first_sentence("Try Dr. Strangelove or E.T. now. More.", names) == "Try Dr. Strangelove or E.T. now."
    assert sentence_end("Try it.", (), finished=False) is None
    assert sentence_end("Try it. ", (), finished=False) == 7
    assert first_sentence("Try Dr. Strangelove", names) is None


def test_the_bundled_model_replies(bundled_lm):
    said = texts(reply(bundled_lm))
    assert len(said) == 2
    assert "Rififi" in said[0]
    assert verify(said[0], facts_of(SHELF[0])) == ()
