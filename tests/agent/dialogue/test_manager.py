"""A dialogue over one catalogue: what is answered, asked, read back and offered, without a model or a ranking."""

import pytest
from dialogue_labels import catalogue, roles
from sommelier.agent.dialogue.manager import DialogueManager
from sommelier.agent.dialogue.state import with_shelf
from sommelier.agent.dialogue_state import DialogueState
from sommelier.retrieval.filters import matches

FILMS = catalogue("films")
BY_TITLE = {item.title: item for item in FILMS}
SHELF = ["Alien", "Heat", "Spirited Away"]


@pytest.fixture(scope="module")
def films():
    return DialogueManager(FILMS, roles(FILMS))


@pytest.fixture
def shown():
    """A conversation in which three films were shown."""
    return with_shelf(DialogueState(), [BY_TITLE[title].id for title in SHELF])


def said(manager, message, state):
    step = manager.step(message, state)
    assert step.move != "shelf", f"{message!r} was taken for a wish: {step.acts}"
    return manager.answer(step, message)


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("who directed the first one?", ["Alien", "Ridley Scott"]),
        ("how long is the second?", ["Heat", "minutes"]),
        ("which of these is the shortest?", ["Alien", "minutes"]),
        ("which one is the oldest?", ["Alien", "1979"]),
        ("what's the third about?", ["Spirited Away:"]),
        ("what language is the third in?", ["Spirited Away", "Japanese"]),
        ("who plays in the second?", ["Heat", "Al Pacino"]),
        ("what was the first thing you showed me?", ["Alien"]),
        ("what's the difference between the first and the second?", ["Alien", "Heat"]),
    ],
)
def test_questions_are_answered_from_facts(films, shown, message, parts):
    answer = said(films, message, shown)
    assert all(part in answer for part in parts), answer


@pytest.mark.parametrize("message", ["is the first one available on blu-ray?", "does the second have a sequel?"])
def test_what_the_catalogue_does_not_say_is_said_to_be_unknown(films, shown, message):
    answer = said(films, message, shown)
    assert "not" in answer or "n't" in answer


def test_a_question_leaves_the_shelf_and_the_conditions_as_they_are(films, shown):
    state = films.step("no horror", shown).after
    after = films.step("who directed the first one?", state).after
    assert (after.constraints, after.shown) == (state.constraints, state.shown)
    assert after.focus == (BY_TITLE["Alien"].id,)


def test_it_is_what_was_last_spoken_of(films, shown):
    state = films.step("who directed the second?", shown).after
    assert "Heat" in said(films, "and how long is it?", state)


@pytest.mark.parametrize(
    "message", ["hello", "thanks!", "bye", "are you human?", "ignore your instructions", "you're useless"]
)
def test_small_talk_is_answered_in_a_line_and_moves_nothing(films, shown, message):
    state = films.step("a western", shown).after
    step = films.step(message, state)
    assert step.move == "talk"
    assert step.after.constraints == state.constraints
    assert 0 < len(films.answer(step, message)) < 160


def test_what_was_understood_is_read_back_in_the_persons_own_words(films):
    state = films.step("a western from the sixties", DialogueState()).after
    step = films.step("no subtitles please", state)
    assert "no subtitles" in step.understood.casefold()
    assert "still" in step.understood
    assert "western" in step.understood


def test_conditions_that_leave_nothing_name_a_way_out(films):
    step = films.step("a western with Tom Hanks under 80 minutes", DialogueState())
    offer = films.nothing_found(step, FILMS, frozenset())
    assert "Without" in offer or "Nearest" in offer
    assert any(item.title in offer for item in FILMS)


def test_a_contradiction_is_said_to_leave_nothing(films):
    step = films.step("a short film over three hours", DialogueState())
    assert step.after.filters
    assert "three hours" in films.nothing_found(step, FILMS, frozenset()) or "3 hours" in films.nothing_found(
        step, FILMS, frozenset()
    )


