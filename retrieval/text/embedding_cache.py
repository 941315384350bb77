"""Text vectors by content in one file, so that nothing is encoded twice. Knows texts, vectors and who made them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from .encoder import Floats, Progress, TextEncoder

CHUNK = 2048
"""Texts that are encoded before they are committed: what an interruption loses at most."""


class EmbeddingCache:
    """Vectors by content hash in one SQLite file; survives interruption, loses nothing already encoded."""

    def __init__(self, path: Path, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL)")

    @property
    def identity(self) -> str:
        """Whose vectors these are; see `TextEncoder.identity`."""
        return self._encoder.identity

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """As `TextEncoder.encode`, encoding only what was never seen. Shape (texts, dimensions)."""
        return self._embed(texts, self._encoder.encode, "", progress)

    def embed_queries(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """As `TextEncoder.encode_queries`, encoding only what was never seen. Shape (texts, dimensions)."""
        return self._embed(texts, self._encoder.encode_queries, "query\0", progress)

    def _embed(
        self, texts: Sequence[str], encode: Callable[[Sequence[str]], Floats], use: str, progress: Progress | None
    ) -> Floats:
        if not texts:
            return np.zeros((0, 0), np.float32)
        keys = [self._key(use + text) for text in texts]
        with closing(self._connect()) as connection:
            known = dict(_read(connection, keys))
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            if missing and progress:
                progress(0, len(missing))
            for done, fresh in _encode_missing(missing, encode):
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", fresh.items())
                known |= fresh
                if progress:
                    progress(done, len(missing))
        return np.frombuffer(b"".join(known[key] for key in keys), np.float32).reshape(len(texts), -1)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._encoder.identity}\0{text}".encode("utf-8", "surrogatepass")).digest()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30)


def _read(connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(keys), 500):  # SQLite limits the variables of one statement
        some = keys[start : start + 500]
        marks = ",".join("?" * len(some))
        yield from connection.execute(f"SELECT key, value FROM vector WHERE key IN ({marks})", some)


def _encode_missing(
    missing: dict[bytes, str], encode: Callable[[Sequence[str]], Floats]
) -> Iterator[tuple[int, dict[bytes, bytes]]]:
    entries = list(missing.items())
    for start in range(0, len(entries), CHUNK):
        chunk = entries[start : start + CHUNK]
        vectors = encode([text for _, text in chunk])
        fresh = {key: vector.tobytes() for (key, _), vector in zip(chunk, vectors, strict=True)}
        yield start + len(chunk), fresh
