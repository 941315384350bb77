"""The turn's middle: what a user's events become, and what is asked of retrieval and of the model."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fakes import FakeJudge, HashEmbedder, build, film
from sommelier.agent.config import Config
from sommelier.agent.memory.summaries import Summary
from sommelier.agent.profile.summary import plain_summary
from sommelier.agent.ranking.pipeline import Clock, RankingPipeline
from sommelier.agent.ranking.ranking import RankingWeights
from sommelier.agent.turn import Request
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event, User
from sommelier.retrieval.event_kinds import chosen

FILMS = [film(f"f{at}", title=f"Film {at}", genre=("war", "crime", "comedy")[at % 3], year=1990) for at in range(30)]
LOG = [["f0", "f3", "f6"], ["f0", "f6", "f9"], ["f1", "f4"], ["f1", "f7"]]
ANN = User("ann", {"age_band": "25-34"})
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    opened = build(tmp_path_factory.mktemp("engine"), FILMS, LOG)
    yield opened
    opened.close()


@pytest.fixture
def make(index):
    def pipeline(lm=None, a=0.0, **settings):
        weights = RankingWeights(lm_without_request=(a, 0.0), lm_with_request=(a, 0.0))
        retriever = Retriever(index, HashEmbedder())
        return RankingPipeline(Config(**settings), retriever, lm or FakeJudge(), packaged("rank"), weights)

    return pipeline


def events(*pairs):
    return [Event(str(at), "ann", item, kind) for at, (kind, item) in enumerate(pairs)]


def ids(ranked):
    return [each.candidate.item.id for each in ranked]


def test_what_was_consumed_never_comes_back(make):
    pipeline = make()
    user_state = pipeline.read(ANN, events(("like", "f0"), ("seen", "f3"), ("view", "f6")))
    shelf = ids(pipeline.rank(user_state, Request(), 30))
    assert not {"f0", "f3"} & set(shelf)
    assert "f6" in shelf[:3]
    assert len(shelf) == 28


def test_what_the_conversation_names_counts_as_the_newest_of_the_history(make):
    pipeline = make()
    stranger, viewer = pipeline.read(ANN, []), pipeline.read(ANN, events(("like", "f1"), ("like", "f3")))
    named = pipeline.query(stranger, Request("anything", loved=("f1",), examples=("f0", "gone")))
    assert [(entry.item, entry.polarity) for entry in named.history] == [("f1", "liked"), ("f0", "liked")]
    assert named.chosen == ("f1", "f0")
    assert named.interests["genre", "war"] == 0.5
    (first, *_), (by_chance, *_) = (pipeline.candidates(stranger, Request("anything", loved=loved), 5)
                                    for loved in (("f4",), ()))  # fmt: skip
    assert first.item.id == "f1" != by_chance.item.id  # who chose f4 chose f1
    again = pipeline.query(viewer, Request("anything", loved=("f1",)))
    assert [entry.item for entry in again.history] == ["f3", "f1"]
    assert again.interests["genre", "crime"] == 1.0


def test_repeats_can_be_allowed(make):
    pipeline = make(repeats="allowed")
    user_state = pipeline.read(ANN, events(("purchase", "f0"), ("purchase", "f3")))
    assert len(pipeline.rank(user_state, Request(), 30)) == 30


def test_what_was_turned_down_does_not_repeat(make):
    pipeline = make(repeats="allowed")
    user_state = pipeline.read(ANN, events(("purchase", "f0"), ("dismiss", "f0"), ("dismiss", "f3"), ("like", "f3")))
    shelf = ids(pipeline.rank(user_state, Request(), 30))
    assert "f0" not in shelf
    assert "f3" in shelf  # the newest opinion holds


def test_request_steers_and_its_exclusions_are_hard(make):
    pipeline = make()
    user_state = pipeline.read(ANN, [])
    request = Request("film 17", {"genre": {"$nin": ["war"]}}, frozenset({"f1"}))
    query = pipeline.query(user_state, request)
    assert (query.request, query.filters, query.exclude) == ("film 17", {"genre": {"$nin": ["war"]}}, {"f1"})
    shelf = pipeline.rank(user_state, request, 30)
    assert ids(shelf)[0] == "f17"
    assert all(each.candidate.item.attributes["genre"] != "war" for each in shelf)
    assert "f1" not in ids(shelf)


def test_a_new_user_asks_with_nothing(make):
    pipeline = make()
    user_state = pipeline.read(User("new"), [])
    query = pipeline.query(user_state, Request())
    assert (query.history, query.interests, query.summary, query.exclude) == ((), {}, "", frozenset())
    assert ids(pipeline.rank(user_state, Request(), 3))[0] in {"f0", "f1", "f6"}
    assert user_state.profile.events == 0
    assert user_state.profile.last_event is None


def test_without_a_stored_summary_the_facts_speak(make):
    user_state = make().read(ANN, events(("like", "f0")))
    assert user_state.profile.summary == plain_summary(user_state.profile)
    assert "Film 0" in user_state.profile.summary
    assert (user_state.profile.summary_version, user_state.profile.summary_written_by) == (0, "facts")
    assert user_state.profile.attributes == {"age_band": "25-34"}


def test_a_stored_summary_is_used_as_it_is(make):
    lm = FakeJudge()
    pipeline = make(lm)
    stored = Summary("ann", 4, "You like war films.", "model", "e9", NOON)
    user_state = pipeline.read(ANN, events(("like", "f0")), stored)
    profile = user_state.profile
    assert (profile.summary, profile.summary_version) == ("You like war films.", 4)
    assert (profile.summary_written_by, profile.last_event) == ("model", "e9")
    pipeline.rank(user_state, Request(), 3)
    assert "You like war films." in lm.asked[0][0].messages[-1].content


def test_the_model_is_told_the_newest_items_and_what_was_felt(make):
    lm = FakeJudge()
    pipeline = make(lm)
    past = events(*(("view", f"f{at}") for at in range(10)), ("like", "f20"), ("dislike", "f21"), ("like", "gone"))
    pipeline.rank(pipeline.read(ANN, past), Request("slow"), 3)
    told = lm.asked[0][0].messages[-1].content
    assert "looked at Film 9; liked Film 20; disliked Film 21" in told
    assert "Film 0;" not in told
    assert "slow" in told


def test_the_model_judges_the_pool_and_its_weight_decides(make):
    lm = FakeJudge(lambda text: -float(text.split()[1]))
    pipeline = make(lm, a=1000.0, pool=10)
    shelf = pipeline.rank(pipeline.read(ANN, events(("like", "f0"))), Request(), 4)
    judged = [int(text.split()[1]) for text in lm.asked[0][1]]
    assert len(judged) == 10
    assert ids(shelf) == [f"f{at}" for at in sorted(judged)[:4]]


def test_the_tower_is_asked_with_what_towers_learn_from(make, index):
    class Listening:
        def __init__(self):
            self.asked = []

        def __getattr__(self, name):
            return getattr(index.tower, name)

        def query(self, history, weights):
            self.asked.append(([index.items[at].id for at in history], weights.tolist()))
            return index.tower.query(history, weights)

    log = events(("purchase", "f0"), ("purchase", "f3"), ("purchase", "f0"), ("purchase", "f9"), ("view", "f3"),
                 ("dislike", "f9"), ("view", "f12"))  # fmt: skip
    tower, pipeline = Listening(), make()
    pipeline = replace(pipeline, retriever=Retriever(replace(index, tower=tower), HashEmbedder()))
    pipeline.candidates(pipeline.read(ANN, log), Request(), 5)
    ((sequence, weights),) = tower.asked
    assert sequence == chosen(log) == ["f0", "f3", "f0", "f9"]
    assert weights[-1] == 0  # what was regretted stays in the sequence, and pulls nowhere
    assert 0 < weights[0] < weights[2]


def test_many_are_judged_as_one_would_be(make):
    lm, seen = FakeJudge(), []
    pipeline = make(lm)
    profile_cache = [pipeline.read(ANN, events(("like", f"f{at % 30}"))) for at in range(130)]
    requests = [Request("something slow" if at % 4 else "") for at in range(130)]
    cases = [(user_state, request, pipeline.candidates(user_state, request, 1 + at % 3))
             for at, (user_state, request) in enumerate(zip(profile_cache, requests, strict=True))]  # fmt: skip
    cases[5] = (profile_cache[5], Request(), [])
    found = pipeline.judge_many(cases, lambda *progress: seen.append(progress))
    together, lm.asked = lm.asked, []
    alone = [pipeline.judge(*case) for case in cases]
    assert together == lm.asked  # the same questions, requests and all
    assert [each.tolist() for each in found] == [each.tolist() for each in alone]
    assert seen == [(64, 130), (128, 130), (130, 130)]
    assert pipeline.judge_many([]) == []


def test_one_described_item_can_be_judged(make):
    lm = FakeJudge(len)
    pipeline = make(lm)
    user_state = pipeline.read(ANN, events(("like", "f0"), ("seen", "f3")))
    for item in ("f6", "f0"):  # one that is new, and one that was consumed
        (candidate,) = pipeline.retriever.describe(pipeline.query(user_state, Request()), [item])
        (preference,) = pipeline.judge(user_state, Request(), [candidate])
        assert preference == len(lm.asked[-1][1][0])
        assert f"Film {item[1:]}" in lm.asked[-1][1][0]


def test_listwise_the_model_orders_the_pool(make):
    pipeline = replace(
        make(FakeJudge(lambda line: -float(line.split()[1])), a=1000.0, pool=10), prompt=packaged("order")
    )
    shelf = ids(pipeline.rank(pipeline.read(ANN, events(("like", "f0"))), Request(), 10))
    assert len(shelf) == 10
    assert shelf == sorted(shelf, key=lambda id: int(id[1:]))


def test_more_than_the_pool_can_be_wanted(make):
    assert len(make(pool=5).rank(make().read(ANN, []), Request(), 12)) == 12


def test_nothing_is_allowed(make):
    pipeline = make()
    assert pipeline.rank(pipeline.read(ANN, []), Request(filters={"genre": "western"}), 5) == []


def test_events_on_items_that_left_the_catalogue(make):
    pipeline = make()
    user_state = pipeline.read(ANN, events(("like", "gone"), ("rating", "also gone")))
    assert len(pipeline.rank(user_state, Request(), 5)) == 5
    assert user_state.profile.items == ()
    assert pipeline.find("gone") is None
    assert pipeline.find("f3") == FILMS[3]


def test_the_clock_books_each_step():
    moments = iter([10.0, 10.5, 12.5])
    clock = Clock(lambda: next(moments))
    clock.lap("candidates")
    clock.lap("ranking")
    assert clock.seconds == {"candidates": 0.5, "ranking": 2.0}
    assert list(clock.seconds) == ["candidates", "ranking"]


def test_ranking_takes_its_time_into_the_books(make):
    pipeline, clock = make(), Clock()
    pipeline.rank(pipeline.read(ANN, []), Request(), 2, clock)
    assert list(clock.seconds) == ["candidates", "ranking"]
    assert all(seconds > 0 for seconds in clock.seconds.values())
