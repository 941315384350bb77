"""The context of a request moves the ranking through the public doors, and is logged with what was shown."""

import pytest
from fakes import FakeJudge, HashEmbedder, build, film
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.behaviour.past import Past

from sommelier import Event, Recommender, User

FILMS = [film(f"f{at:02}", genre=("short", "epic")[at % 2]) for at in range(40)]
DEVICES = ("phone", "tv")
HOMES = ("north", "south")


class MuteJudge(FakeJudge):
    """Judges, and writes nothing."""

    def stream(self, messages, **settings):
        return iter(())

    def write(self, prompts, **settings):
        return [""] * len(prompts)


def past(number):
    """Odd people choose epics on television and live in the south, even people shorts on the phone, in the north."""
    side = number % 2
    events = [Event(f"{number}-{at}", str(number), FILMS[at].id, "play", context={"device": DEVICES[side]})
              for at in range(side, 20, 2)]  # fmt: skip
    return Past(events, {"home": HOMES[side]})


@pytest.fixture(scope="module")
def recommender(tmp_path_factory):
    folder = tmp_path_factory.mktemp("situation")
    workspace = Workspace(folder, create=True)
    workspace.memory.catalogue.upsert_items(FILMS)
    workspace.memory.catalogue.upsert_users([User("nora", {"home": "north"}), User("sam", {"home": "south"})])
    index = build(folder, FILMS, map(past, range(40)))
    with Recommender(workspace, index, HashEmbedder(), MuteJudge()) as opened:
        yield opened


def genres(shelf):
    return {each.item.attributes["genre"] for each in shelf}


@pytest.mark.parametrize(("device", "genre"), [("phone", "short"), ("tv", "epic")])
def test_someone_new_gets_what_suits_the_device(recommender, device, genre):
    context = {"device": device}
    assert genres(recommender.recommend("new", n=5, context=context)) == {genre}
    turn = recommender.chat("new", "", context=context)
    assert genres(turn.recommendations) == {genre}
    assert turn.context == context
    assert all(each.parts["situation"] > 0 for each in turn.recommendations)


@pytest.mark.parametrize(("user", "genre"), [("nora", "short"), ("sam", "epic")])
def test_someone_new_gets_what_their_neighbours_choose(recommender, user, genre):
    shelf = recommender.recommend(user, n=5)
    assert genres(shelf) == {genre}
    assert all(each.parts["person"] > 0 for each in shelf)


def test_a_context_that_the_log_never_saw_changes_nothing(recommender):
    plain = recommender.recommend("new", n=10)
    strange = recommender.recommend("new", n=10, context={"device": "toaster", "mood": "🎬", "x" * 9999: "y" * 9999})
    assert [each.item.id for each in strange] == [each.item.id for each in plain]
