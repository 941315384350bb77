"""Somebody who has consumed nearly everything still gets what is left, and from the channels that know them."""

import random

import pytest
from fakes import build, film
from sommelier.retrieval.candidates import EXTRA, POOL, Retriever
from sommelier.retrieval.evidence import HistoryEntry, Query

SEEN = [film(f"heist {at:04}", text="a thief steals a painting") for at in range(EXTRA + POOL + 50)]
LEFT = [film(f"court {at:02}", text="a king and a thief") for at in range(40)]


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    rng = random.Random(0)
    log = [[item.id for item in rng.sample(SEEN, 10)] for _ in range(400)]
    index = build(tmp_path_factory.mktemp("shop"), [*SEEN, *LEFT], log)
    yield Retriever(index, None)
    index.close()


@pytest.mark.parametrize("consumed", [10, EXTRA, len(SEEN)])
def test_what_was_consumed_is_replaced(retriever, consumed):
    known = [item.id for item in SEEN[:consumed]]
    query = Query(tuple(map(HistoryEntry, known[-20:])), exclude=frozenset(known))
    found = retriever.candidates(query, 30)
    assert len(found) == 30
    assert not {each.item.id for each in found} & set(known)
    assert all("other" not in each.sources for each in found)
