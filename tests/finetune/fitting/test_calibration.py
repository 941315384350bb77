"""Calibrating on validation pairs: what is held back, when there is enough, and that the fit finds what is there."""

import io
import math
import re

import numpy as np
import pytest
from fakes import FakeJudge, HashEmbedder, film
from rich.console import Console
from sommelier.agent.config import Config
from sommelier.agent.memory.memory import Memory
from sommelier.agent.profile.opinions import Norms
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.ranking.strength import FEATURES, LM
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.examples.opinion_pairs import Pairs, hold_back, norms_without
from sommelier.finetune.fitting.calibration import assess_pairs, assess_strength, fit_odds, fit_ratings, predict_unseen
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event

from sommelier.cli.rendering.strength import show_strength

FILMS = [film(f"f{at:02}", title=f"Film {at}", genre=("war", "crime")[at % 2]) for at in range(24)]


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.catalogue.upsert_items(FILMS)
        yield store


@pytest.fixture
def store(memory, tmp_path):
    return IndexStore(memory, tmp_path / "index", HashEmbedder())


def pipeline_for(index):
    return RankingPipeline(Config(), Retriever(index, HashEmbedder()), FakeJudge(), packaged("rank"))


def quiet(stage, done, total):
    pass


def events(user, *told):
    return [Event(f"{user}-{at}", user, item, kind, value, position=at) for at, (item, kind, value) in enumerate(told)]


def raters(users, films=12, seed=3):
    """People who rate war high and crime low, or the other way round."""
    rng = np.random.default_rng(seed)
    for user in range(users):
        war = user % 2 == 0
        for place, at in enumerate(rng.permutation(24)[:films].tolist()):
            value = float(rng.choice([4, 5] if (at % 2 == 0) == war else [1, 2]))
            yield Event(f"u{user}-{place}", f"u{user:03}", f"f{at:02}", "rating", value, position=place)


def made_pairs(count=200, users=40, seed=0, lm=None):
    rng = np.random.default_rng(seed)
    features = {name: rng.normal(size=count) for name in FEATURES}
    odds = 2 * features["user"] - features["text"]
    features[LM] = {None: np.full(count, np.nan), "knows": 3 * odds, "guesses": rng.normal(size=count)}[lm]
    liked = rng.random(count) < 1 / (1 + np.exp(-odds))
    who = np.array([f"u{at % users}" for at in range(count)], np.str_)
    return Pairs(who, features, liked, 3 + odds / 2 + rng.normal(0, 0.1, count))


def test_the_newest_quarter_of_opinions_is_held_back_with_all_that_came_after(memory):
    ratings = [(f"f{at:02}", "rating", 3.0 + at % 2) for at in range(8)]
    memory.events.add(events("ann", *ratings[:7], ("f20", "view", None), ratings[7], ("f21", "view", None)))
    ((held,), for_test) = hold_back(memory, {}, Config(), "opinion")
    assert (held.items, held.ratings, held.liked, held.count) == (("f06", "f07"), (3.0, 4.0), (False, True), 4)
    assert [event.item for event in held.events] == [f"f{at:02}" for at in range(6)]
    assert for_test == {}


def test_at_most_five_are_held_back_and_of_three_none(memory):
    memory.events.add(events("ann", *[(f"f{at:02}", "like", None) for at in range(24)]))
    memory.events.add(events("bob", *[(f"f{at:02}", "like", None) for at in range(3)]))
    ((held,), _) = hold_back(memory, {}, Config(), "opinion")
    assert (held.user, len(held.items)) == ("ann", 5)
    assert all(math.isnan(each) for each in held.ratings)


def test_an_opinion_given_before_is_not_asked_again(memory):
    memory.events.add(events("ann", *[(f"f{at:02}", "like", None) for at in range(4)], ("f00", "dislike", None)))
    ((held,), _) = hold_back(memory, {}, Config(), "opinion")
    assert held.items == ("f03",)
    assert held.count == 2


def test_a_test_target_and_what_follows_are_out_of_sight(memory):
    memory.events.add(events("ann", *[(f"f{at:02}", "rating", 5.0) for at in range(8)]))
    ((held,), for_test) = hold_back(memory, {"ann": "f05"}, Config(), "opinion")
    assert for_test == {"ann": 3}
    assert (held.items, held.count) == (("f04",), 4)
    norms = norms_without(memory, {"ann": held.count}, Config(), "opinion")
    assert set(norms.items) == {"f00", "f01", "f02", "f03"}


def test_repeated_choices_are_counted_from_the_first_on(memory):
    choices = ["f00", "f01", "f02", "f03", "f03", "f00", "f03"]
    memory.events.add(events("ann", *[(item, "play", None) for item in choices]))
    ((held,), _) = hold_back(memory, {}, Config(), "count")
    assert (held.items, held.ratings) == (("f03",), (pytest.approx(math.log(4)),))


def test_too_few_or_one_sided_logs_are_not_calibrated_and_nothing_is_built(memory, store):
    memory.events.add(raters(20))
    assert assess_strength(pipeline_for, store, {}, Config(), quiet) is None
    memory.events.add(Event(f"p{at}", f"p{at // 8}", f"f{at % 24:02}", "purchase") for at in range(8 * 600))
    assert assess_strength(pipeline_for, store, {}, Config(), quiet) is None
    assert not store.root.exists()


def test_a_log_of_items_that_have_left_the_catalogue_is_not_calibrated(memory, store):
    memory.events.add(raters(170))
    memory.catalogue.delete_items([f"f{at:02}" for at in range(1, 24)])
    assert assess_strength(pipeline_for, store, {}, Config(), quiet) is None


