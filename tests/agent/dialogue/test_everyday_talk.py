"""Sentences of people who had never seen the engine, and what each has to amount to."""

from dataclasses import replace

import pytest
from dialogue_labels import catalogue, roles
from dialogue_readers import small
from sommelier.agent.dialogue.manager import DialogueManager
from sommelier.agent.dialogue.state import with_shelf
from sommelier.agent.dialogue_state import Constrain, Critique, DialogueState, Feedback, Talk
from sommelier.agent.knowledge.language import language_pack

FILMS = catalogue("films")


@pytest.fixture(scope="module")
def films():
    return DialogueManager(FILMS, roles(FILMS))


@pytest.fixture
def shown():
    """A conversation in which three films were shown."""
    return with_shelf(DialogueState(), [item.id for item in FILMS[:3]])


@pytest.mark.parametrize(
    ("message", "liked", "disliked"),
    [
        ("loved Alien, hated Aliens", {"Alien"}, {"Aliens"}),
        ("hated Heat but loved Up and Alien", {"Up", "Alien"}, {"Heat"}),
        ("Heat was boring, Alien was great", {"Alien"}, {"Heat"}),
        ("saw Heat, fell asleep. loved Alien", {"Alien"}, {"Heat"}),
    ],
)
def test_love_and_hate_in_one_sentence_are_told_apart(message, liked, disliked):
    reader, items = small()
    acts = [act for act in reader.read(message, DialogueState()).acts if isinstance(act, Feedback)]
    felt = {event: {items[each].title for act in acts if act.event == event for each in act.items}
            for event in ("like", "dislike")}  # fmt: skip
    assert felt == {"like": liked, "dislike": disliked}


@pytest.mark.parametrize("message", ["we haven't seen Heat", "I've never watched Alien", "do you have Heat?"])
def test_what_was_not_met_is_not_logged_as_met(message):
    reader, _ = small()
    assert not [act for act in reader.read(message, DialogueState()).acts if isinstance(act, Feedback)]


@pytest.mark.parametrize(
    "message", ["I'll take the second one, thanks", "ok let's watch the second", "we'll go with number 2"]
)
def test_who_takes_what_was_shown_gets_no_other_shelf(films, shown, message):
    step = films.step(message, shown)
    assert step.move == "talk"
    assert [act.items for act in step.acts if isinstance(act, Feedback)] == [shown.shelf[1:2]]
    assert films.answer(step, message)


@pytest.mark.parametrize(
    "message", ["are you a human?", "what are you?", "who made you", "hey are you a real person or some AI"]
)
def test_what_it_is_is_said_when_asked(films, message):
    step = films.step(message, DialogueState())
    assert step.acts == (Talk("itself"),)


def test_an_insult_with_a_goodbye_is_a_goodbye(films):
    assert films.step("you're useless. ok bye", DialogueState()).acts == (Talk("bye"),)


def test_what_is_fine_too_is_no_bound(films):
    state = films.step("a comedy", DialogueState()).after
    assert films.step("older ones are ok too", state).after.constraints == state.constraints
    bound = films.step("before 1990", state).after
    assert [each.words for each in films.step("newer ones are fine too", bound).after.constraints] == ["comedy"]


@pytest.mark.parametrize("message", ["nothing violent", "not too bloody please", "keine Gewalt bitte",
                                     "rien de violent s'il te plaît", "不要暴力"])  # fmt: skip
def test_violence_that_is_refused_leaves_out_what_is_for_adults_alone(films, message):
    (constraint,) = films.step(message, DialogueState()).after.constraints
    assert constraint.kind == "out"
    assert "18+" in constraint.values


def test_newer_than_the_example_not_than_what_is_refused():
    reader, _ = small()
    acts = reader.read("something like Alien but newer, not Heat", DialogueState()).acts
    (bound,) = (act.constraint for act in acts if isinstance(act, Constrain))
    assert bound.bounds == {"$gt": 1950}


@pytest.mark.parametrize("message", ["only two?", "hm only one? ok make it a comedy"])
def test_a_complaint_that_there_are_few_asks_for_no_fewer(films, shown, message):
    assert films.step(message, shown).after.count is None


