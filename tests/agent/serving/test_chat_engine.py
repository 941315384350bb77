"""What every engine behind a page does, whichever it is: one contract, run over the recommender and the pages' fake."""

import pytest
from fake_engine import CALM, FakeEngine
from fakes import FakeJudge, HashEmbedder, build
from sommelier.agent.errors import UnknownEventError, UnknownItemError
from sommelier.agent.recommender import Recommender
from sommelier.agent.serving.words import TAKE_BACK
from sommelier.agent.turn import Finished, Sentence, Shelf
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.catalogue import User


class TalkingJudge(FakeJudge):
    """Scores as the fake does, and writes nothing that a verifier would let through."""

    def write(self, prompts, **_):
        return ["" for _ in prompts]

    def stream(self, prompt, **_):
        return iter(())


def recommender(folder):
    workspace = Workspace(folder / "shop", create=True)
    workspace.memory.catalogue.upsert_items(CALM)
    workspace.memory.catalogue.upsert_users([User("ana", {"age_band": "25-34"})])
    return Recommender(workspace, build(folder, CALM), HashEmbedder(), TalkingJudge())


@pytest.fixture(params=["recommender", "fake"])
def engine(request, tmp_path):
    if request.param == "fake":
        yield FakeEngine(users=[User("ana", {"age_band": "25-34"})])
        return
    with recommender(tmp_path) as opened:
        yield opened


def test_an_answer_is_a_shelf_first_and_is_logged_for_its_user_alone(engine):
    first, *_, last = engine.stream("ana", "something quiet", session="s")
    assert isinstance(first, Shelf)
    assert isinstance(last, Finished)
    assert 1 <= len(first.recommendations) <= engine.shelf_size
    assert [each.rank for each in first.recommendations] == list(range(1, len(first.recommendations) + 1))
    assert (last.turn.message, last.turn.session, last.turn.user) == ("something quiet", "s", "ana")
    assert [turn.id for turn in engine.turns("ana", "s")] == [last.turn.id]
    assert engine.turns("bo", "s") == []
    assert engine.turns("ana", "another") == []


def ask(engine, message, **how):
    """The turn that a message ends with."""
    *_, last = engine.stream("ana", message, session="s", **how)
    return last.turn


def titles(turn):
    return {each.item.title for each in turn.recommendations}


def test_a_shelf_says_which_turn_it_is_and_what_holds(engine):
    shelf, *_, last = engine.stream("ana", "no drama", session="s")
    assert (shelf.turn, shelf.state) == (last.turn.id, last.turn.state)
    assert last.turn.chips == ("no drama",)
    assert titles(last.turn) == {"Night Train to Trieste"}


def test_a_turn_that_only_answers_has_no_shelf_and_leaves_what_holds(engine):
    ask(engine, "no drama")
    first, *_, last = engine.stream("ana", "who directed the first one?", session="s")
    assert isinstance(first, Sentence)
    assert (last.turn.recommendations, last.turn.chips) == ((), ("no drama",))
    assert last.turn.answer == last.turn.reply != ""


def test_a_condition_is_taken_back_by_its_place(engine):
    ask(engine, "no thriller")
    ask(engine, "no comedy")
    turn = ask(engine, "Without: no thriller", drop=0)
    assert (turn.chips, turn.message, turn.drop) == (("no comedy",), "Without: no thriller", 0)
    assert "Night Train to Trieste" in titles(turn)
    assert engine.turns("ana", "s")[-1] == turn
    for place in (1, -1, 99):
        with pytest.raises(IndexError):
            ask(engine, "Without", drop=place)


def test_a_step_is_taken_back_by_a_message(engine):
    ask(engine, "no thriller")
    ask(engine, "no comedy")
    assert ask(engine, TAKE_BACK).chips == ("no thriller",)


def test_an_edited_message_is_answered_in_the_place_of_the_last(engine):
    kept = ask(engine, "no thriller")
    replaced = ask(engine, "no comedy")
    turn = ask(engine, "no family", edit=True)
    assert (turn.chips, turn.replaces) == (("no thriller", "no family"), replaced.id)
    assert [each.id for each in engine.turns("ana", "s")] == [kept.id, turn.id]
    again = ask(engine, "no music", edit=True)
    assert again.chips == ("no thriller", "no music")
    assert [each.id for each in engine.turns("ana", "s")] == [kept.id, again.id]


def test_an_answer_is_edited_without_taking_more_back_than_itself(engine):
    ask(engine, "no thriller")
    ask(engine, "who directed the first one?")
    assert ask(engine, "no comedy", edit=True).chips == ("no thriller", "no comedy")
    ask(engine, TAKE_BACK)
    assert ask(engine, "no family", edit=True).chips == ("no thriller", "no comedy", "no family")


def test_an_edit_of_nothing_is_a_message_like_any_other(engine):
    assert ask(engine, "no comedy", edit=True).replaces is None
    assert len(engine.turns("ana", "s")) == 1


def test_an_event_is_there_at_once_and_gone_when_it_is_taken_back(engine):
    event = engine.observe("ana", "f1", "like", context={"session": "s"})
    engine.observe("bo", "f2", "save")
    assert [each.id for each in engine.events("ana")] == [event.id]
    assert engine.events("ana", kinds=["save"]) == []
    assert engine.profile("ana").events == 1
    with pytest.raises(UnknownEventError):
        engine.undo("bo", event.id)
    assert engine.undo("ana", event.id).item == "f1"
    assert engine.events("ana") == []
    with pytest.raises(UnknownEventError):
        engine.undo("ana", event.id)


def test_the_newest_events_come_first(engine):
    ids = [engine.observe("ana", item.id, "seen").id for item in CALM]
    assert [each.id for each in engine.events("ana", newest=2)] == ids[::-1][:2]


def test_items_are_known_by_their_ids(engine):
    assert engine.item("f3").title == "Paper Boats"
    assert engine.catalogue_size == len(CALM)
    related = engine.related_items("f1", 2)
    assert related.item.id == "f1"
    assert len(related.similar) <= 2
    assert "f1" not in [each.id for each in (*related.similar, *related.along)]
    for ask in (engine.item, engine.related_items, lambda id: engine.observe("ana", id, "like")):
        with pytest.raises(UnknownItemError):
            ask("nothing of that name")


def test_facets_are_counted_the_most_common_first(engine):
    assert engine.facets()["genres"][0] == ("drama", 3)
    assert [len(values) for values in engine.facets(1).values()] == [1] * len(engine.facets())


def test_users_with_attributes_are_known(engine):
    assert {user.id: user.attributes["age_band"] for user in engine.users()} == {"ana": "25-34"}
