"""The log as columns, and what it says of items: for whom, in which situation, how lately."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sommelier.retrieval.behaviour.covisitation import Sequences
from sommelier.retrieval.behaviour.past import Log, Past, situation
from sommelier.retrieval.behaviour.trends import Trends, recency
from sommelier.retrieval.catalogue import Event

MONDAY = datetime(2024, 1, 1, 9, tzinfo=UTC)
PLACES = {"a": 0, "b": 1, "c": 2}


def past(*items, at=None, attributes=None, **context):
    return Past([Event(str(n), "u", item, "play", at=at, context=context) for n, item in enumerate(items)],
                attributes or {})  # fmt: skip


def test_a_situation_says_when_in_words():
    assert situation({}, None) == {}
    assert situation({"device": "tv"}, None) == {"device": "tv"}
    assert situation({}, MONDAY) == {"part_of_day": "morning", "part_of_week": "weekday"}
    late = MONDAY + timedelta(days=5, hours=14, minutes=59)
    assert situation({"device": "tv"}, late) == {
        "part_of_day": "evening", "part_of_week": "weekend", "device": "tv",
    }  # fmt: skip
    assert situation({"part_of_day": "tea time"}, MONDAY)["part_of_day"] == "tea time"  # what was told counts


def test_columns_leave_unknown_items_out_and_keep_everyone():
    log = Log.of([past("a", "gone", "b"), Past([]), past("c", at=MONDAY, attributes={"age": "old"})], PLACES)
    assert log.users.tolist() == [0, 0, 2]
    assert log.items.tolist() == [0, 1, 2]
    assert np.isnan(log.days[:2]).all()
    assert log.days[2] == pytest.approx(MONDAY.timestamp() / 86400)
    assert log.people == [{}, {}, {"age": "old"}]
    assert [log.contexts[at] for at in log.situations] == [{}, {}, situation({}, MONDAY)]


@pytest.mark.parametrize("histories", [[], [[]], [["a", "a", "b", "b", "a"], ["a"], ["a", "c"]]])
def test_sequences_are_those_of_the_histories(histories):
    found = Log.of(map(Past.of, histories), PLACES).sequences()
    wanted = Sequences.of([[PLACES[item] for item in history] for history in histories])
    assert found.items.tolist() == wanted.items.tolist()
    assert found.users.tolist() == wanted.users.tolist()


def test_everything_that_is_counted_is_in_the_fingerprint():
    logs = [
        [past("a", "b")], [past("a"), past("b")], [past("b", "a")], [past("a", "b", at=MONDAY)],
        [past("a", "b", device="tv")], [past("a", "b", attributes={"age": "old"})],
    ]  # fmt: skip
    prints = [Log.of(log, PLACES).fingerprint() for log in logs]
    assert len(set(prints)) == len(prints)
    assert Log.of(logs[0], PLACES).fingerprint() == prints[0]


def test_recent_is_what_is_chosen_more_now_than_ever_before():
    days = np.array([0.0] * 50 + [1000.0] * 50)
    items = np.array([0] * 40 + [1] * 10 + [1] * 10 + [2] * 40, np.int32)
    found = recency(days, items, 4)
    assert found[2] > 0.2 > found[1] > -0.1 > found[0] > -1
    assert found[3] == 0


def test_a_log_without_times_has_no_recency():
    assert recency(np.full(3, np.nan), np.array([0, 1, 1], np.int32), 2).tolist() == [0, 0]
    assert recency(np.array([]), np.array([], np.int32), 2).tolist() == [0, 0]


def test_trends_survive_the_folder(tmp_path):
    crowd = [past("a" if at % 2 else "b", at=MONDAY + timedelta(hours=6 * (at % 2), days=at),
                  attributes={"age": "old" if at % 2 else "young"}) for at in range(60)]  # fmt: skip
    fitted = Trends.fit(Log.of(crowd, PLACES), 3)
    fitted.save(tmp_path)
    loaded = Trends.load(tmp_path)
    assert loaded.attributes.score({"age": "old"})[0] > 0.1
    assert loaded.context.score(situation({}, MONDAY))[1] > 0.1
    assert loaded.recency.tolist() == fitted.recency.tolist()
