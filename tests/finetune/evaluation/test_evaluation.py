"""Evaluation on a world small enough to know the answers, with a leak planted to see that it is caught."""

import json
import math
import random

import numpy as np
import pytest
from fakes import FakeJudge, HashEmbedder, film
from sommelier.agent.config import Config
from sommelier.agent.memory.memory import Memory
from sommelier.agent.ranking.pipeline import TOGETHER, RankingPipeline
from sommelier.agent.ranking.ranking import RankingWeights
from sommelier.agent.turn import Request
from sommelier.finetune.evaluation.cases import case_of
from sommelier.finetune.evaluation.evaluation import evaluate, list_all
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.evaluation.metrics import ndcg
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import CatalogueError, Event, User

FILMS = [film(f"f{at:02}", title=f"Film {at}") for at in range(60)]
RNG = random.Random(3)
PAIRS = {f"u{at:02}": RNG.choice(FILMS).id for at in range(30)}
"""Targets by lot: nothing but a leak can predict them."""


def event(user, place, item, kind="purchase"):
    return Event(f"{user}-{place}", user, item, kind, position=place)


def clean_log():
    rng = random.Random(4)
    return [event(user, place, item) for user, target in PAIRS.items()
            for place, item in enumerate(rng.sample([each.id for each in FILMS if each.id != target], 5))]  # fmt: skip


@pytest.fixture
def world(tmp_path, monkeypatch):
    """`world(events)` gives an index store over a workspace with this log."""
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    stores = []

    def make(events, items=FILMS):
        folder = tmp_path / str(len(stores))
        folder.mkdir()
        memory = Memory(f"sqlite:///{folder / 'sommelier.db'}")
        memory.catalogue.upsert_items(items)
        memory.events.add(events)
        stores.append(IndexStore(memory, folder / "index", HashEmbedder()))
        return stores[-1]

    yield make
    for store in stores:
        store.memory.close()


def pipeline_for(index, lm=None, a=0.0, **settings):
    weights = RankingWeights(lm_without_request=(a, 0.0))
    return RankingPipeline(
        Config(**settings), Retriever(index, HashEmbedder()), lm or FakeJudge(), packaged("rank"), weights
    )


def quiet(stage, done, total):
    pass


def test_a_planted_leak_changes_nothing(world):
    later = [event(user, 6, target) for user, target in PAIRS.items()]
    after = [event(user, 7, "f00") for user in PAIRS]
    clean, leaky = world(clean_log()), world(clean_log() + later + after)
    wanted = evaluate(pipeline_for, clean, PAIRS, {}, quiet)
    found = evaluate(pipeline_for, leaky, PAIRS, {}, quiet)
    assert (wanted.held_back, found.held_back) == (0, 30)
    assert found.systems == wanted.systems
    assert found.versus_retrieval == wanted.versus_retrieval
    # The plant works: an index that was built with the targets does give them away.
    cases = [case_of(clean.memory, user, target) for user, target in PAIRS.items()]
    with leaky.without({}) as index:
        cheating = list_all(pipeline_for(index), leaky.memory, cases, quiet)["retrieval"]
    assert ndcg(cheating.ranks).mean() > wanted.systems["retrieval"]["ndcg@10"] + 0.1


def test_holding_back_the_same_events_twice_and_leaving_nothing_behind(world):
    store = world(clean_log())
    counts = []
    for _ in range(2):
        with store.without({"u00": 2, "u01": 5, "nobody": 3}) as index:
            counts.append(index.covisitation.counts.sum())
            assert len(index.nearest("text", index.text[0], 3)) == 3
    assert counts == [150 - 7] * 2
    assert not (store.root.parent / "index-holdout").exists()


def test_a_case_ends_where_the_target_begins(world):
    log = [event("ann", 0, "f01"), event("ann", 1, "f02", "view"), event("ann", 2, "f02"), event("ann", 3, "f03"),
           event("ann", 4, "f02")]  # fmt: skip
    memory = world(log).memory
    case = case_of(memory, "ann", "f02")
    assert [each.id for each in case.events] == ["ann-0", "ann-1"]  # a view gives nothing away that it did not then
    assert case.held_back == 3
    assert case_of(memory, "ann", "f09").held_back == 0
    assert case_of(memory, "nobody", "f09").events == []


def test_predictable_targets_are_found_and_popularity_is_exact(world):
    # Everybody goes f01 -> f02 -> f03; ann and bob are at f02.
    log = [event(f"w{at}", place, f"f0{place}") for at in range(10) for place in (1, 2, 3)]
    log += [event(user, place, f"f0{place}") for user in ("ann", "bob") for place in (1, 2)]
    report = evaluate(pipeline_for, world(log), {"ann": "f03", "bob": "f40"}, {}, quiet)
    assert report.users == 2
    assert report.systems["retrieval"]["hr@1"] == 0.5
    # f03 leads what ann has not consumed; f40 ties with the 57 others that nobody chose, below f03.
    assert report.systems["popularity"]["mrr"] == pytest.approx((1 + 1 / 58) / 2)
    assert report.systems["popularity"]["hr@100"] == 1.0


