"""One contract for every baseline: in a world of two tastes each is shown its own."""

import random

import pytest

pytest.importorskip("implicit", reason="the baselines' library is an extra")

from field_baselines import BASELINES, Baseline, train
from field_log import Log

ITEMS = [f"i{at:02}" for at in range(40)]


@pytest.fixture(scope="module")
def two_tastes():
    """150 users each of the first and of the last twenty items, and a target of their own taste for some."""
    draw = random.Random(5)
    histories = [draw.sample(range(20 * taste, 20 * taste + 20), 8) for taste in (0, 1) for _ in range(150)]
    test = {f"u{row}": ITEMS[next(at for at in range(20 * (row // 150), 40) if at not in histories[row])]
            for row in (3, 7, 160, 220)}  # fmt: skip
    return Log(ITEMS, [f"u{row}" for row in range(300)], histories), test


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda each: each.name)
def test_each_taste_is_shown_its_own(baseline, two_tastes):
    log, test = two_tastes
    first = {name: values[:1] for name, values in baseline.grid.items()}
    few = {"factors": (4,)} if "factors" in first else {}  # 64 would learn 40 items by heart
    small = Baseline(baseline.name, baseline.fit, first | few)
    trained = train(small, log, test, users=50)
    assert trained.lists.keys() == test.keys()
    for user, listed in trained.lists.items():
        row = int(user[1:])
        own = set(ITEMS[20 * (row // 150) : 20 * (row // 150) + 20])
        assert not set(listed) & {ITEMS[at] for at in log.histories[row]}, "nothing that was chosen"
        assert sum(item in own for item in listed[:10]) >= 8


def test_the_best_setting_on_validation_users_is_taken(two_tastes):
    log, test = two_tastes
    trained = train(next(each for each in BASELINES if each.name == "EASE"), log, test, users=80)
    assert len(trained.tried) == 3
    assert dict(trained.setting) == max(trained.tried, key=lambda each: each[1])[0]


def test_an_unknown_user_or_item_has_no_list(two_tastes):
    log, _ = two_tastes
    ease = next(each for each in BASELINES if each.name == "EASE")
    small = Baseline("EASE", ease.fit, {"l": (10,)})
    assert train(small, log, {"nobody": ITEMS[0], "u1": "nothing"}, users=10).lists == {}
