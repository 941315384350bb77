"""What somebody wants remembered holds in their later sessions, in nobody else's, and until they take it back."""

import pytest
import sqlalchemy as sa
from fakes import HashEmbedder, build, film
from sommelier.agent.dialogue_state import Constraint
from sommelier.agent.recommender import Recommender
from sommelier.agent.workspace import Workspace
from test_answer import SilentJudge

FILMS = (
    film("alien", "Alien", "A ship far from home.", genres=("horror", "science fiction"), platform=("Switch",)),
    film("solaris", "Solaris", "A ship far from home.", genres=("science fiction",), platform=("PC",)),
    film("moon", "Moon", "A ship far from home.", genres=("science fiction", "drama"), platform=("Switch", "PC")),
    film("heat", "Heat", "Two men in a city.", genres=("crime", "drama"), platform=("PC",)),
)  # fmt: skip
HORROR = Constraint("out", ("genres",), ("horror",), words="never horror", standing=True, turn=-1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pins")
    workspace = Workspace(folder / "shop", create=True)
    workspace.memory.catalogue.upsert_items(FILMS)
    with Recommender(workspace, build(folder, FILMS), HashEmbedder(), SilentJudge()) as opened:
        yield opened


@pytest.fixture
def talk(shop, request):
    """Says something as a user of the test's own, in a session."""

    def say(message, session="one", user="ann", **more):
        own = f"{request.node.name}-{user}"
        return shop.chat(own, message, session=f"{own}-{session}", **more)

    say.user = lambda user="ann": f"{request.node.name}-{user}"
    return say


def ids(turn):
    return {each.item.id for each in turn.recommendations}


def test_a_yes_holds_in_the_next_session_and_for_nobody_else(shop, talk):
    asked = talk("never horror")
    assert asked.question.text == "Shall I remember “never horror” for good?"
    assert [(each.words, each.count) for each in asked.question.options] == [("Yes", None), ("No", None)]
    assert asked.reply.endswith(asked.question.text)
    kept = talk("Yes")
    assert (kept.recommendations, kept.answer) == ((), "I will remember “never horror” from now on.")
    assert shop.pins(talk.user()) == (HORROR,)
    later = talk("something with a ship", "two")
    assert later.chips == ("never horror",)
    assert "alien" not in ids(later)
    assert ids(talk("anything", "two", "bob")) == {each.id for each in FILMS}
    assert shop.pins(talk.user("bob")) == ()
    shelf = shop.recommend(talk.user(), request="a ship")
    assert "alien" not in {each.item.id for each in shelf}


@pytest.mark.parametrize("said", ["no", "No, thanks", "a drama", "who directed the first one?"])
def test_anything_but_a_yes_leaves_it_to_the_session(shop, talk, said):
    talk("never horror")
    assert talk(said).chips[:1] == ("never horror",)
    talk("yes")
    assert shop.pins(talk.user()) == ()
    assert talk("anything", "two").chips == ()


def test_a_yes_without_that_question_keeps_nothing(shop, talk):
    talk("no horror")
    talk("yes")
    assert shop.pins(talk.user()) == ()


def test_it_is_asked_once_and_not_of_what_is_kept(talk):
    assert talk("never horror").question.pins
    talk("no")
    assert talk("never horror").question is None or not talk("never horror").question.pins
    talk("remember that I never want horror", "two")
    again = talk("never horror", "three")
    assert again.question is None or not again.question.pins


def test_a_chip_lifts_it_for_its_session_alone(shop, talk):
    talk("never horror, remember that")
    talk("anything", "two")
    lifted = talk("", "two", drop=0)
    assert lifted.chips == ()
    assert "alien" in ids(lifted)
    assert talk("start over", "two").chips == ()
    assert talk("anything", "three").chips == ("never horror",)
    assert shop.pins(talk.user()) == (HORROR,)


def test_starting_over_begins_with_it(talk):
    talk("never horror, remember that")
    talk("a drama")
    assert talk("start over").chips == ("never horror",)


def test_undo_takes_the_keeping_back(shop, talk):
    talk("never horror")
    talk("yes")
    assert shop.pins(talk.user()) == (HORROR,)
    assert talk("undo").chips == ("never horror",)
    assert shop.pins(talk.user()) == ()


def test_an_edited_yes_is_none(shop, talk):
    talk("never horror")
    talk("yes")
    talk("no", edit=True)
    assert shop.pins(talk.user()) == ()
    talk("remember that I never want horror", "two")
    talk("remember that I never want drama", "two", edit=True)
    assert [each.values for each in shop.pins(talk.user())] == [("drama",)]


def test_it_is_told_and_forgotten_on_request(shop, talk):
    assert talk("what do you remember about me?").answer == "There is nothing of that kind that I remember."
    talk("remember that I never want horror")
    talk("never drama", "two")
    talk("remember that", "two")
    assert talk("what do you remember about me?", "three").answer == "I remember “no horror” and “never drama”."
    forgotten = talk("forget that I never want horror", "three")
    assert (forgotten.answer, forgotten.chips) == ("Forgotten: “no horror”.", ("never drama",))
    assert [each.values for each in shop.pins(talk.user())] == [("drama",)]
    talk("forget what you remembered", "three")
    assert shop.pins(talk.user()) == ()
    assert talk("anything", "four").chips == ()


def test_a_forgetting_is_undone(shop, talk):
    talk("remember that I never want horror")
    talk("forget what you remembered")
    assert shop.pins(talk.user()) == ()
    assert talk("undo").chips == ("no horror",)
    assert len(shop.pins(talk.user())) == 1


def test_what_somebody_has_is_kept_too(shop, talk):
    asked = talk("I have a Switch")
    assert ids(asked) == {"alien", "moon"}
    talk("yes please")
    assert ids(talk("anything", "two")) == {"alien", "moon"}


def test_pins_are_taken_back_by_their_place(shop, talk):
    talk("remember that I never want horror")
    for place in (-1, 1):
        with pytest.raises(IndexError, match="only 1"):
            shop.unpin(talk.user(), place)
    assert shop.unpin(talk.user(), 0).values == ("horror",)
    assert shop.pins(talk.user()) == ()


def test_what_the_catalogue_no_longer_has_and_bad_rows_are_left_out(shop, talk):
    memory = shop._memory
    gone = [Constraint("out", ("mood",), ("sad",), words="never sad"), Constraint("in", ("genres",), ("opera",)),
            Constraint("range", ("genres",), bounds={"$near": 3}), Constraint("in", ()),
            Constraint("not both", ("genres",), ("crime", "drama")), HORROR]  # fmt: skip
    memory.pins.add(talk.user(), gone)
    with memory._database.write() as connection:
        connection.execute(sa.text("INSERT INTO pins VALUES (:user, 'bad', '{', 0)"), {"user": talk.user()})
    turn = talk("anything")
    assert turn.chips == ("never horror",)
    assert "alien" not in ids(turn)
