"""What every behaviour tower does alike, on logs whose right answer is obvious by eye."""

import numpy as np
import pytest
from sommelier.retrieval.behaviour.covisitation import Covisitation, Sequences, decayed
from sommelier.retrieval.behaviour.sequence_tower import SequenceTower, Shape
from sommelier.retrieval.behaviour.sequence_training import Recipe, train_tower
from sommelier.retrieval.behaviour.towers import DecayTower, FactorTower, TowerChoice, load_tower

ITEMS = 40
CIRCLES = [[group * 8 + (first + step) % 8 for step in range(7)] for group in range(5) for first in range(8)]
"""Five groups of eight items, walked in a circle: after an item comes the next one of its group."""

SMALL = Recipe(Shape(length=10, width=32), dropout=0.0, smoothing=0.0, epochs=30, tokens=70, rate=1e-2)


def factors(histories=CIRCLES, items=ITEMS):
    return FactorTower.fit(Covisitation.fit(Sequences.of(histories), items))


def decay(histories=CIRCLES, items=ITEMS):
    return DecayTower.fit(Covisitation.fit(Sequences.of(histories), items))


def transformer(histories=CIRCLES, items=ITEMS):
    return train_tower(histories, items, SMALL)


TOWERS = {"factors": factors, "decay": decay, "transformer": transformer}


@pytest.fixture(scope="module", params=TOWERS)
def tower(request):
    return TOWERS[request.param]()


def scores(tower, history):
    return tower.targets @ tower.query(history, decayed([1.0] * len(history)))


def test_items_that_are_chosen_together_are_near(tower):
    nearest = [at for at in np.argsort(-scores(tower, [8, 9, 10])) if at not in (8, 9, 10)]
    assert set(nearest[:2]) <= set(range(11, 16))


def test_a_new_choice_moves_the_answer_without_training(tower):
    before = int(np.argmax(scores(tower, [0, 1])))
    after = int(np.argmax(scores(tower, [0, 1, 32, 33, 34])))
    assert before in range(8)
    assert after in range(32, 40)


def test_an_empty_history_asks_for_nothing(tower):
    assert not tower.query([], decayed([])).any()
    assert tower.query([], decayed([])).shape == tower.targets.shape[1:]


def test_features_of_a_pool_keep_its_order_and_have_a_common_scale(tower):
    found = scores(tower, [8, 9])
    feature = tower.feature(found)
    assert np.array_equal(np.argsort(feature), np.argsort(found))
    assert feature.max() == pytest.approx(1.0, abs=1.0)
    assert len(tower.feature(np.zeros(0, np.float32))) == 0


def test_a_history_of_any_length_is_read_from_its_newest_end(tower):
    long = [at % 8 for at in range(3000)] + [16, 17, 18, 19] * 20
    assert int(np.argmax(scores(tower, long))) in range(16, 24)


def test_saving_keeps_every_bit(tower, tmp_path):
    tower.save(tmp_path)
    again = load_tower(tmp_path)
    assert again.name == tower.name
    assert np.array_equal(again.targets, tower.targets)
    assert np.array_equal(again.query([3, 4], decayed([1, 1])), tower.query([3, 4], decayed([1, 1])))


@pytest.mark.parametrize("name", TOWERS)
def test_the_same_log_gives_the_same_tower(name):
    histories = [[at % 9, (at * 5) % 9, (at * 2) % 9] for at in range(20)]
    assert np.array_equal(TOWERS[name](histories, 9).targets, TOWERS[name](histories, 9).targets)


@pytest.mark.parametrize(("histories", "items"), [([], 0), ([], 1), ([], 3), ([[], []], 3), ([[0]], 1), ([[0, 0]], 1)])
@pytest.mark.parametrize("fit", [factors, decay])
def test_nothing_to_learn_from(fit, histories, items):
    tower = fit(histories, items)
    assert len(tower.targets) == items
    assert not tower.targets.any()
    assert tower.query([], decayed([])).shape == tower.targets.shape[1:]


@pytest.mark.parametrize("groups", [60, 200])
def test_a_log_of_disjoint_groups_alike_is_factorised(groups):
    histories = [[5 * group + at for at in range(5)] for group in range(groups)]
    tower = factors(histories, 5 * groups)
    assert np.isfinite(tower.targets).all()
    nearest = np.argsort(-scores(tower, [0, 1]))[:5]
    assert set(nearest) <= set(range(5))


