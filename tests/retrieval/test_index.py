"""The rebuildable cache: complete or not there, no older than the catalogue, and cheap to bring up to date."""

import json
import shutil

import numpy as np
import pytest
from fakes import HashEmbedder, film
from sommelier.retrieval.behaviour.covisitation import decayed
from sommelier.retrieval.catalogue import CatalogueError, Item
from sommelier.retrieval.index import Index, build_index, item_text, read_manifest
from sommelier.retrieval.text.embedding_cache import EmbeddingCache

FILMS = [film("heat", text="a thief", genres=("crime",), year=1995), film("ran", text="a king"), film("alien")]
LOG = [["heat", "ran"], ["ran", "heat", "gone"], []]


@pytest.fixture
def opened():
    """Opens indexes and closes them in the end."""
    indexes = []

    def open_(root, items):
        indexes.append(Index.open(root, items))
        return indexes[-1]

    yield open_
    for index in indexes:
        index.close()


def make(root, items, log=(), embedder=None):
    return build_index(root / "index", items, log, EmbeddingCache(root / "cache.db", embedder or HashEmbedder()))


class CrashingEmbedder(HashEmbedder):
    def encode(self, texts):
        raise KeyboardInterrupt


class LyingEmbedder(HashEmbedder):
    """Vectors that the store cannot keep as they are."""

    def encode(self, texts):
        return super().encode(texts) * 0.5


def test_what_was_built_is_served_in_id_order(tmp_path, opened):
    folder = make(tmp_path, FILMS, LOG)
    index = opened(tmp_path / "index", reversed(FILMS))
    assert index.folder == folder
    assert [item.id for item in index.items] == ["alien", "heat", "ran"]
    assert index.position == {"alien": 0, "heat": 1, "ran": 2}
    assert index.covisitation.counts.tolist() == [0, 2, 2]
    assert index.by_popularity.tolist() == [1, 2, 0]
    assert index.popularity_rank == pytest.approx([0, 1 / 3, 1 / 3])
    assert read_manifest(tmp_path / "index")["events"] == 4


def test_each_text_finds_its_item_and_behaviour_is_an_inner_product(tmp_path, opened):
    make(tmp_path, FILMS, LOG)
    index = opened(tmp_path / "index", FILMS)
    for at, item in enumerate(index.items):
        vector = HashEmbedder().encode([item_text(item)])[0]
        assert index.nearest("text", vector, 1) == [at]
        assert index.text[at] == pytest.approx(vector)
    fitted = index.tower
    query = fitted.query([1], decayed([1.0]))
    assert index.nearest("behaviour", query, 1) == [int(np.argmax(fitted.targets @ query))] == [2]


def test_asking_for_too_many_or_with_nothing(tmp_path, opened):
    make(tmp_path, FILMS, LOG)
    index = opened(tmp_path / "index", FILMS)
    assert sorted(index.nearest("text", index.text[0], 50)) == [0, 1, 2]
    assert index.nearest("text", np.zeros(32, np.float32), 5) == []
    assert index.nearest("text", index.text[0], 5, {"year": {"$gte": 1990}}) == [1]


def test_only_what_changed_is_encoded_again(tmp_path, opened):
    embedder = HashEmbedder()
    make(tmp_path, FILMS, LOG, embedder)
    assert len(embedder.seen) == 3
    make(tmp_path, FILMS, LOG, embedder)
    make(tmp_path, FILMS, [["alien", "ran"]], embedder)  # new events alone
    assert len(embedder.seen) == 3
    changed = [film("heat", text="two thieves"), *FILMS[1:], film("brazil", text="a clerk")]
    make(tmp_path, changed, LOG, embedder)
    assert embedder.seen[3:] == [item_text(changed[3]), item_text(changed[0])]
    assert len(opened(tmp_path / "index", changed).items) == 4


