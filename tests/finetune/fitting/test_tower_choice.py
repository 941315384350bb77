"""Choosing a behaviour tower: by what it finds, without having seen it."""

import json
import random

import numpy as np
import pytest
from fakes import HashEmbedder, film
from sommelier.agent.ingest.indexing import rebuild_index
from sommelier.agent.memory.memory import Memory
from sommelier.finetune.evaluation.cases import validation_cases
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.fitting.fitting import ENOUGH
from sommelier.finetune.fitting.tower_choice import choose_tower
from sommelier.finetune.tower_training import train_network
from sommelier.retrieval.behaviour.sequence_tower import SequenceTower
from sommelier.retrieval.behaviour.tower_folder import TowerFolder
from sommelier.retrieval.behaviour.towers import FactorTower
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Film {at}") for at in range(30)]


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as memory:
        memory.catalogue.upsert_items(FILMS)
        yield IndexStore(memory, tmp_path / "index", HashEmbedder())


def walk(user, *items):
    return [Event(f"{user}-{at}", user, f"f{item:02}", "purchase", position=at) for at, item in enumerate(items)]


def knights(count):
    """Which of two steps comes next follows from the one before the last."""
    rng = random.Random(1)
    for user in range(count):
        steps = [rng.randrange(30), rng.randrange(30)]
        while len(steps) < 8:
            steps.append((steps[-1] + 7) % 30 if steps[-2] % 2 else (steps[-1] + 11) % 30)
        yield from walk(f"u{user:04}", *steps)


def quiet(stage, done, total):
    pass


def test_too_few_users_change_nothing(store):
    store.memory.events.add(knights(ENOUGH - 1))
    assert choose_tower(store, {}, None, quiet) is None
    assert not store.root.exists()
    assert TowerFolder.beside(store.root).choice().name == FactorTower.name


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    """A workspace whose tower was chosen, with the report and the stages that were told."""
    folder = tmp_path_factory.mktemp("chosen")
    with pytest.MonkeyPatch.context() as patch, Memory(f"sqlite:///{folder / 'sommelier.db'}") as memory:
        patch.setenv("SOMMELIER_CACHE", str(folder / "cache"))
        memory.catalogue.upsert_items(FILMS)
        memory.events.add(knights(ENOUGH))
        store, told = IndexStore(memory, folder / "index", HashEmbedder()), []
        report = choose_tower(store, {"u0000": "f03"}, None, lambda *step: told.append(step))
        yield store, report, told


def test_the_tower_with_the_highest_recall_wins_and_serves(chosen):
    store, report, told = chosen
    towers = ("factors", "decay", "transformer")
    assert report.chosen == max(towers, key=lambda name: (report.recall[name], report.ndcg[name]))
    assert report.users == ENOUGH
    assert set(report.recall) == set(report.ndcg) == {"strengths", *towers}
    assert report.ndcg["factors"] > 0.2
    assert told[-1][1] == told[-1][2]
    with store.without({}) as index:
        assert index.tower.name == report.chosen
    facts = TowerFolder.beside(store.root).facts()
    assert (facts["name"], facts["recall"], facts["users"]) == (report.chosen, report.recall, report.users)


@pytest.fixture(scope="module")
def transforming(chosen):
    """The same workspace served by a transformer, whoever won."""
    store, _, _ = chosen
    folder = TowerFolder.beside(store.root)
    train_network(folder, store.memory.catalogue.items(), store.histories({}), {}, store.encoder)
    folder.choose("transformer", {"minutes": 0.01, "encoder": store.encoder.identity})
    rebuild_index(store.memory, store.root, store.encoder)
    return store, folder


def test_the_compared_network_is_kept_for_what_it_has_not_seen(transforming):
    store, folder = transforming
    _, held_back = validation_cases(store.memory, {"u0000": "f03"})
    assert folder.choice(held_back).trained == folder.network(held_back)
    assert folder.choice({}).fingerprint != folder.choice(held_back).fingerprint
    with store.without(held_back) as index:
        assert isinstance(index.tower, SequenceTower)
    with store.without({}) as index:
        assert isinstance(index.tower, SequenceTower)


