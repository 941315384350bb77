"""Questions about items: several in a message, of what is named or pointed at, and what the catalogue can tell."""

from itertools import product

import pytest
from dialogue_labels import roles
from dialogue_readers import items_of
from sommelier.agent.dialogue.manager import DialogueManager
from sommelier.agent.dialogue_state import Ask, Compare, DialogueState, Recommend, Why

SPACE = ("The Martian", "Moon", "The Quiet Earth", "Arrival")
FAMILY = ("Fantastic Mr. Fox", "Ernest & Celestine", "Chicken Run")
OLD = ("Amélie", "Playtime", "The Rules of the Game", "The Intouchables")
TABLE = ("Wizard's Kitchen", "Seven", "Iron Rails")
DESK = ("Hedgehog Full-Strip Stapler", "Pocket Stapler Mini")


@pytest.fixture(scope="module")
def managers():
    return {name: DialogueManager(items_of(name), roles(items_of(name))) for name in ("films", "games", "office")}


@pytest.fixture(scope="module")
def ask(managers):
    """(message, catalogue, titles on the shelf, messages before) -> (acts, titles that they are about, answer)."""

    def answered(message, name="films", shelf=SPACE, before=()):
        ids = {item.title: item.id for item in items_of(name)}
        state = DialogueState(shown=(tuple(map(ids.get, shelf)),) if shelf else ())
        for said in before:
            state = managers[name].step(said, state).after
        step = managers[name].step(message, state)
        about = {each for act in step.acts for each in getattr(act, "items", ())}
        said = managers[name].answer(step, message) if step.move in ("answer", "compare") else ""
        return step.acts, {title for title, each in ids.items() if each in about}, said

    return answered


@pytest.mark.parametrize(
    ("message", "title", "facts"),
    [
        ("who directed the third one and how long is it", "The Quiet Earth", ("Geoff Murphy", "91 minutes")),
        ("in which language is the first one, and is it in colour?", "The Martian", ("English", "in colour")),
        ("what's moon about? and who plays in it", "Moon", ("lunar", "Sam Rockwell")),
        ("the fourth one, who stars in it?", "Arrival", ("Amy Adams",)),
        ("when did the second come out and is it sad?", "Moon", ("2009", "loneliness")),
        ("how long is arrival, who made it and what country is it from?", "Arrival", ("116", "Villeneuve", "United")),
        ("I only asked the length of the quiet earth", "The Quiet Earth", ("91 minutes",)),
        ("bridget jones - who's in it and how long", "Bridget Jones's Diary", ("Hugh Grant", "97 minutes")),
        ("what's the godfather about and how long is it?", "The Godfather", ("175 minutes",)),
    ],
)
def test_each_question_of_a_message_is_answered_about_the_one_item(ask, message, title, facts):
    _, about, said = ask(message)
    assert about == {title}
    assert all(each in said for each in facts)
    assert said.count(title) == 1


@pytest.mark.parametrize(
    ("message", "name", "shelf", "facts"),
    [
        ("who designed the wizard one and how many can play it?", "games", TABLE, ("Carla Montoya", "1 to 4 players")),
        ("what does the second one cost and is it ok for a 6 year old?", "games", TABLE, ("$14.50", "No: it is for")),
        ("how heavy is the hedgehog and what is it made of?", "office", DESK, ("320 g", "steel and plastic")),
        ("does the pocket one come in blue, and how much is it?", "office", DESK, ("blue", "$3.75")),
        ("is the hedgehog recycled? how much does it weigh?", "office", DESK, ("is not recycled", "320 g")),
        ("tell me about the rails one, and would it suit a 6 year old", "games", TABLE, ("Iron Rails: ", "No: it is")),
    ],
)
def test_so_it_is_of_games_and_office_goods(ask, message, name, shelf, facts):
    _, about, said = ask(message, name, shelf)
    assert len(about) == 1
    assert all(each in said for each in facts), said


def test_two_items_of_one_message_are_kept_apart(ask):
    acts, _, said = ask("amelie ive seen. who plays in the rules of the game and is it b/w?", shelf=OLD)
    assert [act.about for act in acts if isinstance(act, Ask)] == ["cast", "black_white"]
    assert "Nora Gregor" in said
    assert "Tautou" not in said
    _, _, said = ask("which of those is the shortest? and is the fox one scary?", shelf=FAMILY)
    assert "80 minutes" in said
    assert "Fantastic Mr. Fox" in said


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("is Schindler's List in black and white?", "is in black and white"),
        ("is it in colour?", "The Martian is in colour, as far as the catalogue says"),
        ("is moon b&w or color", "Moon is in colour"),
        ("was the quiet earth shot in colour", "The Quiet Earth is in colour"),
        ("is metropolis a colour film?", "does not say"),
        ("is the rules of the game black and white?", "does not say"),
    ],
)
def test_colour_is_told_as_far_as_the_catalogue_goes(ask, message, told):
    assert told in ask(message)[2]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("is hereditary very scary?", "Hereditary probably is: the catalogue lists horror"),
        ("is chicken run scary? ", "Chicken Run is not, as far as the catalogue says: it lists animation"),
        ("how violent is reservoir dogs?", "probably is: the catalogue lists crime"),
        ("is moon sad", "loneliness"),
        ("3:10 to yuma is rated what?", "3:10 to Yuma is rated 15+"),
        ("what is frozen rated?", "rated for all ages"),
        ("is alien ok for a 6 year old?", "No: Alien is rated"),
        ("can my 10 year old watch frozen?", "Yes: Frozen is rated for all ages"),
        ("is stagecoach suitable for my 12 year old?", "Yes: Stagecoach is rated 12+"),
    ],
)
def test_what_an_item_is_like_and_whom_it_suits(ask, message, told):
    assert told in ask(message)[2]