def test_the_model_alone_and_fused(world):
    log = [event(f"w{at}", place, f"f0{place}") for at in range(10) for place in (1, 2, 3, 4)]
    log += [event("ann", 1, "f01")]
    prefers = FakeJudge(lambda text: 9.0 if text.startswith("Film 4.") else 0.0)
    strong = evaluate(lambda index: pipeline_for(index, prefers, a=100.0), world(log), {"ann": "f04"}, {}, quiet)
    assert strong.systems["lm"]["hr@1"] == strong.systems["fused"]["hr@1"] == 1.0
    assert strong.systems["retrieval"]["hr@1"] == 0.0
    silent = evaluate(lambda index: pipeline_for(index, prefers), world(log), {"ann": "f04"}, {}, quiet)
    assert silent.systems["fused"] == silent.systems["retrieval"]
    assert silent.versus_retrieval["fused"]["ndcg@10"] == (0.0, 0.0, 0.0)


def test_a_model_without_opinion_is_no_better_than_the_end_of_its_pool(world):
    flat = FakeJudge(lambda _text: 1.0)
    report = evaluate(lambda index: pipeline_for(index, flat, pool=20), world(clean_log()), PAIRS, {}, quiet)
    assert report.systems["lm"]["hr@10"] == 0


def test_peers_on_the_same_users(world):
    first = {user: ["f59", target] for user, target in PAIRS.items() if target != "f59"}
    report = evaluate(pipeline_for, world(clean_log()), PAIRS, {"second": first, "mute": {"u00": []}}, quiet)
    share = len(first) / 30
    assert report.systems["second"]["ndcg@10"] == pytest.approx(share / math.log2(3))
    assert report.systems["second"]["hr@1"] == 0
    assert set(report.systems["mute"].values()) == {0.0}
    assert report.partial == {"mute": 1}
    low, mid, high = report.versus_retrieval["mute"]["ndcg@10"]
    assert low <= mid <= high
    assert mid == pytest.approx(-report.systems["retrieval"]["ndcg@10"])


def test_the_report_as_json(world):
    told = []
    store = world(clean_log())
    report = evaluate(pipeline_for, store, PAIRS, {"peer": {"u00": []}}, lambda *step: told.append(step))
    found = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert {"users", "systems", "versus_retrieval", "pool_recall", "groups", "gaps", "not_worse", "targets"} <= set(
        found
    )
    assert found["users"] == 30
    assert set(found["systems"]) == {"popularity", "retrieval", "lm", "fused", "peer"}
    assert set(found["versus_retrieval"]) == {"popularity", "lm", "fused", "peer"}
    for metrics in found["systems"].values():
        assert {"hr@1", "hr@10", "hr@20", "hr@50", "hr@100", "ndcg@10", "mrr", "long_tail@10", "coverage@10",
                "popularity@1"} == set(metrics)  # fmt: skip
        assert all(0 <= value <= 1 for value in metrics.values())
    assert all(list(each) == ["ndcg@10"] and len(each["ndcg@10"]) == 3 for each in found["versus_retrieval"].values())
    assert told[-1] == ("evaluating", 30, 30)
    assert [done for _, done, _ in told] == sorted({done for _, done, _ in told})


def test_the_long_tail_is_what_the_head_is_not(world):
    log = [event(f"w{at}", place, f"f{place:02}") for at in range(5) for place in range(12)]  # 12 of 60 are the head
    report = evaluate(pipeline_for, world(log), {"new": "f20"}, {"tail": {"new": ["f20", "f05"]}}, quiet)
    assert report.systems["popularity"]["long_tail@10"] == 0
    assert report.systems["tail"]["long_tail@10"] == 0.5


def test_unknown_targets_are_left_out_and_all_unknown_is_an_error(world):
    store = world(clean_log())
    assert evaluate(pipeline_for, store, {"u00": "gone", "u01": "f01"}, {}, quiet).users == 1
    with pytest.raises(CatalogueError, match="none of the 1 test items is in the catalogue"):
        evaluate(pipeline_for, store, {"u00": "gone"}, {}, quiet)
    with pytest.raises(CatalogueError, match="none of the 0 test items"):
        evaluate(pipeline_for, store, {}, {}, quiet)


@pytest.mark.parametrize("name", ["popularity", "retrieval", "lm", "fused"])
def test_a_peer_cannot_take_the_name_of_a_system(world, name):
    with pytest.raises(CatalogueError, match=f"cannot be called '{name}'"):
        evaluate(pipeline_for, world([]), PAIRS, {name: {}}, quiet)


