"""What a turn costs before its shelf is shown: against the length of the user's history, and against the pool.

The shop is made up (see `synthetic`), everything else is the product: SQL, Chroma, profile, candidates, ranking.
Against history the model is left out (it reads eight titles and a summary, whatever lies behind); against the pool
the default model judges. CPU time, as in `scale_index`.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sommelier.agent.ingest.indexing import pasts
from sommelier.agent.llm.bundled import default_cache
from sommelier.agent.llm.language_model import LanguageModel, ModelCard, Question
from sommelier.agent.llm.model_loading import open_model
from sommelier.agent.recommender import Recommender
from sommelier.agent.turn import Shelf
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.catalogue import Event, Item
from sommelier.retrieval.index import Index, build_index
from sommelier.retrieval.text.embedding_cache import EmbeddingCache
from synthetic import Floats, Shop

ITEMS, DIMENSIONS, PEOPLE, EACH = 20_000, 64, 2000, 20
HISTORIES = (10, 100, 1000, 10_000)
POOLS = (10, 20, 50, 100, 200)
REPEATS = 7
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


class ShopEmbedder:
    """Knows the vector of each item by its text; of any other text it makes up one."""

    name = identity = "synthetic"

    def __init__(self, shop: Shop) -> None:
        self._vectors = dict(zip((id[1:] for id in shop.ids()), shop.vectors, strict=True))
        self._any = shop.visitors(100)

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """As `encode`."""
        return self.encode(texts)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Shape (texts, dimensions)."""
        return np.stack([self._vectors.get(text[5:13], self._any[len(text) % 100]) for text in texts])


class Indifferent:
    """A language model that likes everything equally and at once."""

    card = ModelCard("indifferent", None, "none", None, "cpu", "float32")

    def score(self, question: Question, branches: Sequence[str]) -> Floats:
        """Zeros, shape (branches,)."""
        del question
        return np.zeros(len(branches), np.float32)


def measure_turns() -> dict[str, list[dict[str, Any]]]:
    """Rows of milliseconds, "history" and "pool"."""
    with tempfile.TemporaryDirectory() as name:
        folder, shop = Path(name), Shop.of(ITEMS, DIMENSIONS)
        _fill(folder, shop)
        return {"history": list(_by_history(folder, shop)), "pool": list(_by_pool(folder, shop))}


def _fill(folder: Path, shop: Shop) -> None:
    rng = random.Random(1)
    with Workspace(folder, create=True) as workspace:
        items = shop.items()
        workspace.memory.catalogue.upsert_items(items)
        workspace.memory.events.add(_visits(rng, shop))
        for length in HISTORIES:
            chosen = rng.sample(items, length)
            workspace.memory.events.add(
                Event(f"{length}-{at}", f"length {length}", item.id, "play", None, NOON + timedelta(hours=at))
                for at, item in enumerate(chosen)
            )
        cache = EmbeddingCache(folder / "vectors.db", ShopEmbedder(shop))  # type: ignore[arg-type]
        build_index(workspace.index, items, pasts(workspace.memory), cache)


def _visits(rng: random.Random, shop: Shop) -> Iterator[Event]:
    """People who choose within two themes each."""
    themes = [np.flatnonzero(shop.themes == theme).tolist() for theme in range(100)]
    for person in range(PEOPLE):
        liked = rng.sample(themes, 2)
        for at in range(EACH):
            item = f"i{rng.choice(liked[at % 2]):08d}"
            yield Event(f"{person}-{at}", f"visitor {person}", item, "play", None, NOON + timedelta(hours=at))


def _by_history(folder: Path, shop: Shop) -> Iterator[dict[str, Any]]:
    for length in HISTORIES:
        user, cold, warm, moved = f"length {length}", [], [], []
        for again in range(REPEATS):
            with _opened(folder, shop, Indifferent()) as recommender:  # type: ignore[arg-type]
                _shelf(recommender, "visitor 1")  # what is made once per process
                cold.append(_shelf(recommender, user))
                warm.append(_shelf(recommender, user))
                recommender.observe(user, f"i{again:08d}", "view")
                moved.append(_shelf(recommender, user))
        yield {"events": length} | _steps("cold", cold) | _steps("warm", warm) | _steps("just moved", moved)


def _steps(name: str, turns: list[dict[str, float]]) -> dict[str, float]:
    return {f"{name}, {step}": median(each[step] for each in turns) for step in ("profile", "turn")}


def _by_pool(folder: Path, shop: Shop) -> Iterator[dict[str, Any]]:
    lm = open_model("bundled", device="cpu", cache=default_cache())
    for pool in POOLS:
        (folder / "sommelier.yaml").write_text(f"pool: {pool}\n")
        with _opened(folder, shop, lm) as recommender:
            _shelf(recommender, "visitor 1")
            turns = [_shelf(recommender, f"visitor {at}")["turn"] for at in range(2, 2 + REPEATS)]
        yield {"pool": pool, "turn": median(turns)}


@contextmanager
def _opened(folder: Path, shop: Shop, lm: LanguageModel) -> Iterator[Recommender]:
    workspace = Workspace(folder)
    items: list[Item] = workspace.memory.catalogue.items()
    encoder: Any = ShopEmbedder(shop)
    with Recommender(workspace, Index.open(workspace.index, items), encoder, lm) as recommender:
        yield recommender


def _shelf(recommender: Recommender, user: str) -> dict[str, float]:
    """Milliseconds from the message to the shelf, and of those for the profile."""
    start = time.process_time()
    recommender.profile(user)
    profiled = time.process_time()
    parts = recommender.stream(user, "something good")
    first = next(parts)
    spent = time.process_time() - profiled
    parts.close()  # type: ignore[attr-defined]
    assert isinstance(first, Shelf)
    return {"profile": 1e3 * (profiled - start), "turn": 1e3 * (spent + profiled - start)}