def test_whom_it_is_for_was_said_before(ask):
    before = ("something animated for my 6 year old daughter",)
    _, about, said = ask("chicken run. is it ok for her? scary bits?", shelf=FAMILY, before=before)
    assert about == {"Chicken Run"}
    assert said.startswith("Yes: Chicken Run is rated for all ages.")
    assert ask("and alien, is it ok for her?", shelf=FAMILY, before=before)[2].startswith("No: ")


@pytest.mark.parametrize(
    ("message", "shelf"),
    list(
        product(
            [
                "compare Moon and The Martian",
                "compare moon with the martian",
                "difference between moon and the martian?",
            ],
            [(), SPACE],
        )
    ),
)
def test_named_items_are_compared_with_or_without_a_shelf(ask, message, shelf):
    acts, about, said = ask(message, shelf=shelf)
    assert isinstance(acts[0], Compare)
    assert about == {"Moon", "The Martian"}
    assert "Moon is from 2009, runs 97 minutes, " in said


def test_as_many_are_compared_as_are_named(ask):
    _, about, said = ask("compare blade runner, alien and the thing", shelf=())
    assert about == {"Blade Runner", "Alien", "The Thing"}
    assert all(f"{title} is from " in said for title in about)


def test_only_what_the_question_names_is_compared(ask):
    _, about, _ = ask("dont tell me about amelie. compare playtime with the intouchables", shelf=OLD)
    assert about == {"Playtime", "The Intouchables"}


@pytest.mark.parametrize(
    "message",
    ["which one of the four would you pick for us and why?", "so which should we watch", "what's your pick?"],
)
def test_who_lets_us_choose_hears_of_the_first(ask, message):
    acts, about, _ = ask(message)
    assert isinstance(acts[0], Why)
    assert about == {SPACE[0]}


@pytest.mark.parametrize(
    "message",
    [
        "i loved Blade Runner and The Matrix, hated Interstellar. what should i watch",
        "loved blade runner, what should we watch tonight?",
        "she's seen toy story and shrek 100 times, something else?",
        "have you one of his, in black and white?",
        "is there anything that isn't too scary?",
    ],
)
def test_a_wish_is_no_question(ask, message):
    acts, _, _ = ask(message, shelf=())
    assert not any(isinstance(act, (Ask, Compare, Why)) for act in acts)
    assert any(isinstance(act, Recommend) or act.kind == "more" for act in acts)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("do you have jungle book?", "Yes, it is here: The Jungle Book is from 1967 and runs 78 minutes."),
        ("have you got Heat", "Yes, it is here: Heat is from 1995"),
        ("is there a film called moon?", "Yes, it is here: Moon is from 2009 and runs 97 minutes."),
    ],
)
def test_whether_a_film_is_there(ask, message, told):
    assert told in ask(message, shelf=())[2]


@pytest.mark.parametrize(
    ("message", "facts"),
    [
        ("Wer hat bei dem dritten Regie geführt und wie lang ist er?", ("Geoff Murphy", "91 Minuten")),
        ("¿Quién dirigió la tercera y cuánto dura?", ("Geoff Murphy", "91 minutos")),
        ("Qui a réalisé le troisième et combien de temps dure-t-il ?", ("Geoff Murphy", "91 minutes")),
        ("第三部是谁导演的?多长时间?", ("Geoff Murphy", "91 分钟")),
    ],
)
def test_other_languages_answer_both(ask, message, facts):
    said = ask(message)[2]
    assert all(each in said for each in facts)
    assert said.count("The Quiet Earth") == 1


def test_a_part_of_a_title_is_taken_too(ask):
    acts, about, _ = ask("just bridget jones then. thx bye")
    assert about == {"Bridget Jones's Diary"}
    assert acts[-1].kind == "talk"


def test_long_times_are_told_in_hours(ask):
    assert "100 hours" in ask("how long is the first one?", "games", ("Dragonfell",))[2]