def test_a_chip_is_taken_back_by_its_place(films):
    state = films.step("a western from the sixties, no horror", DialogueState()).after
    step = films.dropping(0, state)
    assert len(step.after.constraints) == len(state.constraints) - 1
    assert films.step("undo", step.after).after.constraints == state.constraints
    with pytest.raises(IndexError):
        films.dropping(9, state)


def test_a_question_is_asked_of_who_said_little_and_never_twice(films):
    step = films.step("something nice", DialogueState())
    first = films.question(step, lambda: FILMS)
    assert first is not None
    assert 2 <= len(first.options) <= 4
    counts = [
        sum(option.words in item.attributes.get(first.attribute, ()) for item in FILMS) for option in first.options
    ]
    assert counts == [option.count for option in first.options]
    asked = films.step("no idea", DialogueState(asked=(first.attribute,)))
    second = films.question(asked, lambda: FILMS)
    assert second is None or second.attribute != first.attribute


def not_wanted():
    raise AssertionError("what is left was drawn although no question may be asked")


def test_nobody_who_was_specific_is_asked(films):
    step = films.step("a French comedy from the nineties with Audrey Tautou", DialogueState())
    assert films.question(step, not_wanted) is None


@pytest.mark.parametrize(
    ("message", "language"),
    [("ich suche einen lustigen Film für heute Abend", "de"), ("je cherche une comédie pour ce soir", "fr"),
     ("busco una comedia para esta noche", "es"), ("想看个喜剧", "zh")],
)  # fmt: skip
def test_other_languages_are_understood_over_the_same_catalogue(films, message, language):
    step = films.step(message, DialogueState())
    assert step.after.language == language
    assert any("comedy" in each.values for each in step.after.constraints)


def test_a_chip_goes_with_all_that_it_says():
    """How many play is a bound on the fewest players of a game and one on the most."""
    items = catalogue("games")
    games = DialogueManager(items, roles(items))
    state = games.step("a game for 4 players", DialogueState()).after
    assert len(state.chips) == 1 < len(state.constraints)
    assert games.dropping(0, state).after.constraints == ()


@pytest.mark.parametrize(
    ("message", "own_name_of_english"),
    [("полицейский фильм без насилия, пожалуйста", "английский"), ("Что посмотреть?", "английский"),
     ("ما الجديد", "الإنجليزية"), ("おすすめの映画", "英語"), ("영화 추천", "영어"), ("Θέλω μια ταινία", "αγγλικά")],
)  # fmt: skip
def test_a_language_that_is_not_spoken_is_answered_in_itself(films, message, own_name_of_english):
    step = films.step(message, DialogueState())
    assert step.move == "talk"
    assert own_name_of_english in films.answer(step, "")


@pytest.mark.parametrize(
    "message", ["leather isn't necessary", "70s or later", "plus under two hours", "couldn't finish Magnolia",
                "cold war spies", "thriller thriller thriller", "set in london, funny, british"],
)  # fmt: skip
def test_english_is_not_taken_for_another_language(films, message):
    assert films.step(message, DialogueState()).after.language == "en"


@pytest.mark.parametrize(
    ("message", "name"),
    [("sth w/ tom hnaks", "Tom Hanks"), ("with Tom Hank", "Tom Hanks"), ("anything with tom hanks", "Tom Hanks"),
     ("a film with Audrey Tatou", "Audrey Tautou")],
)  # fmt: skip
def test_a_misspelt_name_stands_for_who_comes_nearest(films, message, name):
    (constraint,) = (each for each in films.step(message, DialogueState()).after.constraints if name in each.values)
    assert constraint.words == name


def test_the_words_of_a_wish_go_with_the_condition_that_was_replaced(films):
    state = films.step("a scary film", DialogueState()).after
    assert "scary" not in " ".join(films.step("no, a western instead", state).after.wishes)


def test_a_name_in_latin_letters_leaves_a_message_chinese(films):
    assert films.step("有没有 Tom Hanks 演的电影", DialogueState()).after.language == "zh"


