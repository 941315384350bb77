"""From the database to an index that is open: built when it must be, left alone when it need not."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import chromadb
import numpy as np
import pytest
from chroma_server import free_port
from fakes import FakeJudge, HashEmbedder, film
from sommelier.agent.config import Config
from sommelier.agent.dialogue_state import DialogueState
from sommelier.agent.ingest.indexing import (
    conversations,
    open_encoder,
    open_index,
    pasts,
    rebuild_index,
    vector_stores,
)
from sommelier.agent.memory.memory import Memory
from sommelier.agent.recommender import Recommender
from sommelier.agent.turn import Turn
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.catalogue import EVENT_KINDS, CatalogueError, Event
from sommelier.retrieval.event_kinds import chosen
from sommelier.retrieval.index import read_manifest
from sommelier.retrieval.text.sentence_encoder import BUNDLED_IDENTITY
from sommelier.retrieval.vectors.chroma_server import ChromaServer
from sommelier.retrieval.vectors.store import VectorStoreError


class MuteJudge(FakeJudge):
    """Judges, and writes nothing."""

    def write(self, prompts, **settings):
        return [""] * len(prompts)


FILMS = [film("heat", text="a thief"), film("ran", text="a king")]
LOG = [Event("1", "ann", "heat", "like"), Event("2", "ann", "ran", "purchase"), Event("3", "bob", "ran", "view"),
       Event("4", "bob", None, "search")]  # fmt: skip


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.catalogue.upsert_items(FILMS)
        store.events.add(LOG)
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
    memory.events.add([Event(f"old-{number}", f"user-{number}", "ran", "view") for number in range(20)])
    first = opened(memory, tmp_path / "index", embedder).folder
    memory.events.add([Event("9", "cem", "heat", "like")])
    assert opened(memory, tmp_path / "index", embedder).folder == first
    memory.catalogue.upsert_items([film("alien")])
    grown = opened(memory, tmp_path / "index", embedder)
    assert [item.id for item in grown.items] == ["alien", "heat", "ran"]
    assert grown.covisitation.counts.tolist() == [0, 2, 1]
    assert len(embedder.seen) == 3
    memory.catalogue.delete_items(["heat"])
    assert opened(memory, tmp_path / "index", embedder).covisitation.counts.tolist() == [0, 1]


def test_a_log_that_has_grown_by_a_tenth_is_counted_anew(memory, tmp_path):
    embedder = HashEmbedder()
    before = opened(memory, tmp_path / "index", embedder).covisitation.counts.sum()
    memory.events.add([Event(f"new-{number}", f"user-{number}", "ran", "like") for number in range(5)])
    assert opened(memory, tmp_path / "index", embedder).covisitation.counts.sum() == before + 5


def test_another_encoder_has_the_index_built_anew(memory, tmp_path):
    one, other = HashEmbedder("one"), HashEmbedder("other")
    first = opened(memory, tmp_path / "index", one)
    second = opened(memory, tmp_path / "index", other)
    assert (first.encoder, second.encoder) == ("one", "other")
    assert first.folder != second.folder
    assert len(one.seen) == len(other.seen) == 2
    assert opened(memory, tmp_path / "index", HashEmbedder("one")).encoder == "one"


def test_an_index_of_before_there_were_other_encoders_is_of_the_bundled_one(memory, tmp_path):
    encoder = HashEmbedder(BUNDLED_IDENTITY)
    folder = opened(memory, tmp_path / "index", encoder).folder
    for file in (tmp_path / "index" / "CURRENT", folder / "manifest.json"):
        manifest = json.loads(file.read_text())
        del manifest["encoder"]
        file.write_text(json.dumps(manifest))
    assert opened(memory, tmp_path / "index", encoder).folder == folder
    assert len(encoder.seen) == 2


@pytest.fixture
def tiny(make_encoder, tmp_path):
    return make_encoder(tmp_path / "shop" / "tiny")


def test_the_settings_name_the_encoder(tiny, tmp_path):
    (tmp_path / "shop" / "sommelier.yaml").write_text("encoder: tiny\n")
    with Workspace(tmp_path / "shop", create=True) as workspace:
        encoder = open_encoder(workspace)
    assert (encoder.name, encoder.dimensions) == ("tiny", 32)
    (tmp_path / "shop" / "sommelier.yaml").write_text("encoder: none/such\n")
    with Workspace(tmp_path / "shop") as workspace, pytest.raises(CatalogueError, match="set `encoder` to a folder"):
        open_encoder(workspace)


def test_a_recommender_opened_with_another_encoder_reads_with_it(tiny, tmp_path):
    shop = tmp_path / "shop"
    for settings, dimensions in (("", 384), ("encoder: tiny\n", 32), ("", 384)):
        (shop / "sommelier.yaml").write_text(settings)
        with Workspace(shop, create=True) as workspace:
            workspace.memory.catalogue.upsert_items(FILMS)
        with Recommender.open(shop, lm=MuteJudge()) as recommender:
            assert len(recommender.recommend("ann", 2, request="a thief")) == 2
        assert np.load(next((shop / "index").glob("*/text.npy"))).shape == (2, dimensions)


def talk(id, user, session, minutes, *wishes, loved=()):
    at = datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    return Turn(id, session, user, "", "", (), {}, at, state=DialogueState(wishes=wishes, loved=loved))


def test_conversations_are_what_was_asked_with_what_was_taken_by_their_end(memory, tmp_path):
    first = rebuild_index(memory, tmp_path / "index", HashEmbedder())
    for turn in (talk("1", "ann", "s", 0, "a thief"), talk("2", "ann", "s", 1, "a thief", "in a city", loved=("heat",)),
                 talk("3", "bob", "s", 2, "a king"), talk("4", "bob", "t", 3, loved=("ran",))):  # fmt: skip
        memory.turns.save(turn)
    memory.events.add([Event("5", "bob", "ran", "like", context={"session": "s"}), Event("6", "bob", "heat", "like")])
    told = [(each.text, each.items) for each in conversations(memory)]
    assert told == [("a thief", ("heat",)), ("a thief. in a city", ("heat",)), ("a king", ("ran",))]
    assert [each.text for each in conversations(memory, {"ann": 1})] == ["a king"], (
        "nothing of who has events held back"
    )
    assert rebuild_index(memory, tmp_path / "index", HashEmbedder()) != first
    index = opened(memory, tmp_path / "index", HashEmbedder())
    heat, ran = (index.position[each] for each in ("heat", "ran"))
    strengths = index.conversations.score(HashEmbedder().encode_queries(["a thief"])[0])
    assert strengths[heat] > 0.3 > abs(strengths[ran])


def test_ingest_brings_new_events_in(memory, tmp_path):
    first = rebuild_index(memory, tmp_path / "index", HashEmbedder())
    assert rebuild_index(memory, tmp_path / "index", HashEmbedder()) == first
    memory.events.add([Event("9", "cem", "heat", "like")])
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


def names_on(server):
    """Collections of a Chroma server."""
    with closing(chromadb.HttpClient(host="127.0.0.1", port=int(server.rpartition(":")[2]))) as client:
        names = {each.name for each in client.list_collections()}
        for each in (client, client._admin_client):  # Chroma leaves them open
            each._server._session.close()
    return names


def test_a_server_keeps_one_index_of_each_workspace(memory, tmp_path, chroma_server):
    stores, before = ChromaServer(chroma_server), names_on(chroma_server)
    for root in (tmp_path / "one" / "index", tmp_path / "two" / "index"):
        open_index(memory, root, HashEmbedder(), vectors=stores).close()
    memory.catalogue.upsert_items([film("alien", text="a cat")])
    index = open_index(memory, tmp_path / "one" / "index", HashEmbedder(), vectors=stores)
    with closing(index):
        assert index.nearest("text", HashEmbedder().encode(["cat"])[0], 1) == [0]
        assert index.nearest("text", index.text[1], 9, {"_": True})[0] == 1
    new = names_on(chroma_server) - before
    assert sorted(name.rpartition("-")[2] for name in new) == ["behaviour", "behaviour", "text", "text"]
    assert sum(index.folder.name in name for name in new) == 2


def test_vectors_that_moved_or_were_lost_are_written_anew(memory, tmp_path, chroma_server):
    stores, root = ChromaServer(chroma_server), tmp_path / "index"
    open_index(memory, root, HashEmbedder()).close()  # in a folder
    moved = open_index(memory, root, HashEmbedder(), vectors=stores)
    moved.close()
    stores.discard(moved.folder)
    with closing(open_index(memory, root, HashEmbedder(), vectors=stores)) as again:
        assert again.nearest("text", again.text[1], 1) == [1]
    with closing(open_index(memory, root, HashEmbedder())) as back:
        assert back.nearest("text", back.text[1], 1) == [1]


def test_an_index_is_not_damaged_because_its_server_is_down(memory, tmp_path, chroma_server):
    root = tmp_path / "index"
    open_index(memory, root, HashEmbedder(), vectors=ChromaServer(chroma_server)).close()
    built = read_manifest(root)
    with pytest.raises(VectorStoreError, match="no Chroma server answers at"):
        open_index(memory, root, HashEmbedder(), vectors=ChromaServer(f"http://127.0.0.1:{free_port()}"))
    assert read_manifest(root) == built


def test_the_settings_say_where_vectors_lie():
    assert str(vector_stores(Config())) == "Chroma, in the workspace"
    config = Config.model_validate({"chroma": {"url": "http://127.0.0.1:8000"}})
    assert str(vector_stores(config)) == "Chroma at http://127.0.0.1:8000"
