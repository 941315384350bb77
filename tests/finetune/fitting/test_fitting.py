"""Fitting on validation events: each user's last choice, and only where there are enough of them."""

import random
from dataclasses import replace

import pytest
from fakes import FakeJudge, HashEmbedder, film
from sommelier.agent.config import Config
from sommelier.agent.memory.memory import Memory
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.finetune.evaluation.evaluation import DEPTH
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.fitting.fitting import ENOUGH, fit_weights
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event
from sommelier.retrieval.fusion import WITH_REQUEST, FusionWeights

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


def walk(user, *items, kinds=()):
    kinds = [*kinds, *["purchase"] * len(items)]
    return [Event(f"{user}-{at}", user, item, kinds[at], position=at) for at, item in enumerate(items)]


def walkers(count):
    """People who step from a film to one of the next two."""
    rng = random.Random(5)
    for user in range(count):
        at = rng.randrange(12)
        steps = [at]
        for _ in range(3):
            steps.append(steps[-1] + rng.choice([1, 1, 2]))
        yield from walk(f"u{user:04}", *(f"f{step:02}" for step in steps))


def pipeline_for(index):
    return RankingPipeline(Config(pool=5), Retriever(index, HashEmbedder()), FakeJudge(), packaged("rank"))


def quiet(stage, done, total):
    pass


def test_too_few_users_are_not_fitted_and_nothing_is_built(memory, store):
    memory.events.add(walkers(ENOUGH - 1))
    assert fit_weights(pipeline_for, store, {}, quiet) is None
    assert not store.root.exists()


def test_enough_users_are_fitted_on_an_index_that_does_not_know_their_choice(memory, store):
    memory.events.add(walkers(ENOUGH))
    seen, told = [], []

    def watched(index):
        seen.append(int(index.covisitation.counts.sum()))
        return pipeline_for(index)

    found = fit_weights(watched, store, {}, lambda *step: told.append(step))
    fitted = found.weights
    assert seen == [3 * ENOUGH]  # of four choices each
    assert fitted.users == ENOUGH
    assert all(0 <= weight <= 50 for weight in fitted.retrieval.without_request.values())
    assert set(fitted.retrieval.with_request) >= set(WITH_REQUEST)
    assert all(0 <= weight <= 50 for weight in fitted.retrieval.with_request.values())
    assert all(0 <= each < 0.2 for each in fitted.lm_without_request)  # the fake judge knows nothing
    assert set(found.gains) == {"without a request", "with a request"}
    gain = found.gains["without a request"]
    assert gain.features.users == gain.lm.users == ENOUGH
    assert 0 < gain.features.before <= 1
    assert 0 < gain.features.after <= 1
    assert told[0] == ("fitting retrieval", 1, ENOUGH)
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages[:2] == ["fitting retrieval", "fitting the model's weight"]


def test_candidates_are_drawn_by_what_ships_whatever_was_fitted_before(memory, store):
    memory.events.add(walkers(ENOUGH))
    drawn = []

    class Watched(Retriever):
        def candidates(self, query, k=20, explained=None):
            drawn.append((k == DEPTH, query.asks, self.weights))
            return super().candidates(query, k, explained)

    def fitted_before(index):
        earlier = FusionWeights({"popularity": 9.0}, {"popularity": 9.0})
        return replace(pipeline_for(index), retriever=Watched(index, HashEmbedder(), earlier))

    found = fit_weights(fitted_before, store, {}, quiet).weights.retrieval
    shipped = FusionWeights.shipped("factors")
    for asks in (False, True):
        to_fit = [side(each, asks) for all_, asking, each in drawn if all_ and asking == asks]
        to_judge = [side(each, asks) for all_, asking, each in drawn if not all_ and asking == asks]
        assert to_fit == [side(shipped, asks)] * len(to_fit)
        assert to_judge == [side(found, asks)] * len(to_judge)  # the model is asked about the pools that will serve
        assert min(len(to_fit), len(to_judge)) >= ENOUGH / 2


def side(weights, asks):
    return weights.with_request if asks else weights.without_request
