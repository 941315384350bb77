"""Which number format suits this job on a CPU? bf16, NF4 and int8 side by side, on the bundled model.

    python benchmarks/quantization_cpu.py [repetitions]

Three tasks, as a turn has them: score 20 branches of about 14 tokens on a prefix of about 160, decode 40 tokens,
and decode 20 tokens for each of 4 prompts in a batch.
The formats take turns within each repetition, so that a busy machine slows all alike; figures are medians.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

import torch
from sommelier.agent.llm.bundled import default_cache
from sommelier.agent.llm.language_model import Message, Question
from sommelier.agent.llm.model_loading import Quantization, open_model
from sommelier.agent.llm.transformers_model import TransformersModel

FORMATS: dict[str, Quantization] = {"bf16": "none", "nf4": "nf4", "int8": "int8"}
PROFILE = (
    "The viewer lately enjoyed slow science fiction from the seventies, in particular Solaris and Silent Running. "
    "They liked films about loneliness and the sea, gave The Thing five stars and often return to John Carpenter. "
    "They skipped two romantic comedies and disliked a superhero film. At weekends they watch with a daughter of "
    "nine who likes animation. They speak Portuguese and English and prefer films under two hours. "
    "Last month they watched Blade Runner twice, "
    "and on a rainy Sunday both halves of a long documentary about trains in winter."
)
TITLES = (
    "Alien", "Stalker", "Up", "Jaws", "Heat", "Fargo", "Psycho", "Her", "Persona", "Amélie",
    "Parasite", "Casablanca", "Gravity", "Moon", "Toy Story", "The Matrix", "Rear Window", "Ran", "Akira", "Tenet",
)  # fmt: skip
SYSTEM = Message("system", "You know films well and judge honestly whether one of them suits a viewer.")
QUESTION = Question((SYSTEM, Message("user", f"{PROFILE}\nFilm: {{film}}\nWould they like it?")), "{film}")
ASKING = (SYSTEM, Message("user", f"{PROFILE}\nDescribe in detail what they like, in several long sentences."))


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    models, loads = {}, {}
    for name, quantize in FORMATS.items():
        open_model("bundled", quantize=quantize, device="cpu", cache=default_cache())  # warm: conversion, imports
        start = time.perf_counter()
        models[name] = open_model("bundled", quantize=quantize, device="cpu", cache=default_cache())
        loads[name] = time.perf_counter() - start
    tasks: dict[str, Callable[[TransformersModel], object]] = {
        "score 20": score,
        "decode 40": decode,
        "batch 4x20": batch,
    }
    encoded = models["bf16"].encoder.question(QUESTION, TITLES)
    print(
        f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}, medians of {repetitions}; "
        f"prefix {len(encoded.head) + len(encoded.lead)} tokens, branches {sum(map(len, encoded.branches)) / 20:.0f}"
    )
    print(f"{'':12}" + "".join(f"{name:>18}" for name in FORMATS))
    print_row("load", loads)
    for task, run in tasks.items():
        print_row(task, timed(run, models, repetitions))
    print(f"{'MB':12}" + "".join(f"{m.network.get_memory_footprint() / 1e6:>11.0f}       " for m in models.values()))


def score(model: TransformersModel) -> object:
    return model.score(QUESTION, TITLES)


def decode(model: TransformersModel) -> object:
    return model.write([ASKING], max_new_tokens=40)


def batch(model: TransformersModel) -> object:
    return model.write([ASKING] * 4, max_new_tokens=20)


def timed(run: Callable[[TransformersModel], object], models: dict[str, TransformersModel], repetitions: int
          ) -> dict[str, float]:  # fmt: skip
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(repetitions + 1):
        for name, model in models.items():
            start = time.perf_counter()
            run(model)
            seconds[name].append(time.perf_counter() - start)
    return {name: median(each[1:]) for name, each in seconds.items()}  # the first run warms up


def print_row(label: str, seconds: dict[str, float]) -> None:
    base = seconds["bf16"]
    print(f"{label:12}" + "".join(f"{each:>9.2f} s ({each / base:.2f}x)" for each in seconds.values()))


if __name__ == "__main__":
    main()
