"""Chroma behind a server, which several workspaces may share and several processes may read.

Collections are named by workspace and index, so that no two workspaces meet. The server has no log-in of its own:
it belongs on loopback, or behind a proxy that has one.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from ..filters import Where
from .chroma import HNSW, ChromaStore, Client
from .store import Floats, Metadata, Space, VectorStoreError

IDENTITY = "COLLECTIONS"
"""In an index root: what makes the names of its collections its own."""
HEARTBEAT = "/api/v2/heartbeat"
PATIENCE, LONGEST = 10.0, 120.0
"""Seconds that a server may take to say that it is there, and for one request; Chroma's own client waits for ever."""
PAGE = 100
GONE: tuple[type[Exception], ...] = (httpx.HTTPError, httpx.InvalidURL, ChromaError, OSError)
"""What Chroma's client raises when the server is not there or refuses."""


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """See `VectorStores`. `url` is http(s)://host[:port]."""

    url: str

    def open(self, index: Path) -> ServedStore:
        """See `VectorStores.open`. Raises VectorStoreError when no Chroma server answers at the address."""
        return ServedStore(self._connected(), _prefix(index), self.url)

    def discard(self, index: Path) -> None:
        """See `VectorStores.discard`."""
        prefix, client = _prefix(index), self._connected()
        try:
            with _told(self.url):
                for name in [each for each in _names(client) if each.startswith(prefix)]:
                    client.delete_collection(name)
        finally:
            _close(client)

    def _connected(self) -> Client:
        place = urlsplit(self.url)
        secure = place.scheme == "https"
        port = place.port or (443 if secure else 80)
        with _told(self.url, ValueError):
            httpx.get(self.url + HEARTBEAT, timeout=PATIENCE).raise_for_status()
            client = chromadb.HttpClient(
                host=place.hostname or "", port=port, ssl=secure, settings=Settings(anonymized_telemetry=False)
            )
        for session in _sessions(client):
            session.timeout = httpx.Timeout(LONGEST)
        return client

    def __str__(self) -> str:
        return f"Chroma at {self.url}"


class ServedStore(ChromaStore):
    """A store whose every call may find the server gone. Raises VectorStoreError then."""

    def __init__(self, client: Client, prefix: str, url: str) -> None:
        super().__init__(client, prefix)
        self._url = url

    def write(
        self, name: str, space: Space, ids: Sequence[str], vectors: Floats, metadata: Sequence[Metadata],
        settings: Mapping[str, int] = HNSW,
    ) -> None:  # fmt: skip
        """See `VectorStore.write`."""
        with _told(self._url):
            super().write(name, space, ids, vectors, metadata, settings)

    def nearest(self, name: str, vector: Floats, count: int, where: Where | None = None) -> list[str]:
        """See `VectorStore.nearest`."""
        with _told(self._url):
            return super().nearest(name, vector, count, where)

    def size(self, name: str) -> int:
        """See `VectorStore.size`."""
        with _told(self._url):
            return super().size(name)

    def verify(self, name: str, ids: Sequence[str], vectors: Floats) -> None:
        """See `VectorStore.verify`."""
        with _told(self._url):
            super().verify(name, ids, vectors)

    def close(self) -> None:
        """See `VectorStore.close`."""
        _close(self._client)


def _sessions(client: Client) -> list[httpx.Client]:
    """The HTTP sessions of a client and of the one inside it, which Chroma neither bounds nor closes."""
    servers = [getattr(each, "_server", None) for each in (client, getattr(client, "_admin_client", None))]
    sessions = [getattr(each, "_session", None) for each in servers]
    return [each for each in sessions if isinstance(each, httpx.Client)]


def _close(client: Client) -> None:
    client.close()
    for session in _sessions(client):
        session.close()


@contextmanager
def _told(url: str, *more: type[Exception]) -> Iterator[None]:
    """Says in a sentence that the server is not there or refuses; what is merely missing on it passes as it is."""
    try:
        yield
    except NotFoundError:
        raise
    except GONE + more as error:
        said = str(error).partition("\n")[0] or type(error).__name__
        raise VectorStoreError(
            f"no Chroma server answers at {url} ({said}); start one with `chroma run --host 127.0.0.1 --port PORT`, or "
            "correct `chroma` in sommelier.yaml; without that line the vectors lie in the workspace"
        ) from error


def _prefix(index: Path) -> str:
    """`sommelier-WORKSPACE-INDEX-`: a copied workspace lies elsewhere, and a moved one has its index built anew."""
    known = index.parent / IDENTITY
    if not known.exists():
        known.parent.mkdir(parents=True, exist_ok=True)
        known.write_text(uuid.uuid4().hex)
    workspace = hashlib.sha256(f"{known.read_text()}\0{index.parent.resolve()}".encode()).hexdigest()[:12]
    return f"sommelier-{workspace}-{index.name}-"


def _names(client: Client) -> list[str]:
    names: list[str] = []
    while page := client.list_collections(limit=PAGE, offset=len(names)):
        names += [each.name for each in page]
    return names
