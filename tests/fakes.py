"""Hand-written stand-ins: an encoder whose vectors are sums of word hashes, and a judge made of a function."""

import hashlib

import numpy as np
from sommelier.agent.llm.language_model import ModelCard
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.index import Index, build_index
from sommelier.retrieval.text.embedding_cache import EmbeddingCache
from sommelier.retrieval.text.vocabulary import words_of

DIMENSIONS = 32


class HashEmbedder:
    """Texts that share words have similar vectors. `seen` lists every text that was ever encoded."""

    dimensions = DIMENSIONS

    def __init__(self, name="hash-1"):
        self.name = self.identity = name
        self.seen = []

    def encode_queries(self, texts):
        return self.encode(texts)

    def encode(self, texts):
        self.seen += texts
        rows = [_unit(sum(map(_noise, words_of(text)), _noise("") * 0.1)) for text in texts]
        return np.array(rows, np.float32).reshape(-1, DIMENSIONS)


def _noise(word):
    seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()[:8], "little")
    return np.random.default_rng(seed).normal(size=DIMENSIONS)


def _unit(vector):
    return vector / np.linalg.norm(vector)


class FakeJudge:
    """A language model that can only score: `preference(text)` of each branch, and `drift` more per place, as one
    with a position bias would. `asked` keeps all calls."""

    def __init__(self, preference=lambda text: float(_noise(text)[0]), drift=0.0):
        self.preference = preference
        self.drift = drift
        self.asked = []
        self.card = ModelCard("fake", "f" * 64, "none", None, "cpu", "float32")

    def score(self, question, branches):
        self.asked.append((question, list(branches)))
        return np.array([self.preference(text) + self.drift * place for place, text in enumerate(branches)], np.float32)

    def score_many(self, jobs):
        return [self.score(question, branches) for question, branches in jobs]

    def choose(self, messages, labels):
        """The labels by preference for the lines that they stand before."""
        self.asked.append((messages, list(labels)))
        lines = dict(line.split(". ", 1) for line in messages[-1].content.split("\n") if ". " in line)
        return sorted(range(len(labels)), key=lambda at: -self.preference(lines[labels[at]]))


def film(id, title=None, text="", **attributes):
    """An item; its title is its id unless given."""
    return Item(id, id.title() if title is None else title, text, attributes)


def build(root, items, histories=(), embedder=None):
    """Build and open an index under `root`."""
    build_index(root / "index", items, histories, EmbeddingCache(root / "cache.db", embedder or HashEmbedder()))
    return Index.open(root / "index", items)