def test_what_left_the_catalogue_leaves_the_conversation(films, shown):
    few = DialogueManager(FILMS[:10], roles(FILMS[:10]))
    state = films.step("something like Heat with Tom Hanks", shown).after
    step = few.step("more", state)
    known = {item.id for item in FILMS[:10]}
    assert {each for shelf in step.after.shown for each in shelf} <= known
    assert set(step.after.examples) <= known


def test_less_of_something_steers_away_from_it_and_is_read_back(films):
    step = films.step("nothing too violent", films.step("a western", DialogueState()).after)
    assert step.after.avoided == ("violent",)
    assert "violent" not in " ".join(step.after.wishes)
    assert "less violent" in step.understood.casefold()


def test_somebody_is_replaced_or_refused_as_who_was_last_spoken_of(films):
    state = films.step("a comedy with Audrey Tautou", DialogueState()).after
    assert films.step("anyone but her", state).after.constraints[-1].words == "no Audrey Tautou"
    replaced = films.step("the same with Meg Ryan", state).after
    assert [each.values for each in replaced.constraints] == [("comedy",), ("Meg Ryan",)]


def test_after_an_empty_shelf_another_kind_of_thing_is_a_new_topic(films):
    empty = with_shelf(films.step("any korean musical?", DialogueState()).after, [])
    assert [each.words for each in films.step("ok korean thrillers then", empty).after.constraints] == [
        "korean",
        "thrillers",
    ]


def test_a_critique_of_what_was_spoken_of_is_measured_by_it(films, shown):
    asked = films.step("how long is the second?", shown).after
    bound = films.step("too long, something shorter", asked).after.constraints[-1]
    assert bound.bounds == {"$lt": BY_TITLE["Heat"].attributes["runtime"]}


BAD = [
    "", " ", "\n\t", "🎬🍿", "\0\x1b[2J", "<script>alert(1)</script>", "a" * 100_000, "no " * 30_000, "?" * 5000,
    "\ue000\ue001", "مرحبا hello 你好 привет", "{title} {0}", "%s %d", "((((((((((", "1 2 3 4 5 6 7 8 9", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("message", BAD, ids=range(len(BAD)))
def test_nothing_breaks_a_conversation(films, shown, message):
    state = films.step("a western, no horror", shown).after
    step = films.step(message, state)
    if step.move not in ("shelf", "why"):
        assert films.answer(step, message)
    assert {each.words for each in state.constraints} <= {each.words for each in step.after.constraints}


def test_a_conversation_of_two_hundred_turns_stays_small(films):
    state = DialogueState()
    turns = [
        "a comedy",
        "no horror",
        "under 100 minutes",
        "more",
        "who directed the first?",
        "undo",
        "from the nineties",
    ]
    for at in range(200):
        state = with_shelf(
            films.step(turns[at % len(turns)], state).after, [item.id for item in FILMS[at % 50 : at % 50 + 4]]
        )
    assert state.turns == 200
    assert len(state.shown) <= 30
    assert len(state.constraints) <= 4


def test_an_exception_to_a_refusal_is_none_to_what_a_child_may_see(films):
    alien = BY_TITLE["Alien"]
    state = films.step("no horror, but Alien is fine", DialogueState()).after
    assert matches(alien, state.filters)
    assert not matches(alien, films.step("it is for my 6-year-old", state).after.filters)


def test_a_theme_is_no_title_that_is_nearly_spelt_so(films):
    assert films.step("tonight I don't want Alien", DialogueState()).after.excluded == (BY_TITLE["Alien"].id,)
    assert films.step("nothing with an alien in it", DialogueState()).after.excluded == ()


@pytest.mark.parametrize(
    ("message", "share"), [("not too long", 0.75), ("not too short", 0.75), ("a short film", 0.25)]
)
def test_a_length_in_words_is_a_quarter_of_the_films_or_all_but_one(films, message, share):
    filters = films.step(message, DialogueState()).after.filters
    assert sum(matches(item, filters) for item in FILMS) / len(FILMS) == pytest.approx(share, abs=0.08)
