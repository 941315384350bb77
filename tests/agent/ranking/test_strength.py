"""Interest strength: what moves it, what it says when nothing was fitted, and that a fit survives storage."""

from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeJudge, HashEmbedder, build, film
from sommelier.agent.config import Config
from sommelier.agent.memory.memory import Memory
from sommelier.agent.profile.opinions import Norms, opinion_of, values_of
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.ranking.strength import (
    FEATURES,
    LM,
    Calibration,
    Line,
    calibration_key,
    interest_in,
    load_calibration,
    pair_features,
    preferences,
    save_calibration,
)
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event, User
from sommelier.retrieval.text.sentence_encoder import BUNDLED_IDENTITY

from sommelier import Recommender, UnknownItemError

FILMS = [film(f"w{at}", f"War {at}", genre="war") for at in range(4)] + [
    film(f"c{at}", f"Crime {at}", genre="crime") for at in range(4)
]
HISTORIES = [["w0", "w1", "w2", "w3"], ["c0", "c1", "c2", "c3"], ["w0", "w1", "w3"]]
NORMS = Norms.of([{"w3": 1.0, "c3": 0.5}, {"w3": 0.5, "c0": -1.0}])
FITTED = Calibration(
    like=Line(0.1, {"user": 1.5, LM: 0.25}), strength=Line(3.0, {"item": 2.0}, (1.0, 5.0)),
    threshold=0.6, norms=NORMS, pairs=700, judged=200,
)  # fmt: skip


@pytest.fixture
def pipeline(tmp_path):
    index = build(tmp_path, FILMS, HISTORIES)
    yield RankingPipeline(Config(), Retriever(index, HashEmbedder()), FakeJudge(), packaged("rank"))
    index.close()


def told(**opinions):
    return [Event(item, "ann", item, kind, position=at) for at, (item, kind) in enumerate(opinions.items())]


def read(pipeline, events=()):
    return pipeline.read(User("ann"), list(events))


def rating(value):
    return Event("e", "ann", "w0", "rating", value)


@pytest.mark.parametrize(("value", "stand"), [(1, -1), (3, 0), (5, 1), (4, 0.5), (9, 1), (None, None)])
def test_a_rating_is_an_opinion_by_its_place_on_the_scale(value, stand):
    assert opinion_of(rating(value), Config()) == stand


@pytest.mark.parametrize(("kind", "opinion"), [("like", 1), ("dislike", -1), ("dismiss", -1), ("play", None)])
def test_likes_and_dislikes_are_opinions_and_deeds_are_not(kind, opinion):
    assert opinion_of(Event("e", "ann", "w0", kind), Config()) == opinion


def test_the_newest_opinion_holds_and_choices_are_counted():
    events = [Event("1", "ann", "w0", "like"), Event("2", "ann", "w0", "dislike"), Event("3", "ann", "w1", "play")]
    assert values_of(events, Config()) == {"w0": -1.0}
    counts = values_of([*events, Event("4", "ann", "w1", "play")], Config(), "count")
    assert counts == {"w0": pytest.approx(np.log(2)), "w1": pytest.approx(np.log(3))}


def test_norms_are_shrunk_towards_the_mean():
    norms = Norms.of([{"a": 1.0, "b": 0.0}] * 3)
    assert norms.mean == 0.5
    assert 0 < norms.item("a") < 0.5
    assert norms.item("b") == -norms.item("a")
    assert norms.item("never seen") == 0
    assert Norms.of([]) == Norms()


def test_liking_its_kind_raises_the_interest_and_disliking_lowers_it(pipeline):
    ((warm,), (cool,), (cold,)) = (
        interest_in(pipeline, read(pipeline, events), ["w3"], Calibration())
        for events in (told(w0="like", c0="dislike"), (), told(w0="dislike", c0="like"))
    )
    assert warm.probability > cool.probability > cold.probability


