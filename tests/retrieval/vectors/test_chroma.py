"""Vectors in a folder of Chroma, through real files."""

import numpy as np
import pytest
from sommelier.retrieval.catalogue import CatalogueError
from sommelier.retrieval.vectors.chroma import BATCH, Vectors, write_vectors

IDS = ["a", "b", "c"]
ROWS = np.array([[1, 0], [0.8, 0.6], [0, 3]], np.float32)
NAMED = [{"year": 1990}, {"year": 2000}, {"year": 2010}]


@pytest.fixture
def opened(tmp_path):
    write_vectors(tmp_path, "angles", "cosine", IDS, ROWS, NAMED)
    write_vectors(tmp_path, "products", "ip", IDS, ROWS, NAMED)
    vectors = Vectors.open(tmp_path, ["angles", "products"])
    yield vectors
    vectors.close()


def test_each_space_has_its_own_order(opened):
    asked = np.array([1.0, 0.5], np.float32)
    assert opened.nearest("angles", asked, 3) == ["b", "a", "c"]
    assert opened.nearest("products", asked, 3) == ["c", "b", "a"]
    assert opened.nearest("products", asked, 1) == ["c"]
    assert opened.nearest("products", asked, 3, {"year": {"$lt": 2010}}) == ["b", "a"]


def test_more_than_one_batch_is_written_and_found_again(tmp_path):
    count = BATCH + 7
    angles = np.linspace(0, 1, count)
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    ids = [f"{at:05}" for at in range(count)]
    write_vectors(tmp_path, "angles", "cosine", ids, rows, [{"_": True}] * count)
    vectors = Vectors.open(tmp_path, ["angles"])
    vectors.verify("angles", ids, rows)
    with pytest.raises(CatalogueError, match=f"holds {count} of 2 items"):
        vectors.verify("angles", ids[:2], rows[:2])
    with pytest.raises(CatalogueError, match="does not find item '00000'"):
        vectors.verify("angles", ids, -rows)
    vectors.close()


def test_what_is_not_there_cannot_be_opened(tmp_path):
    write_vectors(tmp_path, "angles", "cosine", IDS, ROWS, NAMED)
    with pytest.raises(Exception, match="nothing"):
        Vectors.open(tmp_path, ["nothing"])