def test_ranks_beyond_the_depth_are_misses(world):
    items = [film(f"f{at:03}") for at in range(260)]
    store = world([event("w", place, f"f{place:03}") for place in range(5)], items)
    report = evaluate(pipeline_for, store, {"new": "f259"}, {}, quiet)
    assert report.systems["popularity"]["mrr"] == 0
    assert np.isfinite(report.versus_retrieval["popularity"]["ndcg@10"]).all()


def test_the_pool_is_counted_after_the_exclusion(world):
    # Everybody goes f01 -> f02 -> f03 -> f04; ann, who is at f02, has f03 and f04 before her.
    log = [event(f"w{at}", place, f"f0{place}") for at in range(10) for place in (1, 2, 3, 4)]
    log += [event("ann", place, f"f0{place}") for place in (1, 2)]
    report = evaluate(lambda index: pipeline_for(index, pool=1), world(log), {"ann": "f04"}, {}, quiet)
    assert report.pool == 1
    assert list(report.pool_recall) == [1, 20, 50, 100]
    assert report.pool_recall[1] == 0.0
    assert report.pool_recall[20] == 1.0
    consumed = evaluate(pipeline_for, world(log), {"ann": "f01", "w0": "f04"}, {}, quiet)
    assert consumed.pool_recall[100] == 1.0  # what ann had consumed is held back with the target


def test_more_cases_than_go_to_the_model_together(world):
    pairs = {f"{user}-{copy}": target for user, target in PAIRS.items() for copy in range(3)}
    told, judge = [], FakeJudge()
    report = evaluate(
        lambda index: pipeline_for(index, judge, pool=3), world([]), pairs, {}, lambda *at: told.append(at)
    )
    assert report.users == 90 > TOGETHER
    assert told[-1] == ("evaluating", 90, 90)
    assert sum(len(branches) for _, branches in judge.asked) == 90 * 3


def test_cold_users_and_items_are_measured_apart(world):
    log = [event(f"w{at}", place, f"f0{place}") for at in range(10) for place in (1, 2, 3)]
    log += [event("old", place, f"f{10 + place}") for place in range(6)] + [event("young", 0, "f01")]
    store = world(log)
    store.memory.catalogue.upsert_users([User("old", {"plan": "paid"}), User("young", {"plan": "free"})])
    report = evaluate(pipeline_for, store, {"old": "f40", "young": "f02"}, {"peer": {"old": ["f40"]}}, quiet)
    found = {(each.group.of, each.group.name): each for each in report.groups}
    assert found["user", "cold, under 5 events"].systems["retrieval"]["hr@10"] == 1.0
    assert found["user", "cold, under 5 events"].systems["peer"]["hr@10"] == 0.0
    assert found["item", "cold, under 5 choices"].systems["peer"]["ndcg@10"] == 1.0
    assert found["item", "warm"].group.size == found["item", "head"].group.size == 1
    assert report.gaps == []


def test_variety_is_measured_as_it_serves(world):
    store = world(clean_log())
    plain = evaluate(lambda index: pipeline_for(index, a=0.2), store, PAIRS, {}, quiet)
    assert "served" not in plain.systems
    assert (plain.shown_as, set(plain.not_worse)) == ("fused", {"fused"})
    knobs = {"diversity": 0.6, "novelty": 0.8, "pool": 15}
    report = evaluate(lambda index: pipeline_for(index, a=0.2, **knobs), store, PAIRS, {}, quiet)
    assert (report.shown_as, set(report.not_worse)) == ("served", {"fused", "served"})
    assert report.systems["served"]["popularity@1"] < report.systems["fused"]["popularity@1"]
    with store.without({}) as index:
        pipeline = pipeline_for(index, a=0.2, **knobs)
        profile_cache = {
            user: pipeline.read(store.memory.catalogue.user(user), store.memory.events.history(user)) for user in PAIRS
        }
        ranked = {user: pipeline.rank(user_state, Request(), 15) for user, user_state in profile_cache.items()}
    shelves = {user: [each.candidate.item.id for each in shelf] for user, shelf in ranked.items()}
    placed = [shelf.index(PAIRS[user]) < 10 for user, shelf in shelves.items() if PAIRS[user] in shelf]
    assert report.systems["served"]["hr@10"] == pytest.approx(sum(placed) / len(PAIRS))
    assert 0 < sum(placed) < len(PAIRS)


def test_lists_for_nobody_are_refused(world):
    with pytest.raises(CatalogueError, match="'peer' has a list for none of the 30 test users"):
        evaluate(pipeline_for, world(clean_log()), PAIRS, {"peer": {"somebody": ["f01"]}}, quiet)
