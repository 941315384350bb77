"""The printed report: readable at 100 columns, and saying no more than the figures do."""

import dataclasses
import io
import json
import math

import numpy as np
import pytest
from fakes import build, film
from rich.console import Console
from sommelier.finetune.evaluation.groups import item_groups, user_groups
from sommelier.finetune.evaluation.report import Listing, report_on
from sommelier.finetune.evaluation.tables import fairness, show_report, verdict

FILMS = [film(f"f{at}") for at in range(20)]
USERS = 120


@pytest.fixture
def index(tmp_path):
    opened = build(tmp_path, FILMS, [[f"f{at}" for at in range(user % 20 + 1)] for user in range(40)])
    yield opened
    opened.close()


def listing(ranks, shown=("f0", "f1")):
    return Listing(np.asarray(ranks, float), [list(shown)] * len(ranks), np.asarray(ranks, float))


def make(index, systems, attributes=None, **more):
    users = len(systems["retrieval"].ranks)
    targets = [f"f{at % 20}" for at in range(users)]
    groups = user_groups([at % 30 for at in range(users)], attributes or [{}] * users) + item_groups(targets, index)
    return report_on(systems, targets, groups, index, pool=20, **more)


def printed(report, width=100):
    console = Console(file=io.StringIO(), width=width)
    show_report(report, console)
    return console.file.getvalue()


def systems(fused=3.0, **peers):
    good = listing(np.tile([1, 3, 60, math.inf], USERS // 4))
    return {"popularity": listing(np.full(USERS, 50)), "retrieval": good, "lm": listing(np.tile([2, 9], USERS // 2)),
            "fused": good, **peers}  # fmt: skip


def test_a_peer_without_some_of_the_users_is_named(index):
    report = make(index, systems(mine=listing(np.full(USERS, 3))))
    assert "has lists for" not in printed(report)
    partial = dataclasses.replace(report, partial={"mine": 31})
    assert "mine has lists for 31 of 120 users; the others count as missed." in printed(partial)
    assert partial.as_json()["partial"] == {"mine": 31}


def test_what_stands_in_a_report(index):
    report = make(index, systems(), held_back=7, unknown=2)
    assert report.pool_recall == {20: 0.5, 50: 0.5, 100: 0.75}
    assert report.systems["retrieval"]["hr@10"] == 0.5
    assert report.systems["retrieval"]["coverage@10"] == 2 / 20
    assert report.systems["retrieval"]["popularity@1"] == pytest.approx(float(index.popularity_rank[0]))
    assert report.target_popularity == pytest.approx(float(index.popularity_rank.mean()))
    assert report.not_worse["fused"].holds
    cold = next(each for each in report.groups if each.group.name.startswith("cold, under 5 events"))
    assert cold.group.size == 20
    assert set(cold.systems) == {"popularity", "retrieval", "lm", "fused"}


def test_an_own_pool_size_has_its_own_recall(index):
    report = dataclasses.replace(make(index, systems()), pool=20)
    assert sorted(report.pool_recall) == [20, 50, 100]
    targets = ["f1"] * USERS
    other = report_on(systems(), targets, [], index, pool=33)
    assert sorted(other.pool_recall) == [20, 33, 50, 100]
    assert other.groups == []


def test_as_json_is_plain_and_finite(index):
    found = json.loads(json.dumps(make(index, systems(), held_back=7).as_json(), allow_nan=False))
    assert found["held_back"] == 7
    assert found["pool_recall"] == {"20": 0.5, "50": 0.5, "100": 0.75}
    assert found["not_worse"]["fused"]["holds"] is True
    assert {"of", "by", "name", "n", "systems"} == found["groups"][0].keys()
    assert {"by", "name", "n", "p", "ndcg@10"} == found["gaps"][0].keys()


def test_100_columns_hold_six_peers(index):
    peers = {name: listing(np.full(USERS, 11.0)) for name in ("sasrec", "gru4rec", "bpr", "pop", "bm25", "bert")}
    report = make(index, systems(**peers), held_back=7, unknown=2)
    text = printed(report)
    assert max(map(len, text.splitlines())) <= 100
    assert "Recall of the pool: @20 0.500, @50 0.500, @100 0.750. The model judges the first 20." in text
    assert "cold, under 5 events" in text
    assert "sasrec" in text
    assert "…" not in text
    assert "7 targets stood in the log" in text
    assert "2 users were left out" in text


def test_a_hostile_peer_name_is_text(index):
    assert "[red]x" in printed(make(index, systems(**{"[red]x": listing(np.full(USERS, 11.0))})))


def test_small_attribute_groups_are_not_printed(index):
    attributes = [{"region": "north" if at < 10 else "south"} for at in range(USERS)]
    text = printed(make(index, systems(), attributes))
    assert "region: south" in text
    assert "region: north" not in text


def test_served_worse_is_said_with_its_interval(index):
    ranks = np.where(np.arange(USERS) < 60, 1.0, math.inf)
    ranks[::7] = 3
    attributes = [{"region": "north" if at < 60 else "south"} for at in range(USERS)]
    report = make(index, {**systems(), "fused": listing(ranks)}, attributes)
    lines = list(fairness(report))
    assert any(line.startswith("Served worse than all others: region south (60 users), NDCG@10 -0.") for line in lines)
    assert not any("region north" in line for line in lines)


def test_no_difference_is_said_carefully(index):
    attributes = [{"half": at // 4 % 2} for at in range(USERS)]
    alike = make(index, systems(), attributes)
    assert any("No user group is served measurably worse" in line for line in fairness(alike))
    few = make(index, {name: listing([1.0, 2.0]) for name in ("retrieval", "fused")})
    assert list(fairness(few)) == ["Nothing can be said of user groups: none has 30 users and as many outside it."]


def test_the_verdict_says_what_it_would_take(index):
    assert "yes, at least +0.0000" in verdict(make(index, systems()), "fused")
    rng = np.random.default_rng(3)
    noisy = {**systems(), "fused": listing(rng.permutation(systems()["fused"].ranks))}
    found = verdict(make(index, noisy), "fused")
    assert "not shown" in found
    assert "users to know" in found