@pytest.mark.parametrize("message", ["a comedy under 110 min. and show me four", "comedies, give me four please"])
def test_a_number_of_items_is_no_bound(films, message):
    after = films.step(message, films.step("under 100 minutes", DialogueState()).after).after
    assert after.count == 4
    assert all(each.bounds.get("$lte") != 4 for each in after.constraints)


def test_without_something_is_fine_takes_back_that_there_be_some(films):
    state = films.step("a western with trains", DialogueState()).after
    assert [each.words for each in films.step("ok then without trains is fine too", state).after.constraints] == [
        "western"
    ]


def test_what_is_fine_beside_a_refusal_is_not_refused(films):
    refused = {value for each in films.step("no horror, thrillers are fine", DialogueState()).after.constraints
               if each.refuses for value in each.values}  # fmt: skip
    assert refused == {"horror"}


def test_each_comparison_is_with_what_stands_behind_it(films, shown):
    step = films.step("shorter than the second but newer than the third", shown)
    assert [(act.attribute, act.items) for act in step.acts if isinstance(act, Critique)] == [
        ("runtime", shown.shelf[1:2]), ("year", shown.shelf[2:3]),
    ]  # fmt: skip


def test_newer_than_all_that_were_named():
    reader, items = small()
    acts = reader.read("seen Alien and Jaws, something newer", DialogueState()).acts
    (bound,) = (act.constraint for act in acts if isinstance(act, Constrain))
    assert bound.bounds == {
        "$gt": max(item.attributes["year"] for item in items.values() if item.title in ("Alien", "Jaws"))
    }


@pytest.mark.parametrize(
    ("asked", "taken_back"),
    [("a comedy in French", "forget french"), ("deutsche Filme auf Deutsch", "vergiss das mit deutsch")],
)
def test_taking_a_language_back_takes_the_country_back(films, asked, taken_back):
    state = films.step(asked, DialogueState()).after
    after = films.step(taken_back, state).after
    assert not [each for each in after.constraints if {"language", "country"} & set(each.attributes)]


def test_a_range_that_is_widened_on_one_side_is_said_as_it_is(films):
    state = films.step("comedies of 85 to 100 min", DialogueState()).after
    step = films.step("up to 110 min", state)
    assert step.after.chips == ("comedies", "at least 85 minutes", "up to 110 min")
    assert step.understood == "At least 85 minutes, up to 110 min; still comedies"


def test_what_is_fine_beside_a_wish_is_another_way_to_meet_it(films):
    state = films.step("a comedy", DialogueState()).after
    (kinds,) = films.step("drama is fine too", state).after.constraints
    assert (kinds.kind, set(kinds.values)) == ("any", {"comedy", "drama"})
    french = films.step("something in French", DialogueState()).after
    (spoken,) = films.step("can also be in English", french).after.constraints
    assert set(spoken.values) == {"French", "English"}


def test_a_german_wish_is_widened_and_taken_back(films):
    state = films.step("einen Krimi auf Deutsch bitte", DialogueState()).after
    wider = films.step("der Film kann auch englisch sein", state).after
    assert {"German", "English"} in [set(each.values) for each in wider.constraints]
    assert not [each for each in films.step("Sprache egal", wider).after.constraints if "language" in each.attributes]


@pytest.mark.parametrize(
    ("message", "words"),
    [("less violent", "less violent"), ("nicht so brutal", "nicht so brutal"), ("not too violent", "not too violent")],
)
def test_less_violence_is_a_condition_said_in_its_own_words(films, message, words):
    state = films.step("a comedy", DialogueState()).after
    step = films.step(message, state)
    assert step.after.chips == ("comedy", words)
    assert step.understood.casefold().count(words) == 1


@pytest.mark.parametrize(
    "message", ["Komödien von 85 bis 100 Minuten", "Komödien, 85 bis 100 Minuten", "comedies of 85 to 100 minutes"]
)
def test_both_ends_of_a_span_are_read(films, message):
    assert {"$gte": 85, "$lte": 100} in [each.bounds for each in films.step(message, DialogueState()).after.constraints]


