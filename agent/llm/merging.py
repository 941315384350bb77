"""A plain LoRA adapter put into the weights themselves: W + alpha / r * B A, computed in float32.

So a pass costs what it costs without an adapter, and PEFT, which takes seconds to import, is not needed to serve. The
sum is rounded to the weights' precision.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import nn

_ROOT, _DOWN, _UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
_ANOTHER_KIND = ("use_dora", "use_rslora", "fan_in_fan_out", "modules_to_save", "rank_pattern", "alpha_pattern",
                 "lora_bias", "trainable_token_indices", "layer_replication")  # fmt: skip
"""Settings of PEFT's `LoraConfig` that make it more than W + alpha / r * B A."""


def can_merge(config: Mapping[str, Any]) -> bool:
    """Whether `adapter_config.json` describes a plain LoRA of listed modules."""
    plain = config.get("bias", "none") == "none" and isinstance(config.get("target_modules"), list)
    return plain and not any(config.get(name) for name in _ANOTHER_KIND)


def merge(network: nn.Module, weights: Path, config: Mapping[str, Any]) -> None:
    """Add the adapter to the network's weights.

    Raises ValueError, AttributeError or RuntimeError where it does not fit, before anything is changed.
    """
    with safe_open(weights, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
    paths = {name.removeprefix(_ROOT).removesuffix(_DOWN).removesuffix(_UP) for name in tensors}
    if unexpected := set(tensors) ^ {f"{_ROOT}{path}{end}" for path in paths | _targets(network, config)
                                    for end in (_DOWN, _UP)}:  # fmt: skip
        raise ValueError(f"{len(unexpected)} tensors differ, such as {min(unexpected)}")
    scale, factors = config["lora_alpha"] / config["r"], {}
    for path in sorted(paths):
        weight = network.get_submodule(path).get_parameter("weight")
        down, up = tensors[f"{_ROOT}{path}{_DOWN}"], tensors[f"{_ROOT}{path}{_UP}"]
        if (up.shape[0], down.shape[1]) != weight.shape or up.shape[1] != down.shape[0]:
            raise RuntimeError(f"{path} has shape {tuple(weight.shape)}, not {tuple(up.shape)} by {tuple(down.shape)}")
        factors[weight] = up, down
    with torch.no_grad():
        for weight, (up, down) in factors.items():  # one after the other: all the changes together outweigh the model
            weight.copy_(weight.float() + (scale * (up.float() @ down.float())).to(weight.device))


def _targets(network: nn.Module, config: Mapping[str, Any]) -> set[str]:
    """Paths of the modules that the adapter says it changes."""
    layers = config.get("layers_to_transform")
    inside = re.compile(rf"\.({'|'.join(map(str, layers))})\." if layers else "")
    leaves = set(config["target_modules"])
    return {path for path, _ in network.named_modules() if path.rpartition(".")[2] in leaves and inside.search(path)}


def read_config(adapter: Path) -> dict[str, Any]:
    """What PEFT wrote about the adapter."""
    config: dict[str, Any] = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    return config
