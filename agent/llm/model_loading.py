"""Finds a language model, checks that it can run here, quantizes and loads it, adapter included.

Everything that can be missing, damaged, unreachable or too large is a `ModelError` of one sentence. Knows nothing
about prompts or scores.
"""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Literal, TypeAlias

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HFValidationError, RepositoryNotFoundError
from safetensors import SafetensorError, safe_open
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from ...retrieval.model_files import sha256_of
from ...retrieval.quiet_libraries import quiet_peft, quiet_transformers
from ..errors import ModelError
from ..extras import missing_modules, require
from .bundled import BUNDLED, IDENTITY, NAME, bundled_language_model
from .device import choose_device, choose_dtype, free_memory
from .language_model import ModelCard
from .merging import can_merge, merge, read_config
from .transformers_model import TransformersModel

Quantization: TypeAlias = Literal["auto", "nf4", "int8", "none"]

AUTO_ON_GPU: Quantization = "nf4"
"""Where the extra `quantization` is installed."""
AUTO_ON_CPU: Quantization = "none"
"""NF4 against bfloat16 on 2 cores with AVX-512, time ratios from benchmarks/quantization_cpu.py: scoring 3.4,
decoding one answer 0.7, decoding four in a batch 1.4, loading 8.7. The shelf waits for scoring, so bfloat16;
NF4 pays where memory is short (110 MB instead of 269). int8: 3.1, 1.2, 2.1, 2.2."""

SHARE_OF_HALF_PRECISION = {"nf4": 0.35, "int8": 0.6, "none": 1.0}
"""Memory of the quantized weights relative to 2 bytes per parameter; embeddings stay in half precision."""

HEADROOM = 1.2
"""Activations, key/value cache and the loader's own buffers on top of the weights."""

ADAPTER_WEIGHTS, ADAPTER_CONFIG = "adapter_model.safetensors", "adapter_config.json"
_HUB_FILES = ["*.json", "*.safetensors", "*.model", "*.jinja", "*.txt"]


def open_model(
    name: str | Path, *, quantize: Quantization = "auto", adapter: Path | None = None, device: str = "auto", cache: Path
) -> TransformersModel:
    """Load a language model.

    `name` is "bundled", a folder, or a hub id; `adapter` a PEFT folder trained on that very model; `device` as for
    `choose_device`; `cache` the folder for the bundled model's converted weights. Raises ModelError, and
    MissingExtraError where it is to be quantized without the extra `quantization`.
    """
    place = choose_device(device)
    kind = _quantization(quantize, place)
    folder = _find(name, cache)
    identity = IDENTITY if str(name) == "bundled" else str(name)
    config = _config(folder, identity)
    stored = config.dtype if isinstance(config.dtype, torch.dtype) else torch.float32
    dtype = choose_dtype(place, stored)
    _require_memory(folder, identity, kind, stored, dtype, place)
    if adapter is not None:
        _check_adapter(adapter, identity)
    with quiet_transformers():
        network, tokenizer = _load(folder, identity, kind, dtype, place)
        network.config.name_or_path = network.name_or_path = identity  # what adapters trained on it will record
        if adapter is not None:
            network = _adapted(network, adapter, mergeable=kind == "none")
    card = ModelCard(
        name=NAME if identity == IDENTITY else str(name),
        sha256=BUNDLED.sha256 if identity == IDENTITY else None,
        quantization=kind,
        adapter=None if adapter is None else adapter_version(adapter),
        device=str(place),
        dtype=str(dtype).removeprefix("torch."),
    )
    return TransformersModel(network, tokenizer, card)


def adapter_version(folder: Path) -> str:
    """Folder name and content: retrained in place it is another adapter, and what was fitted for it is void."""
    return f"{folder.name}@{sha256_of(folder / ADAPTER_WEIGHTS)[:12]}"


def _quantization(wanted: Quantization, device: torch.device) -> Quantization:
    if wanted not in ("auto", "nf4", "int8", "none"):
        raise ModelError(f"There is no quantization {wanted!r}: use auto, nf4, int8 or none.")
    if wanted == "auto":
        return AUTO_ON_GPU if device.type == "cuda" and not missing_modules("quantization") else AUTO_ON_CPU
    if wanted != "none":
        require("quantization", f"quantize: {wanted}")
    return wanted


def _find(name: str | Path, cache: Path) -> Path:
    if str(name) == "bundled":
        return bundled_language_model(cache)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if isinstance(name, Path) or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelError(f"There is no model folder {folder}: correct the path, or set the model to bundled.")
    return _from_hub(name)


def _from_hub(name: str) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES))
    except HFValidationError as error:
        raise ModelError(f"{name!r} is neither a folder nor a hub id (owner/model): set the model to one of them, "
                         "or to bundled.") from error  # fmt: skip
    except GatedRepoError as error:
        raise ModelError(f"The hub gives out {name} only after its terms were accepted: accept them on its page, "
                         "then log in with `hf auth login`.") from error  # fmt: skip
    except RepositoryNotFoundError as error:
        raise ModelError(f"The hub has no model {name} that this account may see: correct the id, or log in with "
                         "`hf auth login`.") from error  # fmt: skip
    except (HfHubHTTPError, OSError, RuntimeError) as error:
        raise ModelError(
            f"The model {name} is not on this machine and the hub cannot be reached ({type(error).__name__}): "
            "connect (and unset HF_HUB_OFFLINE), or set the model to a local folder or to bundled."
        ) from error


def _config(folder: Path, identity: str) -> PretrainedConfig:
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder} (model {identity}) has no usable config.json: name a folder written by "
                         "save_pretrained.") from error  # fmt: skip
    return config