def test_another_encoder_is_not_mixed_with_the_first(tmp_path):
    first, second = HashEmbedder("one"), HashEmbedder("two")
    cache = tmp_path / "cache.db"
    EmbeddingCache(cache, first).embed(["a text"])
    EmbeddingCache(cache, second).embed(["a text"])
    assert second.seen == ["a text"]


def test_the_same_input_is_built_once_and_older_folders_are_swept(tmp_path):
    first = make(tmp_path, FILMS, LOG)
    stamp = (first / "text.npy").stat().st_mtime_ns
    assert make(tmp_path, FILMS[::-1], LOG) == first
    assert (first / "text.npy").stat().st_mtime_ns == stamp
    second = make(tmp_path, FILMS[:2], LOG)
    assert second != first
    assert not first.exists()


def test_the_log_is_part_of_what_an_index_is_made_of(tmp_path):
    assert make(tmp_path, FILMS, [["heat", "ran"]]) != make(tmp_path, FILMS, [["heat"], ["ran"]])


@pytest.mark.parametrize(
    "items",
    [
        FILMS[:2],
        [*FILMS, film("new")],
        [film("heat", text="another text"), *FILMS[1:]],
        [film("heat", text="a thief", genres=("crime",), year=1996), *FILMS[1:]],
    ],
)
def test_an_index_of_other_items_is_not_served(tmp_path, items):
    make(tmp_path, FILMS, LOG)
    with pytest.raises(CatalogueError, match="older than the catalogue; run `sommelier ingest`"):
        Index.open(tmp_path / "index", items)


@pytest.mark.parametrize("pointer", [None, "", "{", "[]", "{}", '{"folder": 3, "format": "1"}', "\ufeff"])
def test_without_a_usable_pointer_there_is_no_index(tmp_path, pointer, opened):
    make(tmp_path, FILMS, LOG)
    if pointer is None:
        (tmp_path / "index" / "CURRENT").unlink()
    else:
        (tmp_path / "index" / "CURRENT").write_text(pointer)
    assert read_manifest(tmp_path / "index") is None
    with pytest.raises(CatalogueError, match="missing"):
        Index.open(tmp_path / "index", FILMS)
    make(tmp_path, FILMS, LOG)
    assert opened(tmp_path / "index", FILMS).covisitation.counts.sum() == 4


def test_an_interrupted_build_leaves_the_old_index_serving(tmp_path, opened):
    make(tmp_path, FILMS, LOG)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, [*FILMS, film("new")], LOG, CrashingEmbedder())
    assert len(opened(tmp_path / "index", FILMS).items) == 3
    make(tmp_path, [*FILMS, film("new")], LOG)
    assert len(opened(tmp_path / "index", [*FILMS, film("new")]).items) == 4


def test_a_half_written_folder_is_made_anew(tmp_path, opened):
    folder = make(tmp_path, FILMS, LOG)
    (folder / "manifest.json").unlink()  # the last file of a build
    (folder / "text.npy").write_bytes(b"half")
    assert read_manifest(tmp_path / "index") is None
    assert make(tmp_path, FILMS, LOG) == folder
    assert opened(tmp_path / "index", FILMS).text.shape == (3, 32)


@pytest.mark.parametrize("damage", ["chroma", "text.npy", "strengths.npz", "factors.npz", "counts.npy"])
def test_a_damaged_folder_is_named_and_the_next_build_repairs_it(tmp_path, damage, opened):
    folder = make(tmp_path, FILMS, LOG)
    shutil.rmtree(folder / damage) if damage == "chroma" else (folder / damage).write_bytes(b"broken")
    with pytest.raises(CatalogueError, match=r"is damaged; run `sommelier ingest`"):
        Index.open(tmp_path / "index", FILMS)
    make(tmp_path, FILMS, LOG)
    assert opened(tmp_path / "index", FILMS).nearest("text", HashEmbedder().encode(["a king"])[0], 1)


