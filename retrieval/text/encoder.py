"""Text vectors: a sentence encoder and a cache keyed by content, so that nothing is encoded twice.

Knows texts and vectors; knows nothing about items, users or the vector store.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from ..quiet_libraries import quiet_transformers

Floats = NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with (done, total)."""

MAX_TOKENS = 256
"""all-MiniLM-L6-v2 was trained on at most this many; longer text is cut."""
MAX_CHARACTERS = 4000
BATCH = 64
CHUNK = 2048


class TextEmbedder:
    """A BERT-like encoder with mean pooling; vectors have length 1, shape (texts, 384) for all-MiniLM-L6-v2."""

    def __init__(self, folder: Path, name: str) -> None:
        """`folder` holds config, tokenizer and weights; `name` identifies them (a hash) in caches and indexes."""
        self.name = name
        with quiet_transformers():
            self._tokenizer = AutoTokenizer.from_pretrained(folder)
            self._model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Floats:
        """Encode, in batches of similar length. Any text is accepted, the empty one included."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        vectors = np.zeros((len(texts), int(self._model.config.hidden_size)), np.float32)
        with self._lock, torch.inference_mode():
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                vectors[batch] = self._encode([texts[at][:MAX_CHARACTERS] for at in batch])
        return vectors

    def _encode(self, texts: list[str]) -> Floats:
        texts = [text.encode("utf-8", "replace").decode() for text in texts]  # lone surrogates cannot be tokenized
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        hidden = self._model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        normal: Floats = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return normal


class EmbeddingCache:
    """Vectors by content hash in one SQLite file; survives interruption, loses nothing already encoded."""

    def __init__(self, path: Path, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL)")

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """As `TextEmbedder.embed`, encoding only what was never seen. Shape (texts, dimensions)."""
        keys = [self._key(text) for text in texts]
        with closing(self._connect()) as connection:
            known = dict(_read(connection, keys))
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            if missing and progress:
                progress(0, len(missing))
            for done, fresh in self._encode_missing(missing):
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", fresh.items())
                known |= fresh
                if progress:
                    progress(done, len(missing))
        return np.frombuffer(b"".join(known[key] for key in keys), np.float32).reshape(len(texts), -1)

    def _encode_missing(self, missing: dict[bytes, str]) -> Iterator[tuple[int, dict[bytes, bytes]]]:
        entries = list(missing.items())
        for start in range(0, len(entries), CHUNK):
            chunk = entries[start : start + CHUNK]
            vectors = self._embedder.embed([text for _, text in chunk])
            fresh = {key: vector.tobytes() for (key, _), vector in zip(chunk, vectors, strict=True)}
            yield start + len(chunk), fresh

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._embedder.name}\0{text}".encode("utf-8", "surrogatepass")).digest()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30)


def _read(connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(keys), 500):  # SQLite limits the variables of one statement
        some = keys[start : start + 500]
        marks = ",".join("?" * len(some))
        yield from connection.execute(f"SELECT key, value FROM vector WHERE key IN ({marks})", some)