def _require_memory(
    folder: Path, identity: str, kind: Quantization, stored: torch.dtype, dtype: torch.dtype,
    device: torch.device,
) -> None:  # fmt: skip
    size = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    if not size:
        raise ModelError(f"{folder} (model {identity}) holds no *.safetensors weights: save the model as safetensors.")
    parameters = size / stored.itemsize
    width = dtype.itemsize if kind == "none" else 2
    needed = int(parameters * width * SHARE_OF_HALF_PRECISION[kind] * HEADROOM)
    free = free_memory(device)
    if free is not None and needed > free:
        smaller = "a smaller model" if kind == "nf4" else "quantize: nf4 or a smaller model"
        raise ModelError(
            f"The model {identity} needs about {needed / 1e9:.1f} GB on {device} ({kind}) and {free / 1e9:.1f} GB "
            f"are free: choose {smaller}, or close other programs."
        )


def _load(
    folder: Path, identity: str, kind: Quantization, dtype: torch.dtype, device: torch.device
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    try:
        network = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, device_map={"": device}, use_safetensors=True, local_files_only=True,
            **_quantized(kind),
        )  # fmt: skip
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise ModelError(f"Memory on {device} ran out while loading {identity}: choose a smaller model, or close "
                         "other programs.") from error  # fmt: skip
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(f"The model {identity} in {folder} cannot be loaded ({reason}): fetch or save it again, "
                         "or set the model to bundled.") from error  # fmt: skip
    return network, tokenizer


def _quantized(kind: Quantization) -> dict[str, BitsAndBytesConfig]:
    if kind == "int8":
        # It computes in float16 and would say so at every layer of every pass.
        logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True)}  # type: ignore[no-untyped-call]
    if kind == "nf4":
        return {
            "quantization_config": BitsAndBytesConfig(  # type: ignore[no-untyped-call]
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=torch.bfloat16,
            )
        }
    return {}


def _check_adapter(adapter: Path, identity: str) -> None:
    """Raises ModelError unless the folder holds a LoRA with tensors, trained on the model called `identity`."""
    try:
        config = json.loads((adapter / ADAPTER_CONFIG).read_text())
        base, method = config["base_model_name_or_path"], config["peft_type"]
        with safe_open(adapter / ADAPTER_WEIGHTS, framework="pt") as file:
            names = list(file.keys())
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(f"{adapter} is not a usable adapter: {_damage(adapter)}. Restore it, or serve another: "
                         "`sommelier adapters rollback` where it was promoted, `adapter:` in sommelier.yaml where that "
                         "names it. "
                         f"({type(error).__name__}: {error})") from error  # fmt: skip
    if not names:
        raise ModelError(f"The adapter {adapter} is empty (no tensors): train it again, or remove it.")
    if method != "LORA":
        raise ModelError(f"The adapter {adapter} is of kind {method}: only LORA adapters can be served.")
    if any("lm_head" in each for each in names):
        raise ModelError(f"The adapter {adapter} changes the output layer, which scores are read from directly: "
                         "train it on attention and MLP layers only.")  # fmt: skip
    if base != identity and Path(base or "").name != Path(identity).name:
        raise ModelError(f"The adapter {adapter} was trained on {base}, not on {identity}: choose the adapter's "
                         "own base model, or remove the adapter.")  # fmt: skip


def _damage(adapter: Path) -> str:
    """What is wrong with a folder that cannot be read as an adapter."""
    if not adapter.is_dir():
        return "there is no such folder"
    if missing := [each for each in (ADAPTER_CONFIG, ADAPTER_WEIGHTS) if not (adapter / each).exists()]:
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    try:
        json.loads((adapter / ADAPTER_CONFIG).read_text())["peft_type"]
    except (OSError, ValueError, KeyError, TypeError):
        return f"{ADAPTER_CONFIG} is damaged, or not one of PEFT's"
    return f"{ADAPTER_WEIGHTS} is damaged or cut off"


def _adapted(network: PreTrainedModel, adapter: Path, mergeable: bool) -> PreTrainedModel:
    """The network with the adapter in its weights, or with its layers in place where it cannot be merged.

    Raises ModelError when any of its tensors found no place.
    """
    config = read_config(adapter)
    if mergeable and can_merge(config):
        try:
            merge(network, adapter / ADAPTER_WEIGHTS, config)
        except (AttributeError, RuntimeError, ValueError) as error:
            raise ModelError(f"The adapter {adapter} does not fit the model ({error}): choose the adapter's own base "
                             "model, or remove the adapter.") from error  # fmt: skip
        return network
    return _with_layers(network, adapter)


def _with_layers(network: PreTrainedModel, adapter: Path) -> PreTrainedModel:
    from peft import PeftModel, get_peft_model_state_dict  # here, because it takes seconds and few starts need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PEFT warns about missing tensors; they are an error below
            wrapped = PeftModel.from_pretrained(network, adapter, autocast_adapter_dtype=False)
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(f"The adapter {adapter} does not fit the model ({reason}): choose the adapter's own base "
                         "model, or remove the adapter.") from error  # fmt: skip
    with safe_open(adapter / ADAPTER_WEIGHTS, framework="pt") as file, quiet_peft():
        unexpected = set(file.keys()) ^ set(get_peft_model_state_dict(wrapped))
    if unexpected:
        raise ModelError(f"The adapter {adapter} does not fit the model: {len(unexpected)} tensors differ, such as "
                         f"{min(unexpected)}; choose the adapter's own base model, or remove the adapter.")  # fmt: skip
    return network  # LoRA layers are put into the network itself; the wrapper has done its work