@pytest.mark.parametrize(
    ("message", "language"),
    [("den zweiten nehmen wir, danke dir!", "de"), ("je prends le deuxième, merci", "fr"),
     ("me quedo con la segunda, gracias", "es"), ("就看第二部吧", "zh")],
)  # fmt: skip
def test_who_takes_something_is_understood_in_every_language(films, shown, message, language):
    step = films.step(message, replace(shown, language=language))
    assert step.move == "talk"
    assert [act.items for act in step.acts if isinstance(act, Feedback)] == [shown.shelf[1:2]]


@pytest.mark.parametrize(
    ("message", "language"),
    [("wer bist du?", "de"), ("tu es un robot ?", "fr"), ("¿eres un robot?", "es"), ("你是机器人吗", "zh")],
)
def test_what_it_is_is_said_in_every_language(films, message, language):
    step = films.step(message, DialogueState(language=language))
    assert step.acts == (Talk("itself"),)
    assert films.answer(step, message) in language_pack(language).data["say"]["itself"]


@pytest.mark.parametrize(
    ("message", "attributes"),
    [("a film directed by Clint Eastwood", ("director",)), ("starring Clint Eastwood", ("cast",)),
     ("by director Clint Eastwood", ("director",)), ("unter der Regie von Clint Eastwood", ("director",)),
     ("réalisé par Clint Eastwood", ("director",)), ("dirigida por Clint Eastwood", ("director",)),
     ("with Clint Eastwood", ("director", "cast"))],
)  # fmt: skip
def test_somebody_is_asked_for_in_their_part(films, message, attributes):
    found = films.step(message, DialogueState()).after.constraints
    assert [each.attributes for each in found if "Clint Eastwood" in each.values] == [attributes]


@pytest.mark.parametrize("message", ["can it be with Tom Hanks, too?", "can we narrow it down to comedies?"])
def test_a_wish_put_as_a_question_brings_a_shelf(films, shown, message):
    assert films.step(message, shown).move == "shelf"


@pytest.mark.parametrize("message", ["a drama to do with family ties", "a drama with teenagers as a theme"])
def test_a_theme_says_nothing_of_who_looks_on(films, message):
    assert not [
        each for each in films.step(message, DialogueState()).after.constraints if "age_rating" in each.attributes
    ]


def test_what_came_out_is_no_story(films):
    found = films.step("a thriller that came out before 1960 please", DialogueState()).after.constraints
    assert {name for each in found for name in each.attributes} == {"genres", "year"}


@pytest.mark.parametrize("message", ["the first one is too violent", "der zweite ist mir zu brutal", "第一部太暴力了"])
def test_a_complaint_of_violence_is_no_wish_for_it(films, shown, message):
    found = films.step(message, shown).after.constraints
    assert [each.kind for each in found if "18+" in each.values] == ["out"]


@pytest.mark.parametrize("message", ["that's not funny at all", "die sind ja gar nicht lustig!"])
def test_a_complaint_asks_for_what_is_missed(films, shown, message):
    (constraint,) = films.step(message, shown).after.constraints
    assert constraint.kind != "out"
    assert "comedy" in constraint.values


def test_what_is_said_of_a_title_is_no_wish(films):
    found = films.step(
        "no no. the sixth sense has ghosts, i dont want anything supernatural", DialogueState()
    ).after.constraints
    assert all(each.refuses for each in found)


def test_taking_something_with_a_goodbye(films, shown):
    assert films.step("nice, ill take the second. thx bye", shown).acts[-1] == Talk("chosen")


@pytest.mark.parametrize(
    ("message", "answer", "noted", "words"),
    [("how long is the second? no horror please", "runs", "Noted: no horror.", "no horror"),
     ("who directed it? and make it max 2 h then", "directed by", "Noted: at most 2 hours.", "max 2 h"),
     ("wie lang ist der erste? kein Horror bitte", "Minuten", "Gemerkt: kein Horror.", "kein Horror")],
)  # fmt: skip
def test_what_is_asked_for_beside_a_question_is_kept_and_said(films, shown, message, answer, noted, words):
    step = films.step(message, shown)
    assert step.move == "answer"
    assert step.after.chips == (words,)
    assert answer in films.answer(step, message)
    assert films.answer(step, message).endswith(noted)
