"""Text vectors: encoded once, kept by content; and the bundled encoder itself."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fakes import HashEmbedder
from sommelier.retrieval.model_files import bundled_embedder
from sommelier.retrieval.text.encoder import EmbeddingCache, TextEmbedder


@pytest.fixture
def embedder():
    return HashEmbedder()


def test_known_texts_are_not_encoded_again_even_by_another_process(tmp_path, embedder):
    path = tmp_path / "deep" / "cache.db"
    first = EmbeddingCache(path, embedder).embed(["one", "two", "one"])
    again = EmbeddingCache(path, embedder).embed(["two", "three", "one"])
    assert embedder.seen == ["one", "two", "three"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(again[[2, 0]], first[:2])
    assert np.array_equal(first[:2], HashEmbedder().embed(["one", "two"]))


def test_what_was_encoded_before_an_interruption_is_kept(tmp_path):
    class Tired(HashEmbedder):
        def embed(self, texts):
            if self.seen:
                raise KeyboardInterrupt
            return super().embed(texts)

    texts = [f"text {at}" for at in range(3000)]  # two chunks
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(tmp_path / "cache.db", Tired()).embed(texts)
    rested = HashEmbedder()
    assert EmbeddingCache(tmp_path / "cache.db", rested).embed(texts).shape == (3000, 32)
    assert rested.seen == texts[2048:]


def test_texts_of_any_kind(tmp_path, embedder):
    texts = ["", "\ud800", "a\x00b", "🎬", "x" * 100_000]
    vectors = EmbeddingCache(tmp_path / "cache.db", embedder).embed(texts)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5))


def test_several_threads_share_a_cache(tmp_path, embedder):
    cache = EmbeddingCache(tmp_path / "cache.db", embedder)
    wanted = HashEmbedder().embed([str(at) for at in range(40)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(cache.embed, [[str(at) for at in range(40)]] * 8))
    assert all(np.array_equal(each, wanted) for each in found)


def test_a_file_that_is_no_cache_is_refused(tmp_path, embedder):
    (tmp_path / "cache.db").write_text("not a database " * 100)
    with pytest.raises(sqlite3.DatabaseError):
        EmbeddingCache(tmp_path / "cache.db", embedder)


def test_the_bundled_encoder_knows_what_is_alike():
    real = TextEmbedder(bundled_embedder(), "name")
    alike = ["a film about a bank robbery", "thieves rob a bank"]
    texts = [*alike, "a recipe for soup", "", "🎬" * 3000, "word " * 50_000, "\ud800"]
    vectors = real.embed(texts)
    assert vectors.shape == (7, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(7), abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    assert real.embed(texts[:3]) == pytest.approx(vectors[:3], abs=1e-5)  # padding changes nothing
    assert real.embed([]).shape == (0, 384)
