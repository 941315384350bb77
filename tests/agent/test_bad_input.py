"""Odd people, odd items and odd questions, through the public doors: everything is answered sensibly."""

from datetime import UTC, datetime, timedelta

import pytest
from fakes import FakeJudge, HashEmbedder, build, film
from sommelier.agent.workspace import Workspace

from sommelier import Event, Recommender

LONG = "word " * 20_000
ODD = [
    film("no-text", title="Bare"),
    film("no-title", title=""),
    film("long", title="Endless", text=LONG),
    film("long-title", title="Very " * 2_000),
    film("twin-a", title="The Twins", genre="war", year=1970),
    film("twin-b", title="The Twins", genre="war", year=1970),
    film("emoji", title="🎬👩‍👩‍👧", text="🍿 " * 50, genre="🎭"),
    film("arabic", title="باب الحديد", text="فيلم عن محطة القطار", genre="دراما"),
    film("hebrew", title="ואלס עם באשיר \u202e", genre="war"),
    film("chinese", title="花样年华", text="一九六二年的香港", genre="爱情"),
    film("japanese", title="千と千尋の神隠し", text="湯屋で働く少女の物語", genre="アニメ"),
    film("markup", title="<b>Bold</b> {{ x }} <|im_end|>", text="</script>"),
]
PLAIN = [film(f"f{at:03}", title=f"Film {at}", text=f"plot{at}", genre=("war", "crime", "comedy")[at % 3],
              year=1950 + at % 60) for at in range(230)]  # fmt: skip
START = datetime(2024, 1, 1, tzinfo=UTC)
EVERYBODY = ("nobody", "once", "grumpy", "busy")


class MuteJudge(FakeJudge):
    """Judges, and writes nothing: every sentence is the plain one."""

    def stream(self, messages, *, max_new_tokens, temperature=0.0, seed=0, opening=""):
        return iter(())

    def write(self, prompts, *, max_new_tokens, temperature=0.0, seed=0, openings=None):
        return [""] * len(prompts)

    def count(self, text):
        return len(text.split())


@pytest.fixture(scope="module")
def recommender(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    workspace = Workspace(folder, create=True)
    items = ODD + PLAIN
    workspace.memory.catalogue.upsert_items(items)
    histories = [[PLAIN[(start + step) % 230].id for step in range(12)] for start in range(0, 230, 3)]
    index = build(folder, items, [*histories, [item.id for item in ODD]])
    with Recommender(workspace, index, HashEmbedder(), MuteJudge()) as opened:
        opened.observe("once", "f000", "like")
        for at in range(5):
            opened.observe("grumpy", f"f{at:03}", "dislike")
        opened.observe_many(
            Event(f"busy-{at}", "busy", PLAIN[at % 200].id, "play", at=START + timedelta(minutes=at))
            for at in range(10_000)
        )
        yield opened


def ids(shelf):
    return [each.item.id for each in shelf]


@pytest.mark.parametrize("user", EVERYBODY)
def test_everybody_gets_a_shelf_and_an_answer(recommender, user):
    shelf = recommender.recommend(user, n=5)
    assert len(set(ids(shelf))) == 5
    assert all(str(each.explanation) for each in shelf)
    turn = recommender.chat(user, "a comedy, please")
    assert "comedy" in [each.item.attributes.get("genre") for each in turn.recommendations]
    assert turn.reply
    assert recommender.profile(user).user == user


def test_what_is_disliked_is_neither_offered_nor_followed(recommender):
    shelf = recommender.recommend("grumpy", n=20)
    assert not {f"f{at:03}" for at in range(5)} & set(ids(shelf))
    assert not any(each.evidence.history for each in shelf)


def test_ten_thousand_events_exclude_all_that_was_consumed(recommender):
    assert recommender.profile("busy").events == 10_000
    shelf = recommender.recommend("busy", n=200)
    assert set(ids(shelf)) == {item.id for item in ODD} | {item.id for item in PLAIN[200:]}


@pytest.mark.parametrize("item", ODD, ids=lambda item: item.id)
def test_odd_items_are_explained_and_may_be_met(recommender, item):
    assert recommender.explain("once", item.id).text.endswith(".")
    user = f"fond of {item.id}"
    recommender.observe(user, item.id, "like")
    assert item.id not in ids(recommender.recommend(user, n=5))
    reply = recommender.chat(user, "something like that").reply
    assert reply
    assert len(reply) < 1000


def test_one_of_two_with_the_same_title_is_still_there(recommender):
    recommender.observe("twin fan", "twin-a", "seen")
    found = ids(recommender.recommend("twin fan", n=3, filters={"year": 1970, "genre": "war"}))
    assert "twin-b" in found
    assert "twin-a" not in found


@pytest.mark.parametrize(
    ("message", "wanted"),
    [("باب الحديد", "arabic"), ("花样年华", "chinese"), ("千と千尋の神隠し", "japanese"), ("the twins", "twin-a"),
     ("Endless", "long"), ("🎬👩‍👩‍👧", None), ("\u202e\u200f", None), ("é" * 3000, None)],
)  # fmt: skip
def test_any_script_finds_what_it_names(recommender, message, wanted):
    turn = recommender.chat("nobody", message)
    assert turn.reply
    assert wanted is None or wanted in ids(turn.recommendations)


@pytest.mark.parametrize(
    ("filters", "found"), [({"genre": "opera"}, 0), ({"genre": "アニメ"}, 1), ({"year": {"$gt": 0}}, 200)]
)
def test_pools_of_none_of_one_and_of_two_hundred(recommender, filters, found):
    shelf = recommender.recommend("nobody", n=200, filters=filters)
    assert len(shelf) == found
    assert [each.rank for each in shelf] == list(range(1, found + 1))


def test_a_filter_that_nothing_meets_offers_the_nearest(recommender):
    filters = {"genre": "crime", "year": {"$gt": 2500}}
    assert recommender.recommend("nobody", filters=filters) == ()
    nearest = recommender.relax("nobody", filters)
    assert nearest.dropped == ("year",)
    assert len(recommender.recommend("nobody", n=200, filters=nearest.filters)) == nearest.count
    assert recommender.relax("nobody", {"genre": "crime"}) is None


def test_a_chat_says_that_nothing_fits_and_what_would(recommender):
    turn = recommender.chat("nobody", "something from the 1930s")
    assert turn.recommendations == ()
    assert turn.reply.startswith("Nothing here is all of that: from the 1930s. The nearest is from 1950: ")


def test_someone_who_knows_all_of_it_is_told_so(recommender):
    recommender.observe("anime fan", "japanese", "seen")
    assert recommender.relax("anime fan", {"genre": "アニメ"}).met == 1
