"""What puts an adapter into the weights best: our own sum in float32, PEFT's, or its layers left in place?

    python benchmarks/adapter_merging.py [repetitions]

The bundled model with the adapter in the box, on the CPU, each way in processes of its own, in turns. Seconds are from
the network in memory to the network with its adapter, PEFT's import included, and of a pass over 20 branches; memory is
the process's highest. Scores are compared with those of the sum in float32 on the model in float32.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from quantization_cpu import QUESTION, TITLES
from sommelier.agent.llm.bundled import default_cache
from sommelier.agent.llm.merging import merge, read_config
from sommelier.agent.llm.model_loading import ADAPTER_WEIGHTS, open_model
from sommelier.agent.llm.transformers_model import TransformersModel
from sommelier.agent.serving_model import shipped_adapter
from transformers import PreTrainedModel

if TYPE_CHECKING:  # how long PEFT takes to import is part of what is measured
    from peft import PeftModel

PASSES = 7
Network = PreTrainedModel


def summed(network: Network, adapter: Path) -> Network:
    """As it serves."""
    merge(network, adapter / ADAPTER_WEIGHTS, read_config(adapter))
    return network


def in_float32(network: Network, adapter: Path) -> Network:
    """The reference."""
    return summed(network.float(), adapter)  # type: ignore[no-untyped-call]


def merged_by_peft(network: Network, adapter: Path) -> Network:
    """`PeftModel.from_pretrained`, then `merge_and_unload`."""
    return _wrapped(network, adapter).merge_and_unload()  # type: ignore[no-any-return]


def layers(network: Network, adapter: Path) -> Network:
    """Two more matrix products at every layer that the adapter changes."""
    _wrapped(network, adapter)
    return network


def _wrapped(network: Network, adapter: Path) -> PeftModel:
    from peft import PeftModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return PeftModel.from_pretrained(network, adapter, autocast_adapter_dtype=False, low_cpu_mem_usage=True)


WAYS: dict[str, Callable[[Network, Path], Network]] = {
    "reference": in_float32, "our sum": summed, "PEFT's merge": merged_by_peft, "layers": layers,
}  # fmt: skip


def measure(way: str) -> None:
    """Print the figures of one way as JSON."""
    adapter = shipped_adapter("bundled")
    assert adapter is not None
    model = open_model("bundled", quantize="none", device="cpu", cache=default_cache())
    began = time.perf_counter()
    network = WAYS[way](model.network, adapter)
    seconds = time.perf_counter() - began
    adapted = TransformersModel(network, model.encoder.tokenizer, model.card)
    scores = adapted.score(QUESTION, TITLES)
    passes = []
    for _ in range(PASSES):
        began = time.perf_counter()
        adapted.score(QUESTION, TITLES)
        passes.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "pass": median(passes), "peak": peak / 1024, "scores": scores.tolist()}))


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for _ in range(repetitions):
        for way, figures in found.items():
            command = [sys.executable, __file__, "--measure", way]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            figures.append(json.loads(done.stdout.splitlines()[-1]))
    reference = np.array(found["reference"][0]["scores"])
    print(f"{'':14}{'adapter, s':>12}{'pass, s':>10}{'peak, MB':>10}{'largest difference':>20}{'mean':>10}")
    for way, figures in found.items():
        seconds, each, peak = (median(one[name] for one in figures) for name in ("seconds", "pass", "peak"))
        apart = np.abs(np.array(figures[0]["scores"]) - reference)
        print(f"{way:14}{seconds:>12.2f}{each:>10.2f}{peak:>10.0f}{apart.max():>20.4f}{apart.mean():>10.4f}")


if __name__ == "__main__":
    measure(sys.argv[-1]) if "--measure" in sys.argv else main()
