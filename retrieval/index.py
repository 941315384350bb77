"""The rebuildable cache beside the truth: text and behaviour vectors in a vector store, sparse strengths in files.

`build_index` writes a new folder named by what went into it and moves the pointer `CURRENT` only when the folder
is complete and answers for itself; killed half-way, it leaves the old index serving. One process at a time may
build under a root, or open what keeps its vectors in a folder: the caller holds the workspace lock.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attribute_roles import AttributeRole, Role, find_roles
from .behaviour.covisitation import Covisitation, Floats
from .behaviour.past import Log, Past
from .behaviour.towers import Tower, TowerChoice, load_tower
from .behaviour.trends import Trends
from .catalogue import CatalogueError, Item
from .diversity import familiarity
from .filters import Spellings, Where, is_storable_name, spellings_of
from .text.conversations import Conversation, Conversations, fingerprint, known_of
from .text.embedding_cache import EmbeddingCache
from .text.encoder import Progress
from .text.sentence_encoder import BUNDLED_IDENTITY
from .text.vocabulary import Facet, Incidence, facet_incidence, spoken_facets, word_incidence
from .vectors.chroma_folder import ChromaFolders
from .vectors.store import Space, VectorStore, VectorStoreError, VectorStores

FORMAT = "3"
"""Part of every fingerprint: raise it when the folder's content changes meaning."""
SPACES: dict[str, Space] = {"text": "cosine", "behaviour": "ip"}
"""Collections, and what is near in each."""
IN_FOLDERS: VectorStores = ChromaFolders()
"""Where vectors lie unless somewhere else is said."""


@dataclass(frozen=True)
class Index:
    """An open index folder. Positions are places in `items`, which is in id order."""

    folder: Path
    items: Sequence[Item]
    text: Floats
    covisitation: Covisitation
    tower: Tower
    trends: Trends
    conversations: Conversations
    roles: Mapping[Role, AttributeRole]
    vectors: VectorStore
    encoder: str = BUNDLED_IDENTITY
    """Identity of the text encoder that `text` is of."""

    @classmethod
    def open(cls, root: Path, items: Sequence[Item], vectors: VectorStores = IN_FOLDERS) -> Index:
        """Open the folder that `CURRENT` points to. `items` and `vectors` must be those it was built with.

        Raises CatalogueError when there is none, when the items have changed since, or when it is damaged;
        a damaged one is marked, so that the next build makes it anew. Raises VectorStoreError when the vectors are
        out of reach.
        """
        manifest = read_manifest(root)
        ordered = in_order(items)
        if manifest is None or manifest["items"] != items_fingerprint(ordered):
            raise CatalogueError(f"the index in {root} is missing or older than the catalogue; run `sommelier ingest`")
        index = cls._load(root / manifest["folder"], ordered, vectors, _roles(manifest, ordered))
        return replace(index, encoder=encoder_of(manifest))

    @classmethod
    def _load(
        cls, folder: Path, items: Sequence[Item], vectors: VectorStores, roles: Mapping[Role, AttributeRole]
    ) -> Index:
        try:
            text = np.load(folder / "text.npy", mmap_mode="r")
            covisitation, tower, trends = Covisitation.load(folder), load_tower(folder), Trends.load(folder)
            conversations = Conversations.load(folder)
            store = _opened(vectors, folder, len(items))
        except VectorStoreError:  # out of reach is not damaged
            raise
        except Exception as error:  # whatever NumPy, SciPy and Chroma make of broken files
            (folder / "manifest.json").unlink(missing_ok=True)
            raise CatalogueError(f"the index in {folder} is damaged; run `sommelier ingest` to rebuild it") from error
        names = {str(role): each.name for role, each in roles.items()}  # one mapping for all items
        known = [replace(item, roles=names) for item in items]
        return cls(folder, known, text, covisitation, tower, trends, conversations, roles, store)

    def close(self) -> None:
        """Release the folder and the vectors."""
        self.vectors.close()

    @cached_property
    def position(self) -> dict[str, int]:
        """Item id -> position."""
        return {item.id: at for at, item in enumerate(self.items)}

    @cached_property
    def facets(self) -> Incidence[Facet]:
        """Items against (facet, value)."""
        return facet_incidence(self.items)

    @cached_property
    def spoken_facets(self) -> Mapping[str, Sequence[Facet]]:
        """Term of a request -> the facets that it says."""
        return spoken_facets(self.facets)

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
        return [self.position[each] for each in self.vectors.nearest(collection, vector, wanted, where)]


