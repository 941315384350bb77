"""What every vector store must do, on vectors whose order is plain to see. Each implementation runs all of it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import numpy as np
import pytest
from chroma_server import free_port
from sommelier.retrieval.catalogue import CatalogueError
from sommelier.retrieval.vectors.chroma import BATCH
from sommelier.retrieval.vectors.chroma_folder import ChromaFolders
from sommelier.retrieval.vectors.chroma_server import ChromaServer
from sommelier.retrieval.vectors.store import VectorStoreError

IDS = ["a", "b", "c"]
ROWS = np.array([[1, 0], [0.8, 0.6], [0, 3]], np.float32)
NAMED = [
    {"year": 1990, "genres": ["crime", "アニメ"], "language": "Türkçe"},
    {"year": 2000, "genres": ["crime"]},
    {"year": 2010, "seen": True},
]
EAST, NORTH = np.array([1.0, 0.1], np.float32), np.array([0.1, 1.0], np.float32)


@pytest.fixture(params=["folder", "server"])
def stores(request):
    if request.param == "folder":
        return ChromaFolders()
    return ChromaServer(request.getfixturevalue("chroma_server"))


@pytest.fixture
def store(stores, tmp_path):
    with closing(stores.open(tmp_path / "one")) as opened:
        yield opened


@pytest.fixture
def filled(store):
    store.write("angles", "cosine", IDS, ROWS, NAMED)
    return store


def circle(count):
    """Unit vectors of as many angles, and their ids."""
    angles = np.linspace(0, 1, count)
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return [f"{at:05}" for at in range(count)], rows


def test_each_space_has_its_own_order(filled):
    filled.write("products", "ip", IDS, ROWS, NAMED)
    asked = np.array([1.0, 0.5], np.float32)
    assert filled.nearest("angles", asked, 3) == ["b", "a", "c"]
    assert filled.nearest("products", asked, 3) == ["c", "b", "a"]
    assert filled.nearest("products", asked, 1) == ["c"]


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        (None, ["a", "b", "c"]),
        ({}, ["a", "b", "c"]),
        ({"year": {"$lt": 2010}}, ["a", "b"]),
        ({"$and": [{"year": {"$gte": 2000}}, {"seen": True}]}, ["c"]),
        ({"$or": [{"year": 1990}, {"year": 2010}]}, ["a", "c"]),
        ({"genres": {"$contains": "アニメ"}}, ["a"]),
        ({"language": "Türkçe"}, ["a"]),
        ({"language": {"$ne": "Türkçe"}}, ["b", "c"]),
        ({"year": {"$nin": [1990, 2000]}}, ["c"]),
        ({"year": 1800}, []),
    ],
)
def test_filters_keep_what_meets_them_and_what_lacks_the_key_is_unequal(filled, where, wanted):
    assert filled.nearest("angles", EAST, 3, where) == wanted


def test_asking_for_more_than_there_is_gives_all(filled):
    assert filled.nearest("angles", EAST, 500) == IDS
    assert filled.size("angles") == 3


def test_ids_of_any_script_come_back_as_they_are(store):
    ids = ["千と千尋", "مملكة", "a/b 'c' \"d\"", "🎬"]
    store.write("any", "cosine", ids, np.eye(4, dtype=np.float32), [{"_": True}] * 4)
    assert [store.nearest("any", row, 1)[0] for row in np.eye(4, dtype=np.float32)] == ids


def test_a_collection_of_nothing_finds_nothing(store):
    store.write("none", "cosine", [], np.zeros((0, 2), np.float32), [])
    assert store.size("none") == 0
    assert store.nearest("none", EAST, 3) == []
    store.verify("none", [], np.zeros((0, 2), np.float32))


def test_more_than_one_batch_is_written_and_found_again(store):
    ids, rows = circle(BATCH + 500)
    store.write("angles", "cosine", ids, rows, [{"_": True}] * len(ids))
    assert store.size("angles") == len(ids)
    assert store.nearest("angles", rows[-1], 1) == ids[-1:]
    store.verify("angles", ids, rows)
    with pytest.raises(CatalogueError, match=f"holds {len(ids)} of 2 items"):
        store.verify("angles", ids[:2], rows[:2])
    with pytest.raises(CatalogueError, match="does not find item '00000'"):
        store.verify("angles", ids, -rows)


def test_writing_again_replaces(filled):
    filled.write("angles", "ip", ["x", "y"], np.array([[1, 0, 0], [0, 1, 0]], np.float32), [{"_": True}] * 2)
    assert filled.size("angles") == 2
    assert filled.nearest("angles", np.array([0.0, 1, 0], np.float32), 9) == ["y", "x"]


def test_what_was_written_is_there_after_closing(stores, tmp_path):
    with closing(stores.open(tmp_path / "one")) as store:
        store.write("angles", "cosine", IDS, ROWS, NAMED)
    with closing(stores.open(tmp_path / "one")) as again:
        assert again.nearest("angles", NORTH, 3, {"year": {"$gt": 1990}}) == ["c", "b"]


def test_a_reader_keeps_its_index_while_the_next_is_written_and_until_its_own_is_discarded(stores, tmp_path):
    with closing(stores.open(tmp_path / "old")) as reader:
        reader.write("angles", "cosine", IDS, ROWS, NAMED)
        with closing(stores.open(tmp_path / "new")) as writer:
            writer.write("angles", "cosine", ["z"], ROWS[:1], NAMED[:1])
            assert reader.nearest("angles", EAST, 3) == IDS
            assert writer.nearest("angles", EAST, 3) == ["z"]
    stores.discard(tmp_path / "old")
    with closing(stores.open(tmp_path / "new")) as survivor:
        assert survivor.nearest("angles", EAST, 3) == ["z"]
    with closing(stores.open(tmp_path / "old")) as gone, pytest.raises(Exception, match="angles"):
        gone.nearest("angles", EAST, 1)
    stores.discard(tmp_path / "never")


def test_two_workspaces_do_not_meet(stores, tmp_path):
    one, two = tmp_path / "a" / "index" / "same", tmp_path / "b" / "index" / "same"
    for folder, ids in ((one, ["x"]), (two, ["y"])):
        with closing(stores.open(folder)) as store:
            store.write("angles", "cosine", ids, ROWS[:1], NAMED[:1])
    stores.discard(one)
    with closing(stores.open(two)) as store:
        assert store.nearest("angles", EAST, 3) == ["y"]


def test_several_threads_ask_at_once(filled):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: filled.nearest("angles", NORTH, 3), range(40)))
    assert found == [["c", "b", "a"]] * 40


@pytest.mark.parametrize("call", ["nearest", "size"])
def test_what_is_not_there_is_told(store, call):
    with pytest.raises(Exception, match="nothing") as caught:
        store.nearest("nothing", EAST, 1) if call == "nearest" else store.size("nothing")
    assert not isinstance(caught.value, VectorStoreError)  # the store answered: an index is to be built, no more


def test_a_copied_workspace_has_collections_of_its_own(chroma_server, tmp_path):
    stores, one = ChromaServer(chroma_server), tmp_path / "a" / "same"
    with closing(stores.open(one)) as store:
        store.write("angles", "cosine", IDS, ROWS, NAMED)
    copied = tmp_path / "b" / "same"
    copied.parent.mkdir()
    (copied.parent / "COLLECTIONS").write_bytes((one.parent / "COLLECTIONS").read_bytes())
    stores.discard(copied)
    with closing(stores.open(one)) as store:
        assert store.size("angles") == 3


def test_a_server_that_is_not_there_is_one_sentence_with_what_to_do(tmp_path):
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(
        VectorStoreError, match=rf"no Chroma server answers at {url} \(.+\); start one with `chroma run"
    ):
        ChromaServer(url).open(tmp_path / "one")
    with pytest.raises(VectorStoreError, match="without that line the vectors lie in the workspace"):
        ChromaServer(url).discard(tmp_path / "one")


def test_another_service_at_the_address_is_no_chroma_server(tmp_path):
    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *said):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(VectorStoreError, match=r"no Chroma server answers at .*404"):
            ChromaServer(f"http://127.0.0.1:{other.server_port}").open(tmp_path / "one")
        other.shutdown()


def test_a_server_that_goes_away_is_told_in_the_same_way(chroma_server, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise httpx.ConnectError("[Errno 111] Connection refused")

    with closing(ChromaServer(chroma_server).open(tmp_path / "one")) as store:
        store.write("angles", "cosine", IDS, ROWS, NAMED)
        monkeypatch.setattr(httpx.Client, "request", refuse)
        with pytest.raises(VectorStoreError, match="Connection refused"):
            store.nearest("angles", EAST, 1)
        with pytest.raises(VectorStoreError, match="Connection refused"):
            store.verify("angles", IDS, ROWS)
        with pytest.raises(VectorStoreError, match="Connection refused"):
            store.write("angles", "cosine", IDS, ROWS, NAMED)