def test_tastes_are_found_that_neither_level_nor_film_explain(memory, store):
    memory.events.add(raters(170))
    told = []
    report = assess_strength(pipeline_for, store, {}, Config(), lambda *step: told.append(step))
    assert (report.users, report.calibration.pairs) == (170, 510)
    assert told[-1] == ("calibrating", 170, 170)
    assert report.systems["user + item"]["auc"] < 0.65
    assert report.systems["retrieval"]["auc"] > 0.95
    assert report.systems["retrieval"]["rmse"] < report.systems["user + item"]["rmse"] - 0.5
    assert report.gain[0] > 0
    assert report.systems["retrieval"]["ece"] < 0.1
    assert report.at_threshold["liked"]["f1-score"] > 0.9
    low, value, high = report.intervals["gauc"]
    assert low <= value == report.systems["retrieval"]["gauc"] <= high
    assert not report.calibration.asks_lm  # the fake judge knows nothing
    assert report.as_json()["calibration"]["pairs"] == 510


def test_repetitions_are_calibrated_where_nobody_gives_opinions(memory, store):
    rng = np.random.default_rng(1)
    played = [(f"u{user:03}", f"f{at:02}", user % 3 + 1) for user in range(170) for at in rng.permutation(24)[:12]]
    log = [Event(f"{user}-{item}-{time}", user, item, "play", position=place * 10 + time)
           for place, (user, item, times) in enumerate(played) for time in range(times)]  # fmt: skip
    memory.events.add(log)
    report = assess_strength(pipeline_for, store, {}, Config(), quiet)
    assert report.calibration.measure == "count"
    assert not report.calibration.knows_likes
    assert report.systems["user"]["rmse"] < report.systems["item"]["rmse"] / 2
    assert "auc" not in report.systems["user"]
    assert (report.judged, report.intervals, report.lm_gain) == ({}, {}, None)


def test_no_fit_sees_the_user_it_is_judged_on():
    """What decides is another feature for every user, so that nothing can be learnt from anybody else."""
    rng = np.random.default_rng(2)
    users = np.repeat(np.arange(len(FEATURES)), 40)
    noise = {name: rng.normal(size=len(users)) * (users == at) for at, name in enumerate(FEATURES)}
    drawn = np.sum([*noise.values()], axis=0)
    pairs = Pairs(users.astype(np.str_), noise | {LM: rng.normal(size=len(users))}, drawn > 0, drawn)
    seen, unseen = fit_odds(pairs, FEATURES), predict_unseen(pairs, FEATURES)
    assert np.corrcoef(seen.at(pairs.features), pairs.liked)[0, 1] > 0.6  # a fit that sees them gives them away
    assert abs(np.corrcoef(unseen.odds, pairs.liked)[0, 1]) < 0.2
    assert abs(np.corrcoef(unseen.ratings, pairs.ratings)[0, 1]) < 0.2


def test_the_fit_finds_the_weights():
    pairs = made_pairs(4000)
    like, rating = fit_odds(pairs, FEATURES), fit_ratings(pairs, FEATURES)
    assert like.weights["user"] == pytest.approx(2, abs=0.3)
    assert rating.weights["text"] == pytest.approx(-0.5, abs=0.05)
    assert rating.intercept == pytest.approx(3, abs=0.05)
    assert rating.at(pairs.features) == pytest.approx(pairs.ratings, abs=0.5)


def test_where_all_is_liked_the_share_alone_is_learnt():
    pairs = made_pairs(50)
    alike = Pairs(pairs.users, pairs.features, np.ones(50, bool), np.full(50, np.nan))
    assert fit_odds(alike, FEATURES).weights == {}
    assert fit_odds(alike, FEATURES).intercept == pytest.approx(math.log(51))
    assert fit_ratings(alike, FEATURES) is None


def test_the_model_gets_a_weight_only_if_it_saves_loss():
    knowing = assess_pairs(made_pairs(lm="knows"), Norms(), "opinion")
    guessing = assess_pairs(made_pairs(lm="guesses"), Norms(), "opinion")
    assert not guessing.calibration.asks_lm
    assert guessing.judged["lm"]["auc"] < 0.65 < knowing.judged["lm"]["auc"]
    assert knowing.calibration.judged == 200
    blind = made_pairs()
    hidden = Pairs(blind.users, {**blind.features, "user": np.zeros(200), LM: blind.features["user"]}, blind.liked,
                   blind.ratings)  # fmt: skip
    helped = assess_pairs(hidden, Norms(), "opinion")
    assert helped.lm_gain[0] > 0
    assert helped.calibration.asks_lm


def shown(report):
    console = Console(width=100, file=io.StringIO(), record=True)
    show_strength(report, console)
    return console.export_text()


def test_what_is_printed_has_the_classification_report_and_the_intervals():
    report = assess_pairs(made_pairs(lm="guesses"), Norms(), "opinion")
    text = shown(report)
    liked = next(line for line in text.splitlines() if re.match(r"\W*liked\b", line))
    figures = report.at_threshold["liked"]
    assert [f"{figures[name]:.4f}" for name in ("precision", "recall", "f1-score")] == re.findall(r"\d\.\d{4}", liked)
    low, value, high = report.intervals["auc"]
    assert f"auc of retrieval: {value:.4f} (95%: {low:.4f} to {high:.4f})" in text
    assert f"log loss that the model saves beside retrieval: {report.lm_gain[1]:.4f}" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_of_counts_nothing_about_likes_is_printed():
    text = shown(assess_pairs(made_pairs(), Norms(), "count"))
    assert "precision" not in text
    assert "auc" not in text
    assert "squared error that retrieval saves over user + item" in text
