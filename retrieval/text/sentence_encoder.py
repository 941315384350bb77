"""A transformer as a text encoder: the bundled one, or any folder in the layout of sentence-transformers."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from ..catalogue import CatalogueError
from ..model_files import EMBEDDER, bundled_embedder, sha256_of
from ..quiet_libraries import quiet_transformers
from .encoder import Floats
from .sentence_folder import DenseLayer, Layout, read_layout

BUNDLED = "bundled"
BUNDLED_IDENTITY = EMBEDDER.sha256
"""Of the encoder in the box; what was fitted and built before there was any other belongs to it."""
BUNDLED_TOKENS = 256
"""all-MiniLM-L6-v2 was trained on at most this many; longer text is cut."""
MAX_CHARACTERS = 4000
BATCH = 64
COUNTING_FROM_TWO = ("roberta", "xlm-roberta", "camembert", "mpnet")
"""Kinds of transformer whose first two places are never used."""
CONTENT = (".json", ".txt", ".model", ".jinja", ".safetensors", ".bin")
"""Endings of the files that make up an encoder."""

OTHERWISE = "fetch or save it again, name another, or leave `encoder` out"


class SentenceEncoder:
    """See `TextEncoder`. Runs on the CPU."""

    def __init__(self, layout: Layout, name: str, identity: str) -> None:
        """Load what the layout names. Raises CatalogueError when the weights do not fit it or cannot be read."""
        self.name, self.identity, self._layout = name, identity, layout
        with quiet_transformers():
            self._model, self._tokenizer = _load(layout.transformer, name)
        self._dense = [(_weights(each, name), getattr(torch.nn, each.activation)()) for each in layout.dense]
        self._max_tokens = _max_tokens(layout, self._model, self._tokenizer.model_max_length)
        self.dimensions = _dimensions(layout, int(self._model.config.hidden_size), name)
        self._lock = threading.Lock()

    @classmethod
    def bundled(cls) -> SentenceEncoder:
        """The one in the box, its weights checked. Raises CatalogueError when it is missing or damaged."""
        return cls(Layout(bundled_embedder(), max_tokens=BUNDLED_TOKENS), BUNDLED, BUNDLED_IDENTITY)

    @classmethod
    def of_folder(cls, folder: Path, name: str) -> SentenceEncoder:
        """Any other; its identity is its content. Raises CatalogueError for one that cannot be used."""
        return cls(read_layout(folder), name, content_identity(folder))

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `TextEncoder.encode`; in batches of similar length."""
        return self._encoded(texts, self._layout.document_prompt)

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """See `TextEncoder.encode_queries`."""
        return self._encoded(texts, self._layout.query_prompt)

    def _encoded(self, texts: Sequence[str], prompt: str) -> Floats:
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                vectors[batch] = self._batch([prompt + texts[at][:MAX_CHARACTERS] for at in batch])
        return vectors

    def _batch(self, texts: list[str]) -> Floats:
        texts = [text.encode("utf-8", "replace").decode() for text in texts]  # lone surrogates cannot be tokenized
        if self._layout.lower_case:
            texts = [text.lower() for text in texts]
        with self._lock:  # a tokenizer keeps its settings in one place; the model may be asked by several at once
            tokens = self._tokenizer(
                texts, padding=True, truncation=True, max_length=self._max_tokens, return_tensors="pt"
            )
        hidden = self._model(**tokens).last_hidden_state
        pooled = torch.cat([_pooled(hidden, tokens["attention_mask"], each) for each in self._layout.poolings], 1)
        for layer, activation in self._dense:
            pooled = activation(layer(pooled))
        normal: Floats = torch.nn.functional.normalize(pooled.float(), dim=1).numpy()
        return normal


def content_identity(folder: Path) -> str:
    """SHA-256 over all files that make up the encoder in a folder."""
    digest = hashlib.sha256()
    files = sorted(path for path in folder.rglob("*") if path.suffix in CONTENT and path.is_file())
    for path in files:
        digest.update(f"{path.relative_to(folder).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def _pooled(hidden: torch.Tensor, attended: torch.Tensor, how: str) -> torch.Tensor:
    """(texts, tokens, width) and (texts, tokens) -> (texts, width)."""
    mask = attended.unsqueeze(-1)
    places = torch.arange(attended.shape[1]) * attended  # of the tokens that count
    rows = torch.arange(len(hidden))
    if how == "cls_token":
        return hidden[rows, attended.argmax(1)]
    if how == "lasttoken":
        return hidden[rows, places.argmax(1)]
    if how == "max_tokens":
        return hidden.masked_fill(mask == 0, -torch.inf).max(1).values
    return (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)


def _load(folder: Path, name: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    try:
        if AutoConfig.from_pretrained(folder, local_files_only=True).is_encoder_decoder:
            raise CatalogueError(f"the text encoder {name} has a decoder, too, which is not supported: {OTHERWISE}")
        model, loaded = AutoModel.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except CatalogueError:
        raise
    except Exception as error:  # whatever transformers makes of a folder that is none of its own
        said = str(error).strip().partition("\n")[0]
        raise CatalogueError(f"the text encoder {name} in {folder} cannot be loaded ({said}): {OTHERWISE}") from error
    if missing := [each for each in loaded["missing_keys"] if not each.startswith("pooler.")]:
        named = ", ".join(sorted(missing)[:3])
        raise CatalogueError(f"the text encoder {name} in {folder} lacks the weights {named}: {OTHERWISE}")
    return model.eval(), tokenizer


def _weights(layer: DenseLayer, name: str) -> torch.nn.Linear:
    linear = torch.nn.Linear(layer.inputs, layer.outputs, bias=layer.bias)
    try:
        stored = layer.folder / "model.safetensors"
        state = load_file(stored) if stored.exists() else torch.load(
            layer.folder / "pytorch_model.bin", map_location="cpu", weights_only=True
        )  # fmt: skip
        linear.load_state_dict({key.removeprefix("linear."): value.float() for key, value in state.items()})
    except Exception as error:  # whatever torch and safetensors make of a broken file
        raise CatalogueError(f"the dense layer {layer.folder} of the text encoder {name} cannot be read "
                             f"({str(error).partition(chr(10))[0]}): {OTHERWISE}") from error  # fmt: skip
    return linear.eval()


def _max_tokens(layout: Layout, model: PreTrainedModel, tokenizer: int) -> int:
    """As sentence-transformers has it: what is written, and no more than the transformer has places for."""
    places = getattr(model.config, "max_position_embeddings", None) or tokenizer
    if model.config.model_type in COUNTING_FROM_TWO:
        places -= 2
    return int(min(layout.max_tokens or tokenizer, places, tokenizer))


def _dimensions(layout: Layout, width: int, name: str) -> int:
    """Of what comes out. Raises CatalogueError when one module does not fit the next."""
    width *= len(layout.poolings)
    for layer in layout.dense:
        if layer.inputs != width:
            raise CatalogueError(f"the dense layer {layer.folder} of the text encoder {name} takes {layer.inputs} "
                                 f"numbers and is given {width}: {OTHERWISE}")  # fmt: skip
        width = layer.outputs
    return width
