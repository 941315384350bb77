"""What is said for good: read in five languages, offered once, and told apart from what only sounds like it."""

import pytest
from dialogue_labels import catalogue, roles
from sommelier.agent.dialogue.manager import DialogueManager
from sommelier.agent.dialogue.state import with_question, with_shelf
from sommelier.agent.dialogue_state import Constraint, DialogueState, OpenQuestion, Option

FILMS = catalogue("films")
GAMES = catalogue("games")


@pytest.fixture(scope="module")
def films():
    return DialogueManager(FILMS, roles(FILMS))


@pytest.fixture(scope="module")
def games():
    return DialogueManager(GAMES, roles(GAMES))


def lasting(manager, message, language="en"):
    step = manager.step(message, DialogueState(language=language))
    return [(each.kind, *each.values) for each in step.lasting]


@pytest.mark.parametrize(
    ("language", "message", "values"),
    [
        ("en", "never horror", ["horror"]),
        ("en", "no horror ever, please", ["horror"]),
        ("en", "I never watch musicals", ["musical"]),
        ("en", "we don't ever watch westerns", ["western"]),
        ("en", "I never want to see musicals or westerns", ["musical", "western"]),
        ("en", "from now on no documentaries", ["documentary"]),
        ("en", "I don't speak French", ["French"]),
        ("de", "Nie wieder Horrorfilme", ["horror"]),
        ("de", "Ich schaue nie Musicals", ["musical"]),
        ("de", "grundsätzlich keine Kriegsfilme", ["war"]),
        ("de", "Ich spreche kein Französisch", ["French"]),
        ("es", "nunca veo musicales", ["musical"]),
        ("es", "nada de terror nunca", ["horror"]),
        ("es", "no hablo francés", ["French"]),
        ("fr", "jamais de films d'horreur", ["horror"]),
        ("fr", "je ne regarde jamais de comédies musicales", ["musical"]),
        ("fr", "je ne parle pas français", ["French"]),
        ("zh", "我从不看恐怖片", ["horror"]),
        ("zh", "永远不要音乐剧", ["musical"]),
        ("zh", "我不会法语", ["French"]),
    ],
)
def test_what_is_never_to_be_is_read(films, language, message, values):
    found = lasting(films, message, language)
    assert [kind for kind, *_ in found] == ["out"] * len(values)
    assert all(value in each for each, value in zip(found, values, strict=True))


@pytest.mark.parametrize(
    ("language", "message", "kind", "values"),
    [
        ("en", "I have a Switch", "in", {"Switch"}),
        ("en", "I only have a PS5", "in", {"PlayStation"}),
        ("en", "We have an Xbox and a Switch at home", "any", {"Xbox", "Switch"}),
        ("en", "we don't own a PC", "out", {"PC"}),
        ("de", "Ich habe nur eine PS5", "in", {"PlayStation"}),
        ("de", "Wir haben keinen PC", "out", {"PC"}),
        ("es", "Tengo una Switch", "in", {"Switch"}),
        ("es", "no tenemos PC", "out", {"PC"}),
        ("fr", "Je n'ai qu'une PS5", "in", {"PlayStation"}),
        ("fr", "On n'a pas de PC", "out", {"PC"}),
        ("zh", "我有Switch", "in", {"Switch"}),
        ("zh", "我们没有PC", "out", {"PC"}),
    ],
)
def test_what_somebody_has_to_play_on_is_read(games, language, message, kind, values):
    ((found, *own),) = lasting(games, message, language)
    assert (found, set(own)) == (kind, values)


@pytest.mark.parametrize(
    "message",
    [
        "best horror ever", "I've never seen a horror film like that", "never mind the horror", "no horror tonight",
        "I'll never forget that horror film", "a comedy", "I always cry at comedies", "I hate horror",
        "remember that film with the boat?", "a western, the best one ever made", "I have a comedy in mind",
    ],
)  # fmt: skip
def test_what_holds_for_now_is_not_offered(films, message):
    assert lasting(films, message) == []


def asked(manager, message, state=None):
    """The state after a message, with the question beside its shelf."""
    step = manager.step(message, state or DialogueState())
    question = manager.question(step, lambda: FILMS)
    return with_question(with_shelf(step.after, [FILMS[0].id]), question)


@pytest.mark.parametrize(
    ("message", "yes", "no"),
    [
        ("never horror", "Yes", "No"),
        ("never horror", "sure, please do", "no thanks, just for tonight"),
        ("Nie wieder Horror", "ja, gerne", "nein danke"),
        ("nunca veo musicales", "sí, por favor", "no, gracias"),
        ("je ne regarde jamais de comédies musicales", "oui, merci", "non merci"),
        ("我从不看恐怖片", "好的", "不用了"),
    ],
)
def test_a_plain_answer_is_understood(films, message, yes, no):
    state = asked(films, message)
    assert state.question.pins == state.offered
    kept, declined = films.step(yes, state), films.step(no, state)
    assert (kept.move, len(kept.after.pinned)) == ("pin", 1)
    assert (declined.move, declined.after.pinned) == ("talk", ())
    assert films.answer(kept, yes) != films.answer(declined, no)
    assert kept.after.shown == declined.after.shown == state.shown


@pytest.mark.parametrize("message", ["yes, and something funny", "thanks", "ok, a western", "yes " * 50, "", "?", "🙂"])
def test_what_is_no_plain_yes_keeps_nothing(films, message):
    step = films.step(message, asked(films, "never horror"))
    assert step.after.pinned == ()
    assert step.after.question is None


def test_a_yes_to_another_question_keeps_nothing(films):
    kind = OpenQuestion("genres", "What kind of thing: drama or comedy?", (Option("drama", 3), Option("comedy", 2)))
    state = with_question(films.step("never horror", DialogueState()).after, kind)
    assert films.step("yes", state).after.pinned == ()


def test_a_later_message_closes_the_offer(films):
    state = asked(films, "a drama", asked(films, "never horror"))
    assert films.step("yes", state).after.pinned == ()


def test_an_offer_is_no_question_about_items(films):
    state = asked(films, "never horror")
    assert state.asked == ()
    again = films.step("never horror", state)
    assert films.question(again, lambda: FILMS).pins == ()


def test_remember_that_is_of_what_was_said_last(films):
    state = films.step("no horror", asked(films, "no musicals")).after
    step = films.step("remember that", state)
    assert [each.values for each in step.after.pinned] == [("horror",)]
    assert films.step("remember that", DialogueState()).after.pinned == ()


def test_what_is_lifted_in_so_many_words_stays_lifted(films):
    pin = Constraint("out", ("genres",), ("horror",), words="never horror", standing=True, turn=-1)
    state = films.step("horror is fine", films.begun([pin])).after
    assert (state.constraints, state.pinned) == ((), ())
    assert films.step("start over", state).after.constraints == ()


def test_a_wish_against_a_pin_holds_until_a_fresh_start(films):
    pin = Constraint("out", ("genres",), ("horror",), words="never horror", standing=True, turn=-1)
    state = films.step("a horror film", films.begun([pin])).after
    assert [each.kind for each in state.constraints] == ["in"]
    assert films.step("start over", state).after.constraints == (pin,)