def test_an_index_for_other_held_back_events_gets_a_network_of_its_own(transforming):
    (store, folder), others = transforming, {"u0001": 2, "u0002": 1}
    assert not folder.network(others).exists()
    with store.without(others) as index:
        assert isinstance(index.tower, SequenceTower)
    assert folder.choice(others).trained == folder.network(others)


def test_a_network_sees_nothing_of_what_is_held_back(store):
    """A planted leak: held back, the event must leave no trace, to the last bit; not held back, it does."""
    store.memory.events.add([*knights(20), *walk("zoe", 3, 10, 17)])
    folder, items = TowerFolder.beside(store.root), store.memory.catalogue.items()
    before = train_network(folder, items, store.histories({}), {}, store.encoder)
    store.memory.events.add([Event("zoe-9", "zoe", "f29", "purchase", position=9)])
    blind = train_network(folder, items, store.histories({"zoe": 1}), {"zoe": 1}, store.encoder)
    seeing = train_network(folder, items, store.histories({}), {}, store.encoder)
    assert np.array_equal(blind.targets, before.targets)
    assert not np.array_equal(seeing.targets, before.targets)


def test_a_network_that_is_kept_is_not_trained_again(store):
    store.memory.events.add(knights(20))
    folder, items = TowerFolder.beside(store.root), store.memory.catalogue.items()

    def train(histories):
        steps = []
        tower = train_network(folder, items, histories, {}, store.encoder, progress=lambda *step: steps.append(step))
        return tower, steps

    first, steps = train(store.histories({}))
    again, none = train(store.histories({}))
    assert steps
    assert not none
    assert np.array_equal(first.targets, again.targets)
    assert train([["f01", "f02", "f03"]])[1]


def test_a_choice_whose_network_is_gone_serves_factors(store):
    folder = TowerFolder.beside(store.root)
    folder.choose("transformer", {})
    assert folder.choice().name == FactorTower.name
    (folder.root / "choice.json").write_text("{broken")
    assert folder.choice().name == FactorTower.name
    assert folder.facts() == {}


@pytest.mark.parametrize("name", ["factors", "decay"])
def test_the_next_index_has_the_tower_that_was_chosen(store, name):
    store.memory.events.add(knights(20))
    first = rebuild_index(store.memory, store.root, store.encoder)
    TowerFolder.beside(store.root).choose(name, {})
    second = rebuild_index(store.memory, store.root, store.encoder)
    assert (first == second) == (name == "factors")
    with store.without({}) as index:
        assert index.tower.name == name
    assert json.loads((TowerFolder.beside(store.root).root / "choice.json").read_text()) == {"name": name}


def test_a_log_that_its_last_events_make_dense_is_trained_on_in_one_shape(store):
    """Without the last choice the mean is below what counts as dense, with it above: the second training goes on."""
    rng = random.Random(2)
    for user in range(4):
        store.memory.events.add(walk(f"u{user}", *(rng.randrange(30) for _ in range(40))))
    folder, items, held_back = (
        TowerFolder.beside(store.root),
        store.memory.catalogue.items(),
        {f"u{user}": 1 for user in range(4)},
    )
    blind = train_network(folder, items, store.histories(held_back), held_back, store.encoder, minutes=0)
    serving = train_network(folder, items, store.histories({}), {}, store.encoder, minutes=0, start=blind)
    assert serving.network.shape == blind.network.shape


def test_networks_blind_to_a_former_log_are_swept_away(store):
    store.memory.events.add(knights(5))
    folder, items = TowerFolder.beside(store.root), store.memory.catalogue.items()
    for held_back in ({"u0000": 1}, {"u0001": 1}):
        train_network(folder, items, store.histories(held_back), held_back, store.encoder, minutes=0)
    folder.sweep({"u0001": 1})
    assert not folder.network({"u0000": 1}).exists()
    assert folder.network({"u0001": 1}).exists()
