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
    """Item numbers in, hidden states out. Number `items` stands for no item (padding)."""

    def __init__(self, items: int, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.items, self.shape = items, shape
        self.embedding = torch.nn.Embedding(items + 1, shape.width)
        self.bias = torch.nn.Parameter(torch.zeros(items))
        config = GPT2Config(
            vocab_size=1, n_positions=shape.length, n_embd=shape.width, n_layer=shape.layers, n_head=shape.heads,
            resid_pdrop=dropout, embd_pdrop=dropout, attn_pdrop=0.0, activation_function="gelu", use_cache=False,
            bos_token_id=None, eos_token_id=None,
        )  # fmt: skip
        # No dropout inside attention: it would forbid the fused kernel, three times as fast, and gained nothing.
        self.body = GPT2Model(config)
        torch.nn.init.normal_(self.embedding.weight, std=0.02)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Hidden states, shape (rows, tokens, width), of item numbers (rows, tokens) padded on the right."""
        hidden: torch.Tensor = self.body(inputs_embeds=self.embedding(numbers)).last_hidden_state
        return hidden

    @property
    def weight(self) -> torch.Tensor:
        """Output embeddings, shape (items, width)."""
        return self.embedding.weight[: self.items]


class SequenceTower:
    """A trained network over the items of an index, in their order."""

    name: ClassVar[str] = "transformer"

    def __init__(self, network: SequenceNetwork) -> None:
        self.network = network.eval()
        self._lock = threading.Lock()

    @cached_property
    def targets(self) -> Floats:
        """Output embeddings with the bias as one more dimension, shape (items, width + 1)."""
        with torch.inference_mode():
            vectors: Floats = torch.cat([self.network.weight, self.network.bias[:, None]], 1).float().numpy()
            return vectors

    def query(self, history: Sequence[int], weights: Floats) -> Floats:
        """The last hidden state with a 1 for the bias, shape (width + 1,); see `Tower`.

        The order of the choices says what the weights say elsewhere; they are not read, zeros included.
        """
        if not history:
            return np.zeros(self.network.shape.width + 1, np.float32)
        return self.queries([history])[0]

    def queries(self, histories: Sequence[Sequence[int]]) -> Floats:
        """User vectors of non-empty histories (oldest first), shape (histories, width + 1)."""
        newest = [history[-self.network.shape.length :] for history in histories]
        longest = max(map(len, newest))
        numbers = torch.full((len(newest), longest), self.network.items)
        for row, history in zip(numbers, newest, strict=True):
            row[: len(history)] = torch.tensor(history)
        last = torch.tensor([len(history) - 1 for history in newest])
        with torch.inference_mode(), self._lock:
            hidden = self.network(numbers)[torch.arange(len(newest)), last]
        return np.hstack([hidden.float().numpy(), np.ones((len(newest), 1), np.float32)])

    def feature(self, scores: Floats) -> Floats:
        """Logits below the best one's: a difference of log-probabilities, the same for every user."""
        return np.asarray((scores - scores.max()) / LOGITS, np.float32) if len(scores) else scores

    def save(self, folder: Path, ids: Sequence[str] = ()) -> None:
        """Write the network; with `ids` (one per item) it can be read for another catalogue, see `load`."""
        save_file({name: each.contiguous() for name, each in self.network.state_dict().items()},
                  folder / WEIGHTS)  # fmt: skip
        facts = {"shape": asdict(self.network.shape), "items": self.network.items, "ids": list(ids)}
        (folder / "transformer.json").write_text(json.dumps(facts))

    @classmethod
    def load(cls, folder: Path, ids: Sequence[str] | None = None) -> SequenceTower:
        """Read what `save` wrote, as it is or for the items `ids`.

        An item that the network was not trained on keeps a zero vector and the smallest bias: it is found by other
        channels until the next training.
        """
        facts = json.loads((folder / "transformer.json").read_text())
        state = load_file(folder / WEIGHTS)
        if ids is not None:
            state = _realigned(state, facts["ids"], ids)
        network = SequenceNetwork(facts["items"] if ids is None else len(ids), Shape(**facts["shape"]))
        network.load_state_dict(state)
        return cls(network)


def _realigned(state: dict[str, torch.Tensor], trained: Sequence[str], ids: Sequence[str]) -> dict[str, torch.Tensor]:
    known = {id: at for at, id in enumerate(trained)}
    places = [known.get(id, len(trained)) for id in ids]
    lowest = state["bias"].min() if len(trained) else torch.zeros(())
    embedding = torch.cat(
        [state["embedding.weight"][: len(trained)], torch.zeros(1, state["embedding.weight"].shape[1])]
    )
    bias = torch.cat([state["bias"], lowest[None]])
    return state | {"embedding.weight": embedding[[*places, len(trained)]], "bias": bias[places]}
