"""From the database to an index that is open: built when it must be, left alone when it need not."""

import pytest
from fakes import HashEmbedder, film
from sommelier.agent.ingest.indexing import open_index, pasts, rebuild_index
from sommelier.agent.memory.memory import Memory
from sommelier.retrieval.catalogue import EVENT_KINDS, Event, chosen

FILMS = [film("heat", text="a thief"), film("ran", text="a king")]
LOG = [Event("1", "ann", "heat", "like"), Event("2", "ann", "ran", "purchase"), Event("3", "bob", "ran", "view"),
       Event("4", "bob", None, "search")]  # fmt: skip


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.upsert_items(FILMS)
        store.add_events(LOG)
        yield store


def opened(memory, root, embedder):
    index = open_index(memory, root, embedder)
    index.close()
    return index


def test_choosing_is_not_looking_and_not_refusing():
    log = [Event(kind, "ann", kind, kind) for kind in sorted(EVENT_KINDS)]
    assert set(chosen(log)) == {"play", "rating", "purchase", "like", "seen", "save", "share"}
    assert chosen([Event("s", "ann", None, "search")]) == []


def test_histories_are_one_list_per_user_in_order(memory):
    assert [[event.item for event in past.events] for past in pasts(memory)] == [["heat", "ran"], []]


def test_an_index_is_built_when_there_is_none_and_opened_when_there_is(memory, tmp_path):
    embedder = HashEmbedder()
    index = opened(memory, tmp_path / "index", embedder)
    assert index.covisitation.counts.tolist() == [1, 1]
    assert len(embedder.seen) == 2
    assert opened(memory, tmp_path / "index", embedder).folder == index.folder
    assert len(embedder.seen) == 2


def test_new_items_rebuild_and_a_few_new_events_do_not(memory, tmp_path):
    embedder = HashEmbedder()
    memory.add_events([Event(f"old-{number}", f"user-{number}", "ran", "view") for number in range(20)])
    first = opened(memory, tmp_path / "index", embedder).folder
    memory.add_events([Event("9", "cem", "heat", "like")])
    assert opened(memory, tmp_path / "index", embedder).folder == first
    memory.upsert_items([film("alien")])
    grown = opened(memory, tmp_path / "index", embedder)
    assert [item.id for item in grown.items] == ["alien", "heat", "ran"]
    assert grown.covisitation.counts.tolist() == [0, 2, 1]
    assert len(embedder.seen) == 3
    memory.delete_items(["heat"])
    assert opened(memory, tmp_path / "index", embedder).covisitation.counts.tolist() == [0, 1]


def test_a_log_that_has_grown_by_a_tenth_is_counted_anew(memory, tmp_path):
    embedder = HashEmbedder()
    before = opened(memory, tmp_path / "index", embedder).covisitation.counts.sum()
    memory.add_events([Event(f"new-{number}", f"user-{number}", "ran", "like") for number in range(5)])
    assert opened(memory, tmp_path / "index", embedder).covisitation.counts.sum() == before + 5


def test_ingest_brings_new_events_in(memory, tmp_path):
    first = rebuild_index(memory, tmp_path / "index", HashEmbedder())
    assert rebuild_index(memory, tmp_path / "index", HashEmbedder()) == first
    memory.add_events([Event("9", "cem", "heat", "like")])
    assert rebuild_index(memory, tmp_path / "index", HashEmbedder()) != first


@pytest.mark.parametrize("damage", ["CURRENT", "manifest.json", "text.npy", "factors.npz"])
def test_a_damaged_index_repairs_itself(memory, tmp_path, damage):
    folder = opened(memory, tmp_path / "index", HashEmbedder()).folder
    broken = next((tmp_path / "index").rglob(damage))
    broken.unlink() if damage == "manifest.json" else broken.write_text("broken")
    index = opened(memory, tmp_path / "index", HashEmbedder())
    assert index.folder == folder
    assert index.text.shape == (2, 32)


def test_vectors_are_shared_by_the_workspaces_of_a_machine(memory, tmp_path):
    embedder = HashEmbedder()
    opened(memory, tmp_path / "one" / "index", embedder)
    opened(memory, tmp_path / "two" / "index", embedder)
    assert len(embedder.seen) == 2


def test_an_empty_catalogue_opens(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    with Memory(f"sqlite:///{tmp_path / 'empty.db'}") as store:
        assert opened(store, tmp_path / "index", HashEmbedder()).items == []
