"""Text vectors: encoded once, kept by content."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fakes import HashEmbedder
from sommelier.retrieval.text.embedding_cache import EmbeddingCache


@pytest.fixture
def encoder():
    return HashEmbedder()


def test_known_texts_are_not_encoded_again_even_by_another_process(tmp_path, encoder):
    path = tmp_path / "deep" / "cache.db"
    first = EmbeddingCache(path, encoder).embed(["one", "two", "one"])
    again = EmbeddingCache(path, encoder).embed(["two", "three", "one"])
    assert encoder.seen == ["one", "two", "three"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(again[[2, 0]], first[:2])
    assert np.array_equal(first[:2], HashEmbedder().encode(["one", "two"]))


def test_what_was_encoded_before_an_interruption_is_kept(tmp_path):
    class Tired(HashEmbedder):
        def encode(self, texts):
            if self.seen:
                raise KeyboardInterrupt
            return super().encode(texts)

    texts = [f"text {at}" for at in range(3000)]  # two chunks
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(tmp_path / "cache.db", Tired()).embed(texts)
    rested = HashEmbedder()
    assert EmbeddingCache(tmp_path / "cache.db", rested).embed(texts).shape == (3000, 32)
    assert rested.seen == texts[2048:]


def test_texts_of_any_kind(tmp_path, encoder):
    texts = ["", "\ud800", "a\x00b", "🎬", "x" * 100_000]
    vectors = EmbeddingCache(tmp_path / "cache.db", encoder).embed(texts)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5))


def test_several_threads_share_a_cache(tmp_path, encoder):
    cache = EmbeddingCache(tmp_path / "cache.db", encoder)
    wanted = HashEmbedder().encode([str(at) for at in range(40)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(cache.embed, [[str(at) for at in range(40)]] * 8))
    assert all(np.array_equal(each, wanted) for each in found)


def test_a_file_that_is_no_cache_is_refused(tmp_path, encoder):
    (tmp_path / "cache.db").write_text("not a database " * 100)
    with pytest.raises(sqlite3.DatabaseError):
        EmbeddingCache(tmp_path / "cache.db", encoder)
