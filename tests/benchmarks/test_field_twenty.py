"""Twenty candidates: which they are, and that each system orders exactly these."""

import random

import pytest
from fakes import FakeJudge, HashEmbedder, film
from field_twenty import first_nineteen, rank_twenty
from sommelier.agent.ingest.indexing import rebuild_index
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.evaluation.setup import Setup
from sommelier.prompts.library import packaged
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Film {at}") for at in range(60)]


def test_the_target_stands_beside_the_first_nineteen_others():
    lists = {"u": [f"i{at}" for at in range(30)]}
    assert first_nineteen(lists, "u", "i3") == [f"i{at}" for at in range(20) if at != 3] + ["i3"]
    assert first_nineteen(lists, "u", "other") == [f"i{at}" for at in range(19)] + ["other"]


@pytest.mark.parametrize("lists", [{}, {"u": ["a", "b", "t"]}])
def test_too_few_random_candidates_are_refused(lists):
    with pytest.raises(ValueError, match="19"):
        first_nineteen(lists, "u", "t")


TARGETS = ("f29", "f59")


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Users of two tastes, each taste with one target that a few of its people have chosen already, and a language
    model that knows both targets' titles."""
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    draw, events, pairs = random.Random(2), [], {}
    for user in range(80):
        target = TARGETS[user % 2]
        told = draw.sample([each.id for each in FILMS[30 * (user % 2) : 30 * (user % 2) + 29]], 8)
        if user < 40:
            pairs[f"u{user:02}"] = target
        elif user % 8 < 2:
            told.append(target)
        events += [Event(f"{user}-{at}", f"u{user:02}", item, "purchase", position=at) for at, item in enumerate(told)]
    lists = {user: draw.sample([each.id for each in FILMS if each.id not in TARGETS], 40) for user in pairs}
    knowing = FakeJudge(lambda line: float(line.startswith(("Film 29", "Film 59"))))
    with Workspace(tmp_path / "workspace", create=True) as workspace:
        workspace.memory.catalogue.upsert_items(FILMS)
        workspace.memory.events.add(events)
        embedder = HashEmbedder()
        rebuild_index(workspace.memory, workspace.index, embedder)
        store = IndexStore(workspace.memory, workspace.index, embedder)
        yield Setup(workspace, knowing, packaged("rank"), store), pairs, lists


def test_each_system_orders_the_same_twenty(world):
    served, pairs, lists = world
    section = rank_twenty(served, pairs, lists, lambda *_: None)
    rows = {row.system: row for row in section.rows}
    assert rows.keys() == {
        "popularity", "Sommelier, LM alone", "Sommelier, retrieval", "Sommelier, fused",
        "Sommelier, retrieval, fitted for this", "Sommelier, fused, fitted for this",
    }  # fmt: skip
    assert rows["Sommelier, retrieval"].versus is None
    assert rows["Sommelier, retrieval"].values["NDCG@10"] > rows["popularity"].values["NDCG@10"] + 10
    assert rows["Sommelier, LM alone"].values["NDCG@1"] == 100
    assert rows["Sommelier, fused"].values == rows["Sommelier, retrieval"].values  # the shipped weight is 0
    # On the validation users' choices the model knows nothing, and it earns no weight.
    for_this = [rows[f"Sommelier, {name}, fitted for this"].values for name in ("fused", "retrieval")]
    assert for_this[0] == for_this[1] != rows["Sommelier, LM alone"].values
    assert "NDCG@10 on these users themselves" in section.notes[1]
    assert all(0 < row.values["NDCG@20"] <= 100 for row in section.rows)
    assert len({len(told) for _, told in served.lm.asked}) == 1, "always twenty lines"
