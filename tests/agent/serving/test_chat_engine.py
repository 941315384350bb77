"""What every engine behind a page does, whichever it is: one contract, run over the recommender and the pages' fake."""

import pytest
from fake_engine import CALM, FakeEngine
from fakes import FakeJudge, HashEmbedder, build
from sommelier.agent.errors import UnknownEventError, UnknownItemError
from sommelier.agent.recommender import Recommender
from sommelier.agent.turn import Finished, Shelf
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