def build_index(
    root: Path,
    items: Iterable[Item],
    histories: Iterable[Sequence[str] | Past],
    cache: EmbeddingCache,
    progress: Progress | None = None,
    tower: TowerChoice | None = None,
    vectors: VectorStores = IN_FOLDERS,
    keep: Collection[Path] = (),
    conversations: Iterable[Conversation] = (),
) -> Path:
    """Build (or find already built) the index of these items and consumption histories.

    A history is a list of item ids, oldest first, or a `Past`, which knows times, contexts and the person too.

    `tower` is what behaviour vectors are made with; default: co-visitation factors. `vectors` says where they are kept.
    Older indexes under the root are deleted, but for the folders to `keep`, which somebody reads. `conversations` say
    what was taken after what was said.

    `progress` counts texts as they are encoded, and is told the last count again between the stages that follow: an
    error that it raises ends the build there.

    Returns its folder. Histories may mention unknown items; they are skipped. Raises CatalogueError if the
    finished index does not find its own items.
    """
    ordered, tower = in_order(items), tower or TowerChoice()
    pasts = (each if isinstance(each, Past) else Past.of(each) for each in histories)
    position = {item.id: at for at, item in enumerate(ordered)}
    log, said = Log.of(pasts, position), known_of(list(conversations), position)
    manifest: dict[str, Any] = {"items": items_fingerprint(ordered), "events": len(log.items), "format": FORMAT}
    manifest["roles"] = {role: asdict(each) for role, each in find_roles(ordered).items()}
    manifest["encoder"] = cache.identity
    parts = [manifest["items"], FORMAT, log.fingerprint(), tower.fingerprint]
    parts += [fingerprint(said)] if said else []
    parts += [cache.identity] if cache.identity != BUNDLED_IDENTITY else []  # as indexes were named before others came
    manifest["folder"] = _digest(*parts)[:16]
    folder = root / str(manifest["folder"])
    if not (folder / "manifest.json").exists():
        told = _Told(progress)
        written = _write(folder, ordered, log, said, tower, cache, told)
        _fill(vectors, folder, ordered, written, told)
        _write_json(folder / "manifest.json", manifest)
    _write_json(root / "CURRENT", manifest)
    sweep(root, {folder, *keep}, vectors)
    return folder


def sweep(root: Path, keep: Collection[Path], vectors: VectorStores = IN_FOLDERS) -> None:
    """Delete the indexes under a root that nobody reads any more: all but these folders."""
    for folder in root.iterdir():
        if folder.is_dir() and folder not in keep:
            (folder / "manifest.json").unlink(missing_ok=True)  # cut off half-way, it must not pass for whole
            vectors.discard(folder)
            shutil.rmtree(folder, ignore_errors=True)


def read_manifest(root: Path) -> dict[str, Any] | None:
    """What `CURRENT` says: folder, items (fingerprint), events (count), and see `encoder_of`. None when there is no
    usable index."""
    try:
        manifest: dict[str, Any] = json.loads((root / "CURRENT").read_text())
        usable = (root / manifest["folder"] / "manifest.json").exists() and manifest["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if usable else None


def _roles(manifest: Mapping[str, Any], items: Sequence[Item]) -> dict[Role, AttributeRole]:
    """As they were found at ingest; an index of before they were stored finds them when it is opened."""
    stored = manifest.get("roles")
    return find_roles(items) if stored is None else {role: AttributeRole(**each) for role, each in stored.items()}


def encoder_of(manifest: Mapping[str, Any]) -> str:
    """Identity of the text encoder that an index was built with."""
    return str(manifest.get("encoder", BUNDLED_IDENTITY))


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


class _Told:
    """A `Progress` that can be told the last count again, so that whoever is told may end the work by an error."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._last: tuple[int, int] | None = None

    def __call__(self, done: int, total: int) -> None:
        self._last = (done, total)
        self.again()

    def again(self) -> None:
        if self._progress and self._last:
            self._progress(*self._last)


def _write(
    folder: Path, items: list[Item], log: Log, said: list[tuple[str, list[int]]], tower: TowerChoice,
    cache: EmbeddingCache, progress: _Told,
) -> dict[str, Floats]:  # fmt: skip
    """Make all but the vector store; returns the vectors for it by collection."""
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted build left
    folder.mkdir(parents=True)
    text = cache.embed([item_text(item) for item in items], progress) if items else np.zeros((0, 1), np.float32)
    np.save(folder / "text.npy", text)
    covisitation = Covisitation.fit(log.sequences(), len(items))
    covisitation.save(folder)
    progress.again()
    Trends.fit(log, len(items)).save(folder)
    spoken = cache.embed_queries([each for each, _ in said])
    Conversations.fit(spoken, [taken for _, taken in said], len(items)).save(folder)
    behaviour = tower.build(covisitation, [item.id for item in items], text)
    behaviour.save(folder)
    progress.again()
    return {"text": text, "behaviour": behaviour.targets}


def _fill(
    stores: VectorStores, folder: Path, items: list[Item], vectors: dict[str, Floats], progress: _Told
) -> None:  # fmt: skip
    """Write to the index's store, and open that anew to see that all is there."""
    ids, described = [item.id for item in items], [metadata(item) for item in items]
    with closing(stores.open(folder)) as store:
        for name, space in SPACES.items():
            store.write(name, space, ids, vectors[name], described)
            progress.again()
    with closing(stores.open(folder)) as written:
        written.verify("text", ids, vectors["text"])


def _opened(stores: VectorStores, folder: Path, items: int) -> VectorStore:
    """The store of an index with all its collections. Raises whatever the store makes of one that is not there."""
    store = stores.open(folder)
    try:
        if any(store.size(name) != items for name in SPACES):
            raise CatalogueError(f"the vectors of the index in {folder} are not whole")
        return store
    except BaseException:
        store.close()
        raise


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