def test_an_item_that_nobody_met_with_another_asks_for_nothing():
    tower = factors([[at, (at * 7 + 1) % 30, (at * 3 + 2) % 30] for at in range(30)], 33)
    for lonely in (30, 31, 32):
        assert not tower.sources[lonely].any()
        assert not tower.targets[lonely].any()


def test_the_transformer_knows_the_order_of_choices():
    tower = transformer()
    assert int(np.argmax(scores(tower, [8, 9, 10]))) == 11
    assert int(np.argmax(scores(tower, [10, 9, 8]))) == 9


@pytest.mark.parametrize("histories", [[], [[]], [[0], [1]]])
def test_a_transformer_needs_something_to_learn_from(histories):
    with pytest.raises(ValueError, match="at least one history of two items"):
        train_tower(histories, 3, SMALL)


def test_a_saved_network_serves_a_catalogue_that_has_changed(tmp_path):
    ids = [f"item-{at}" for at in range(ITEMS)]
    trained = transformer()
    trained.save(tmp_path, ids)
    changed = ["new", *reversed(ids[4:])]  # the first four are gone
    text = np.zeros((len(changed), 4), np.float32)
    tower = TowerChoice("transformer", tmp_path).build(Covisitation.fit(Sequences.of([]), 0), changed, text)
    place = {id: at for at, id in enumerate(changed)}
    found = scores(tower, [place["item-8"], place["item-9"]])
    assert changed[int(np.argmax(found))] == "item-10"
    assert not tower.targets[0][:-1].any()
    assert tower.targets[0][-1] == trained.targets[:, -1].min()
    assert np.isfinite(scores(tower, [0])).all()


def test_an_unseen_item_is_found_by_what_its_text_says(tmp_path):
    groups = np.repeat(np.eye(5, dtype=np.float32), 8, axis=0)  # items of a circle read alike
    trained = train_tower(CIRCLES, ITEMS, SMALL, text=groups)
    ids = [f"item-{at}" for at in range(ITEMS)]
    trained.save(tmp_path, ids)
    again = SequenceTower.load(tmp_path, ["new-0", "new-3", *ids], np.vstack([groups[[0, 24]], groups]))
    assert np.array_equal(again.targets[2:], trained.targets)
    found = again.targets @ again.query([2 + 24, 2 + 25, 2 + 26], decayed([1, 1, 1]))
    assert found[1] > found[0]
    again.save(tmp_path, ["new-0", "new-3", *ids])
    assert np.array_equal(SequenceTower.load(tmp_path).targets, again.targets)


def test_training_goes_on_from_a_trained_tower():
    first = train_tower(CIRCLES, ITEMS, SMALL)
    further = train_tower(CIRCLES, ITEMS, SMALL.refresher, minutes=0, start=first)
    assert int(np.argmax(scores(further, [8, 9, 10]))) == 11
    assert not np.array_equal(further.targets, first.targets)


def test_rows_of_a_batch_do_not_touch_each_other():
    tower = transformer()
    together = tower.queries([[1, 2], [8, 9, 10, 11, 12], [3]])
    alone = np.vstack([tower.queries([each]) for each in ([1, 2], [8, 9, 10, 11, 12], [3])])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_the_minutes_given_bound_the_epochs():
    steps = []
    train_tower(CIRCLES, ITEMS, SMALL, minutes=1e-6, progress=lambda done, total: steps.append((done, total)))
    whole = []
    train_tower(CIRCLES, ITEMS, SMALL, progress=lambda done, total: whole.append((done, total)))
    assert steps[-1][0] == steps[-1][1] < 10
    assert whole[-1][1] >= 200


def test_an_unknown_tower_is_named():
    with pytest.raises(ValueError, match="'eiffel'"):
        TowerChoice("eiffel").build(Covisitation.fit(Sequences.of([]), 0), [], np.zeros((0, 4), np.float32))


def test_the_fingerprint_follows_the_network(tmp_path):
    train_tower(CIRCLES, ITEMS, SMALL, minutes=0).save(tmp_path)
    first = TowerChoice("transformer", tmp_path).fingerprint
    train_tower(CIRCLES[:9], ITEMS, SMALL, minutes=0).save(tmp_path)
    assert len({first, TowerChoice("transformer", tmp_path).fingerprint, TowerChoice().fingerprint}) == 3
    assert isinstance(load_tower(tmp_path), SequenceTower)