def test_all_features_of_a_pair_are_finite_whatever_the_history(pipeline):
    for events in ((), told(w0="dislike"), told(gone="like"), told(w0="play"), told(w3="like")):
        features = pair_features(pipeline, read(pipeline, events), ["w3", "c3"], NORMS)
        assert tuple(features) == FEATURES
        assert all(values.shape == (2,) and np.isfinite(values).all() for values in features.values())


def test_no_items_have_no_features(pipeline):
    assert interest_in(pipeline, read(pipeline, told(w0="like")), [], FITTED) == []


def test_without_a_fit_nothing_pretends_to_be_one(pipeline):
    (found,) = interest_in(pipeline, read(pipeline, told(w0="like")), ["w3"], Calibration())
    assert not found.calibrated
    assert found.rating is None
    assert found.log_count is None
    assert 0 < found.probability < 1
    assert not pipeline.lm.asked


def test_a_fit_gives_ratings_within_its_bounds_and_its_own_threshold(pipeline):
    (found,) = interest_in(pipeline, read(pipeline, told(w0="like")), ["w3"], FITTED)
    assert found.calibrated
    assert found.rating == pytest.approx(3 + 2 * NORMS.item("w3"))
    assert found.likes == (found.probability >= 0.6)
    high = replace(FITTED, strength=Line(9.0, {}, (1.0, 5.0)))
    assert interest_in(pipeline, read(pipeline), ["w3"], high)[0].rating == 5


def test_a_fit_of_counts_says_nothing_certain_about_likes(pipeline):
    counts = Calibration("count", strength=Line(0.9, {}), pairs=700)
    (found,) = interest_in(pipeline, read(pipeline, told(w0="play")), ["w3"], counts)
    assert (found.log_count, found.rating, found.calibrated) == (0.9, None, False)


def test_preferences_come_in_the_order_of_the_items(pipeline):
    user_state = read(pipeline, told(w0="like"))
    forward, backward = preferences(pipeline, user_state, ["w3", "c3"]), preferences(pipeline, user_state, ["c3", "w3"])
    assert forward.tolist() == backward[::-1].tolist()


def test_the_others_in_the_question_change_nothing(pipeline):
    user_state = read(pipeline, told(w0="like"))
    alone = interest_in(pipeline, user_state, ["w3"], FITTED)
    assert interest_in(pipeline, user_state, ["c3", "w3", "w1"], FITTED)[1:2] == alone


def test_an_unknown_item_is_an_error(pipeline):
    with pytest.raises(KeyError):
        interest_in(pipeline, read(pipeline), ["no such film"], FITTED)


def test_a_fit_comes_back_as_it_was_stored_and_only_under_its_key(tmp_path):
    key = calibration_key(packaged("rank"), FakeJudge().card, BUNDLED_IDENTITY)
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as memory:
        assert load_calibration(memory, key) == Calibration()
        save_calibration(memory, key, FITTED)
        assert load_calibration(memory, key) == FITTED
        other = calibration_key(packaged("reply"), FakeJudge().card, BUNDLED_IDENTITY)
        assert load_calibration(memory, other) == Calibration()
        reads_otherwise = calibration_key(packaged("rank"), FakeJudge().card, "another encoder")
        assert load_calibration(memory, reads_otherwise) == Calibration()


def test_shipped_weights_say_so():
    assert Calibration().pairs == 0
    assert not Calibration().knows_likes
    assert not Calibration().asks_lm


def test_the_door_answers_for_anyone_and_any_item_of_the_catalogue(tmp_path):
    with Recommender.open(tmp_path, builtin=True, lm=FakeJudge()) as recommender:
        before = recommender.interest("newcomer", "aliens-1986")
        recommender.observe("newcomer", "alien-1979", "like")
        assert recommender.interest("newcomer", "aliens-1986").probability > before.probability
        assert not before.calibrated
        with pytest.raises(UnknownItemError, match="no such film"):
            recommender.interest("newcomer", "no such film")
