"""The rebuildable cache beside the truth: text and behaviour vectors in Chroma, sparse strengths in files.

`build_index` writes a new folder named by what went into it and moves the pointer `CURRENT` only when the folder
is complete and answers for itself; killed half-way, it leaves the old index serving. One process at a time may
have a folder open (Chroma's own rule): the caller holds the workspace lock.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .behaviour.covisitation import Covisitation, Floats
from .behaviour.past import Log, Past
from .behaviour.towers import Tower, TowerChoice, load_tower
from .behaviour.trends import Trends
from .catalogue import CatalogueError, Item
from .diversity import familiarity
from .filters import Spellings, Where, is_storable_name, spellings_of
from .text.encoder import EmbeddingCache, Progress
from .text.vocabulary import Facet, Incidence, facet_incidence, word_incidence
from .vectors.chroma import Space, Vectors, write_vectors

FORMAT = "3"
"""Part of every fingerprint: raise it when the folder's content changes meaning."""
SPACES: dict[str, Space] = {"text": "cosine", "behaviour": "ip"}
"""Collections, and what is near in each."""


@dataclass(frozen=True)
class Index:
    """An open index folder. Positions are places in `items`, which is in id order."""

    folder: Path
    items: Sequence[Item]
    text: Floats
    covisitation: Covisitation
    tower: Tower
    trends: Trends
    _vectors: Vectors

    @classmethod
    def open(cls, root: Path, items: Sequence[Item]) -> Index:
        """Open the folder that `CURRENT` points to. `items` must be those it was built from.

        Raises CatalogueError when there is none, when the items have changed since, or when it is damaged on disk;
        a damaged one is marked, so that the next build makes it anew.
        """
        manifest = read_manifest(root)
        ordered = in_order(items)
        if manifest is None or manifest["items"] != items_fingerprint(ordered):
            raise CatalogueError(f"the index in {root} is missing or older than the catalogue; run `sommelier ingest`")
        return cls._load(root / manifest["folder"], ordered)

    @classmethod
    def _load(cls, folder: Path, items: Sequence[Item]) -> Index:
        try:
            text = np.load(folder / "text.npy", mmap_mode="r")
            covisitation, tower, trends = Covisitation.load(folder), load_tower(folder), Trends.load(folder)
            vectors = Vectors.open(folder / "chroma", list(SPACES))
        except Exception as error:  # whatever NumPy, SciPy and Chroma make of broken files
            (folder / "manifest.json").unlink(missing_ok=True)
            raise CatalogueError(f"the index in {folder} is damaged; run `sommelier ingest` to rebuild it") from error
        return cls(folder, items, text, covisitation, tower, trends, vectors)

    def close(self) -> None:
        """Release the folder."""
        self._vectors.close()

    @cached_property
    def position(self) -> dict[str, int]:
        """Item id -> position."""
        return {item.id: at for at, item in enumerate(self.items)}

    @cached_property
    def facets(self) -> Incidence[Facet]:
        """Items against (facet, value)."""
        return facet_incidence(self.items)

    @cached_property
    def words(self) -> Incidence[str]:
        """Items against content words."""
        return word_incidence(self.items)

    @cached_property
    def facet_spellings(self) -> Spellings:
        """How the values of facets are stored, for `filters.where`."""
        return spellings_of(self.items)

    @cached_property
    def by_popularity(self) -> NDArray[np.int64]:
        """Positions, most consumed first, ties in id order."""
        return np.argsort(-self.covisitation.counts, kind="stable")

    @cached_property
    def familiarity(self) -> Floats:
        """How much chosen each item is, on a logarithmic scale of 0..1, shape (items,)."""
        return familiarity(self.covisitation.counts)

    @cached_property
    def popularity_rank(self) -> Floats:
        """Share of items that are less popular, shape (items,)."""
        counts = np.sort(self.covisitation.counts)
        return (np.searchsorted(counts, self.covisitation.counts) / max(len(counts), 1)).astype(np.float32)

    def nearest(self, collection: str, vector: Floats, count: int, where: Where | None = None) -> list[int]:
        """Positions of the `count` nearest items in "text" (cosine) or "behaviour" (inner product), best first."""
        wanted = min(count, len(self.items))
        if wanted == 0 or not vector.any():
            return []
        return [self.position[each] for each in self._vectors.nearest(collection, vector, wanted, where)]


