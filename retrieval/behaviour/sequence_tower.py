"""A small causal transformer over item numbers as a behaviour tower: its last hidden state asks, its output
embeddings answer.

The network is transformers' own GPT-2 with a small configuration; input and output share one embedding per item, as
in SASRec (Kang and McAuley 2018), and each item has an output bias. Bias and inner product become one inner product by
one more dimension. How it is trained is `sequence_training`'s business. Knows item positions and ids, no events.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2Model

Floats = NDArray[np.float32]

WEIGHTS = "transformer.safetensors"
"""File of a saved network; its shape and items stand beside it."""
LOGITS = 10.0
"""Logits of a pool are divided by this, so that weights stay of the same order as those of other features."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of the network. `length` is how many of the newest choices it reads."""

    length: int = 50
    width: int = 128
    layers: int = 2
    heads: int = 2


class SequenceNetwork(torch.nn.Module):
    """Item numbers in, hidden states out. Number `items` stands for no item (padding).

    With text vectors, an item's embedding is a learned one plus a learned projection of its text: what is seldom chosen
    begins near what reads like it, which on a sparse log is worth more than any other change to the network.
    """

    def __init__(self, items: int, shape: Shape, dropout: float = 0.0, text: torch.Tensor | None = None) -> None:
        """`text` (items, d) are unit vectors."""
        super().__init__()
        self.items, self.shape = items, shape
        self.embedding = torch.nn.Embedding(items + 1, shape.width)
        self.bias = torch.nn.Parameter(torch.zeros(items))
        self.projection = None if text is None else torch.nn.Linear(text.shape[1], shape.width, bias=False)
        self.text: torch.Tensor | None
        self.register_buffer("text", text, persistent=False)
        config = GPT2Config(
            vocab_size=1, n_positions=shape.length, n_embd=shape.width, n_layer=shape.layers, n_head=shape.heads,
            resid_pdrop=dropout, embd_pdrop=dropout, attn_pdrop=0.0, activation_function="gelu", use_cache=False,
            bos_token_id=None, eos_token_id=None,
        )  # fmt: skip
        # No dropout inside attention: it would forbid the fused kernel, three times as fast, and gained nothing.
        self.body = GPT2Model(config)
        for matrix in (self.embedding, self.projection):
            if matrix is not None:
                torch.nn.init.normal_(matrix.weight, std=0.02)

    def table(self) -> torch.Tensor:
        """Embeddings of all items and of the padding, shape (items + 1, width)."""
        learned: torch.Tensor = self.embedding.weight
        if self.projection is None:
            return learned
        return torch.cat([learned[: self.items] + self.projection(self.text), learned[self.items :]])

    def forward(self, numbers: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        """Hidden states, shape (rows, tokens, width), of item numbers (rows, tokens) padded on the right."""
        hidden: torch.Tensor = self.body(inputs_embeds=torch.nn.functional.embedding(numbers, table)).last_hidden_state
        return hidden


class SequenceTower:
    """A trained network over the items of an index, in their order."""

    name: ClassVar[str] = "transformer"

    def __init__(self, network: SequenceNetwork, table: torch.Tensor) -> None:
        """`table` is the network's, computed once."""
        self.network, self.table = network.eval(), table
        self._lock = threading.Lock()

    @classmethod
    def of(cls, network: SequenceNetwork) -> SequenceTower:
        """The tower of a network that has been trained."""
        with torch.inference_mode():
            return cls(network, network.table().clone())

    @cached_property
    def targets(self) -> Floats:
        """Output embeddings with the bias as one more dimension, shape (items, width + 1)."""
        with torch.inference_mode():
            vectors: Floats = torch.cat([self.table[:-1], self.network.bias[:, None]], 1).numpy()
            return vectors

    def query(self, history: Sequence[int], weights: Floats) -> Floats:  # noqa: ARG002
        """The last hidden state with a 1 for the bias, shape (width + 1,); see `Tower`.

        The order of the choices says what the weights say elsewhere; they are not read, zeros included.
        """
        if not history:
            return np.zeros(self.network.shape.width + 1, np.float32)
        return np.asarray(self.queries([history])[0], np.float32)

    def queries(self, histories: Sequence[Sequence[int]]) -> Floats:
        """User vectors of non-empty histories (oldest first), shape (histories, width + 1)."""
        newest = [history[-self.network.shape.length :] for history in histories]
        longest = max(map(len, newest))
        numbers = torch.full((len(newest), longest), self.network.items)
        for row, history in zip(numbers, newest, strict=True):
            row[: len(history)] = torch.tensor(history)
        last = torch.tensor([len(history) - 1 for history in newest])
        with torch.inference_mode(), self._lock:
            hidden = self.network(numbers, self.table)[torch.arange(len(newest)), last]
        one = torch.ones(len(newest), 1)
        vectors: Floats = torch.cat([hidden, one], 1).numpy()
        return vectors

    def feature(self, scores: Floats) -> Floats:
        """Logits below the best one's: a difference of log-probabilities, the same for every user."""
        return np.asarray((scores - scores.max()) / LOGITS, np.float32) if len(scores) else scores

    def save(self, folder: Path, ids: Sequence[str] = ()) -> None:
        """Write the network; with `ids` (one per item) it can be read for another catalogue, see `load`."""
        state = {name: each.contiguous() for name, each in self.network.state_dict().items()}
        save_file(state | {"table": self.table.contiguous()}, folder / WEIGHTS)
        facts = {"shape": asdict(self.network.shape), "items": self.network.items, "ids": list(ids)}
        (folder / "transformer.json").write_text(json.dumps(facts))

    @classmethod
    def load(cls, folder: Path, ids: Sequence[str] | None = None, text: Floats | None = None) -> SequenceTower:
        """Read what `save` wrote, as it is or for the items `ids`, which read like `text` (items, d).

        An item that the network was not trained on has what its text says for a vector, zeros without text, and the
        smallest bias: it is found where it is very like what is asked for, and by other channels.
        """
        facts = json.loads((folder / "transformer.json").read_text())
        state = load_file(folder / WEIGHTS)
        if ids is not None:
            state = _realigned(state, facts["ids"], ids, text)
        projection, table = state.get("projection.weight"), state.pop("table")
        blank = None if projection is None else torch.zeros(1, projection.shape[1]).expand(len(table) - 1, -1)
        network = SequenceNetwork(len(table) - 1, Shape(**facts["shape"]), text=blank)
        network.load_state_dict(state)
        return cls(network, table)


def _realigned(
    state: dict[str, torch.Tensor], trained: Sequence[str], ids: Sequence[str], text: Floats | None
) -> dict[str, torch.Tensor]:
    known = {id: at for at, id in enumerate(trained)}
    places = torch.tensor([known.get(id, -1) for id in ids], dtype=torch.long)
    new = places < 0
    told = torch.zeros(len(ids), state["table"].shape[1])
    if len(ids) and text is not None and "projection.weight" in state:
        told = torch.tensor(text) @ state["projection.weight"].T
    found = {name: torch.cat([state[name][places.clamp(min=0)], state[name][-1:]])
             for name in ("table", "embedding.weight")}  # fmt: skip
    found["table"][:-1][new] = told[new]
    found["embedding.weight"][:-1][new] = 0.0
    lowest = state["bias"].min() if len(trained) else torch.zeros(())
    return state | found | {"bias": torch.where(new, lowest, state["bias"][places.clamp(min=0)])}
