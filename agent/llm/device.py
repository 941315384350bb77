"""Where a model runs and how much memory is left there. Knows nothing about which model."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import torch

from ..errors import ModelError

_CGROUP = Path("/sys/fs/cgroup")


def choose_device(wanted: str) -> torch.device:
    """The device called `wanted` ("cpu", "cuda", "cuda:1", "mps"); "auto" is the first CUDA GPU (of several processes
    that a launcher started, each its own), else the CPU.

    Raises ModelError when it is not there.
    """
    if wanted == "auto":
        own = os.environ.get("LOCAL_RANK")
        return torch.device(f"cuda:{own}" if own else "cuda") if torch.cuda.is_available() else torch.device("cpu")
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ModelError(f"There is no device {wanted!r} on this machine: set device to auto or cpu.") from error
    return device


def choose_dtype(device: torch.device, stored: torch.dtype) -> torch.dtype:
    """The number format to compute in, given the one that the weights are stored in.

    Half-size formats stay or become bfloat16; float32 is kept on a CPU, where it loses nothing. A GPU without
    bfloat16 (before Ampere) gets float16.
    """
    if device.type == "cpu":
        return torch.float32 if stored == torch.float32 else torch.bfloat16
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    return torch.bfloat16


def free_memory(device: torch.device) -> int | None:
    """Bytes that a model could still take on the device, container limits included; None where nobody says."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu":
        return None
    machine, container = int(psutil.virtual_memory().available), _free_in_container()
    return machine if container is None else min(machine, container)


def _free_in_container() -> int | None:
    try:
        limit = int((_CGROUP / "memory.max").read_text())  # "max" where there is no limit
        usage = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        used = int((_CGROUP / "memory.current").read_text())
        return limit - used + int(usage.get("inactive_file", 0))
    except (OSError, ValueError):
        return None