def build_index(
    root: Path,
    items: Iterable[Item],
    histories: Iterable[Sequence[str] | Past],
    cache: EmbeddingCache,
    progress: Progress | None = None,
    tower: TowerChoice | None = None,
) -> Path:
    """Build (or find already built) the index of these items and consumption histories.

    A history is a list of item ids, oldest first, or a `Past`, which knows times, contexts and the person too.

    `tower` is what behaviour vectors are made with; default: co-visitation factors.

    Returns its folder. Histories may mention unknown items; they are skipped. Raises CatalogueError if the
    finished index does not find its own items.
    """
    ordered, tower = in_order(items), tower or TowerChoice()
    pasts = (each if isinstance(each, Past) else Past.of(each) for each in histories)
    log = Log.of(pasts, {item.id: at for at, item in enumerate(ordered)})
    manifest: dict[str, Any] = {"items": items_fingerprint(ordered), "events": len(log.items), "format": FORMAT}
    manifest["folder"] = _digest(manifest["items"], FORMAT, log.fingerprint(), tower.fingerprint)[:16]
    folder = root / str(manifest["folder"])
    if not (folder / "manifest.json").exists():
        _write(folder, ordered, log, tower, cache, progress)
        _write_json(folder / "manifest.json", manifest)
    _write_json(root / "CURRENT", manifest)
    _sweep(root, keep=folder)
    return folder


def read_manifest(root: Path) -> dict[str, Any] | None:
    """What `CURRENT` says: folder, items (fingerprint), events (count). None when there is no usable index."""
    try:
        manifest: dict[str, Any] = json.loads((root / "CURRENT").read_text())
        usable = (root / manifest["folder"] / "manifest.json").exists() and manifest["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if usable else None


def in_order(items: Iterable[Item]) -> list[Item]:
    """Items in canonical (id) order."""
    return sorted(items, key=lambda item: item.id)


def items_fingerprint(ordered: Sequence[Item]) -> str:
    """Hash of everything the index knows of the items."""
    return _digest(*(repr((item.id, item.title, item.text, sorted(item.attributes.items()))) for item in ordered))


def item_text(item: Item) -> str:
    """What the text encoder reads of an item: title, facet values by name, description."""
    facets: dict[str, list[str]] = {}
    for name, value in item.facets():
        facets.setdefault(name, []).append(value)
    described = "; ".join(f"{name}: {', '.join(values)}" for name, values in facets.items())
    return ". ".join(part for part in (item.title, item.text, described) if part)


def _write(
    folder: Path, items: list[Item], log: Log, tower: TowerChoice, cache: EmbeddingCache,
    progress: Progress | None,
) -> None:  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted build left
    folder.mkdir(parents=True)
    text = cache.embed([item_text(item) for item in items], progress) if items else np.zeros((0, 1), np.float32)
    np.save(folder / "text.npy", text)
    covisitation = Covisitation.fit(log.sequences(), len(items))
    covisitation.save(folder)
    Trends.fit(log, len(items)).save(folder)
    behaviour = tower.build(covisitation, [item.id for item in items], text)
    behaviour.save(folder)
    _fill_collections(folder / "chroma", items, {"text": text, "behaviour": behaviour.targets})


def _fill_collections(folder: Path, items: list[Item], vectors: dict[str, Floats]) -> None:
    ids, described = [item.id for item in items], [metadata(item) for item in items]
    for name, space in SPACES.items():
        write_vectors(folder, name, space, ids, vectors[name], described)
    written = Vectors.open(folder, ["text"])
    try:
        written.verify("text", ids, vectors["text"])
    finally:
        written.close()


def metadata(item: Item) -> dict[str, Any]:
    """Attributes as Chroma takes them: scalars and non-empty lists. `_` keeps items without any legal."""
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in item.attributes.items()}
    kept = {name: value for name, value in values.items() if is_storable_name(name)}
    return {"_": True} | {name: value for name, value in kept.items() if value != [] and value is not None}


def positions(items: Sequence[Item], histories: Iterable[Sequence[str]]) -> Iterable[list[int]]:
    """Histories of ids as places in `items`, without ids that are not there."""
    position = {item.id: at for at, item in enumerate(items)}
    return ([position[each] for each in history if each in position] for history in histories)


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()


def _write_json(path: Path, value: object) -> None:
    """Atomically: readers see the old file or the new one."""
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(value, indent=1))
    draft.replace(path)


def _sweep(root: Path, keep: Path) -> None:
    for folder in root.iterdir():
        if folder.is_dir() and folder != keep:
            shutil.rmtree(folder, ignore_errors=True)
