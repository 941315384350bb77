"""Which HNSW settings: recall of the 200 nearest against exact search, and what they cost, on real and made-up vectors.

    python benchmarks/scale_settings.py WORKSPACE

Text vectors are compared by cosine, behaviour targets by inner product, asked for with the vectors of the workspace's
own users. CPU time, as in `scale_index`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings
from sommelier.agent.ingest.indexing import pasts
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.behaviour.covisitation import decayed
from sommelier.retrieval.behaviour.towers import load_tower
from sommelier.retrieval.event_kinds import chosen
from sommelier.retrieval.index import read_manifest
from sommelier.retrieval.vectors.chroma_folder import FOLDER, ChromaFolders
from sommelier.retrieval.vectors.store import Floats, Space
from synthetic import Shop

POOL, PEOPLE = 200, 100
BUILDS = ((16, 100), (32, 100), (32, 200))
"""(max_neighbors, ef_construction)"""
SEARCHES = (200, 300, 400, 800)
"""ef_search; below the number of results it has no effect."""
MADE_UP = (100_000, 64)


@dataclass(frozen=True, slots=True)
class Field:
    """Vectors of items (items, d) and of people (people, d)."""

    name: str
    space: Space
    items: Floats
    people: Floats

    def exact(self) -> list[set[int]]:
        """The POOL best of everybody. Text vectors have length 1, so that both spaces are inner products."""
        return [set(np.argpartition(-(self.items @ each), POOL)[:POOL].tolist()) for each in self.people]


def main(workspace: Path) -> None:
    print("| vectors | max_neighbors | ef_construction | ef_search | recall@200 | query p50 | build |")
    print("|---|---|---|---|---|---|---|")
    for field in (*_own(workspace), _made_up()):
        exact = field.exact()
        for neighbours, construction in BUILDS:
            for line in _measured(field, exact, neighbours, construction):
                print(line, flush=True)


def _measured(field: Field, exact: list[set[int]], neighbours: int, construction: int) -> Iterator[str]:
    settings = {"max_neighbors": neighbours, "ef_construction": construction, "ef_search": SEARCHES[0]}
    with tempfile.TemporaryDirectory() as name:
        ids = [str(at) for at in range(len(field.items))]
        start = time.process_time()
        with closing(ChromaFolders().open(Path(name))) as store:
            store.write("one", field.space, ids, field.items, [{"_": True}] * len(ids), settings)
        built = time.process_time() - start
        for breadth in SEARCHES:
            _set(Path(name), breadth)
            recall, p50 = _asked(Path(name), field, exact)
            yield (
                f"| {field.name} | {neighbours} | {construction} | {breadth} | {recall:.4f} | {p50:.2f} ms "
                f"| {built:.1f} s |"
            )


def _set(folder: Path, breadth: int) -> None:
    client: Any = chromadb.PersistentClient(str(folder / FOLDER), settings=Settings(anonymized_telemetry=False))
    client.get_collection("one", embedding_function=None).modify(configuration={"hnsw": {"ef_search": breadth}})
    client.close()


def _asked(folder: Path, field: Field, exact: list[set[int]]) -> tuple[float, float]:
    vectors = ChromaFolders().open(folder)
    vectors.nearest("one", field.people[0], POOL)
    shares, spent = [], []
    for person, best in zip(field.people, exact, strict=True):
        start = time.process_time()
        found = vectors.nearest("one", person, POOL)
        spent.append(1e3 * (time.process_time() - start))
        shares.append(len(best.intersection(map(int, found))) / POOL)
    vectors.close()
    return float(np.mean(shares)), float(np.median(spent))


def _own(folder: Path) -> Iterator[Field]:
    with Workspace(folder) as workspace:
        manifest = read_manifest(workspace.index)
        if manifest is None:
            sys.exit(f"{folder} has no index; run `sommelier ingest`")
        built, items = workspace.index / manifest["folder"], workspace.memory.catalogue.items()
        position = {item.id: at for at, item in enumerate(items)}
        text, tower = np.load(built / "text.npy"), load_tower(built)
        logs = ([position[item] for item in chosen(past.events)] for past in pasts(workspace.memory))
        people = list(islice((each[-50:] for each in logs if len(each) >= 3), PEOPLE))
    read = np.stack([decayed([1.0] * len(each)) @ text[each] for each in people])
    yield Field("text, cosine", "cosine", text, read / np.linalg.norm(read, axis=1, keepdims=True))
    asked = np.stack([tower.query(each, decayed([1.0] * len(each))) for each in people])
    yield Field("behaviour, inner product", "ip", tower.targets, asked)


def _made_up() -> Field:
    shop = Shop.of(*MADE_UP)
    return Field("made up, cosine", "cosine", shop.vectors, shop.visitors(PEOPLE))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
