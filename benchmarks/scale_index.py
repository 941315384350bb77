"""Index build, query time and memory for one size of catalogue, each step in a process of its own.

Times are CPU time of the process, which on an idle machine is what a person waits (a query runs on one thread) and on
a shared one is all that means anything.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.filters import matches
from sommelier.retrieval.index import metadata
from sommelier.retrieval.vectors.chroma_folder import ChromaFolders
from sommelier.retrieval.vectors.store import VectorStore
from synthetic import Floats, Shop

POOL = 200
"""What a channel asks for in a turn."""
QUERIES, EXACT = 200, 40
CONSUMED = 100
FILTERS: dict[str, dict[str, object]] = {
    "one genre": {"genres": ["genre 3"]},
    "last five years": {"year": {"$gte": 2020}},
}
WHERE: dict[str, dict[str, object]] = {
    "one genre": {"genres": {"$contains": "genre 3"}},
    "last five years": {"year": {"$gte": 2020}},
}
OVERFETCH = 5
"""So many times the pool is fetched where a filter is applied in code."""

T = TypeVar("T")


def measure_index(count: int, dimensions: int) -> dict[str, Any]:
    """One row: figures by name; seconds, milliseconds, megabytes."""
    with tempfile.TemporaryDirectory() as name:
        built = _alone(_built, Path(name), count, dimensions)
        size = sum(each.stat().st_size for each in Path(name).rglob("*") if each.is_file())
        asked = _alone(_asked, Path(name), count, dimensions)
    return {"items": count, "dimensions": dimensions, "disk MB": size / 1e6} | built | asked


def peak_mb() -> float:
    """The largest memory this process ever had, in MB (Linux)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1e3 if found else float("nan")


def _alone(step: Callable[..., T], *arguments: object) -> T:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(step, *arguments).result()


def _built(folder: Path, count: int, dimensions: int) -> dict[str, float]:
    shop = Shop.of(count, dimensions)
    ids, described = shop.ids(), [metadata(item) for item in shop.items()]
    before, start = peak_mb(), time.process_time()
    with closing(ChromaFolders().open(folder)) as store:
        store.write("text", "cosine", ids, shop.vectors, described)
    return {"build s": time.process_time() - start, "build peak MB": peak_mb(), "build extra MB": peak_mb() - before}


def _asked(folder: Path, count: int, dimensions: int) -> dict[str, float]:
    before, start = peak_mb(), time.process_time()
    vectors = ChromaFolders().open(folder)
    shop = Shop.of(1, dimensions)
    vectors.nearest("text", shop.vectors[0], 1)
    opened, opening = peak_mb() - before, time.process_time() - start
    shop = Shop.of(count, dimensions)
    people, ids = shop.visitors(QUERIES), shop.ids()
    row = {"open s": opening, "open MB": opened, "recall": _recall(vectors, shop.vectors, people[:EXACT], ids)}
    row |= _timed("no filter", people, lambda each: vectors.nearest("text", each, POOL))
    row |= _timed("100 consumed", people, lambda each: vectors.nearest("text", each, POOL + CONSUMED))
    for name in FILTERS:
        row |= _filtered(name, vectors, people)
        row |= _overfetched(name, vectors, shop, people)
    vectors.close()
    return row


def _filtered(name: str, vectors: VectorStore, people: Floats) -> dict[str, float]:
    """The filter in the store."""
    return _timed(name, people[:EXACT], lambda each: vectors.nearest("text", each, POOL, WHERE[name]))


def _overfetched(name: str, vectors: VectorStore, shop: Shop, people: Floats) -> dict[str, float]:
    """No filter in the store: more is fetched, and dropped in code."""
    kept = []

    def ask(person: Floats) -> None:
        found = vectors.nearest("text", person, OVERFETCH * POOL)
        items = (Item(id, id, "", shop.attributes(int(id[1:]))) for id in found)
        kept.append(sum(matches(item, FILTERS[name]) for item in items))

    return _timed(f"{name}, over-fetch", people[:EXACT], ask) | {f"{name}, kept": float(np.median(kept))}


def _timed(name: str, people: Floats, ask: Callable[[Floats], object]) -> dict[str, float]:
    spent = []
    for person in people:
        start = time.process_time()
        ask(person)
        spent.append(1e3 * (time.process_time() - start))
    p50, p95 = np.percentile(spent, (50, 95))
    return {f"{name} p50 ms": float(p50), f"{name} p95 ms": float(p95)}


def _recall(vectors: VectorStore, matrix: Floats, people: Floats, ids: list[str]) -> float:
    """Share of the exact POOL nearest that are found."""
    shares = []
    for person in people:
        exact = np.argpartition(-(matrix @ person), min(POOL, len(ids) - 1))[:POOL]
        found = set(vectors.nearest("text", person, min(POOL, len(ids))))
        shares.append(sum(ids[at] in found for at in exact) / len(exact))
    return float(np.mean(shares))