def test_an_index_that_does_not_find_its_own_items_never_goes_live(tmp_path, opened):
    make(tmp_path, FILMS, LOG)
    with pytest.raises(CatalogueError, match=r"does not find item '.*'; run `sommelier ingest` again"):
        make(tmp_path, [*FILMS, film("new")], LOG, LyingEmbedder("liar"))
    assert len(opened(tmp_path / "index", FILMS).items) == 3


WEIRD = [
    film("empty", title=""),
    film("long", text="word " * 20_000),
    film("twin-1", title="Twin"),
    film("twin-2", title="Twin"),
    film("emoji 🎬", title="🎬🍿", text="👩‍👩‍👧"),
    film("rtl", title="مملكة السماء", language="العربية"),
    film("cjk", title="千と千尋の神隠し", genres=("アニメ",)),
    film("hollow", genres=(), keywords=("",), note="", year=0),
    film('quote\'s "id" / ../..', title="<script>"),
    film("controls", title="a\x01b\nc", text="\ud800 lone"),
    Item("names", "Names", "", {"$and": "x", "#1": 2, "": "y", "chroma:document": "z", "_": "under", "a.b": 1.5}),
    Item("numbers", "Numbers", "", {"big": 10**30, "small": -1e-300, "flag": False, "date": "2020-02-30"}),
]


def test_weird_items_are_kept_as_they_are(tmp_path, opened):
    make(tmp_path, WEIRD, [[item.id for item in WEIRD]])
    index = opened(tmp_path / "index", WEIRD)
    assert list(index.items) == sorted(WEIRD, key=lambda item: item.id)
    assert sorted(index.nearest("text", index.text[0], 99)) == list(range(len(WEIRD)))
    assert len(index.nearest("text", index.text[0], 99, {"genres": {"$contains": "アニメ"}})) == 1


@pytest.mark.parametrize("items", [[], [film("only")]])
@pytest.mark.parametrize("log", [[], [["only", "only"]], [["gone"]]])
def test_catalogues_of_nothing_and_of_one(tmp_path, opened, items, log):
    make(tmp_path, items, log)
    index = opened(tmp_path / "index", items)
    assert len(index.popularity_rank) == len(index.by_popularity) == len(items)
    assert index.nearest("text", np.ones(32, np.float32), 5) == list(range(len(items)))


def test_more_items_than_the_store_takes_at_once(tmp_path, opened):
    items = [film(f"f{at:05}", title=f"Title {at}") for at in range(5600)]
    make(tmp_path, items)
    index = opened(tmp_path / "index", items)
    assert index.nearest("text", index.text[5599], 1) == [5599]
    assert len(index.nearest("text", index.text[0], 3000)) == 3000


def test_the_manifest_tells_what_is_served(tmp_path):
    folder = make(tmp_path, FILMS, LOG)
    assert json.loads((folder / "manifest.json").read_text()) == read_manifest(tmp_path / "index")


def test_item_text_names_facets_once():
    item = film("a", title="A", text="About", genres=("war", "drama"), director="X", year=1990)
    assert item_text(item) == "A. About. genres: war, drama; director: X"
    assert item_text(film("b", title="")) == ""


def test_building_reports_progress(tmp_path):
    told = []
    cache = EmbeddingCache(tmp_path / "cache.db", HashEmbedder())
    build_index(tmp_path / "index", FILMS, [], cache, lambda done, total: told.append((done, total)))
    assert list(dict.fromkeys(told)) == [(0, 3), (3, 3)]


def test_a_build_can_be_ended_between_the_stages_after_the_texts(tmp_path):
    told = []

    def progress(done, total):
        told.append((done, total))
        if told.count((3, 3)) == 4:  # the texts, the co-visitation, the behaviour vectors, the first collection
            raise InterruptedError

    cache = EmbeddingCache(tmp_path / "cache.db", HashEmbedder())
    with pytest.raises(InterruptedError):
        build_index(tmp_path / "index", FILMS, [], cache, progress)
    assert read_manifest(tmp_path / "index") is None
    assert build_index(tmp_path / "index", FILMS, [], cache).exists()
