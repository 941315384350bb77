"""What a run says while it trains: to whoever watches, to TensorBoard, and to Weights & Biases where that is wanted."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Mapping
from pathlib import Path

from transformers import TrainerCallback, TrainerState, TrainingArguments
from transformers.integrations import TensorBoardCallback  # type: ignore[attr-defined]

from ...agent.extras import needs
from ..errors import TrainingError
from ..evaluation.evaluation import Progress
from .processes import MAIN

with needs("train", "Training"):
    from tensorboardX import SummaryWriter

LOGS = "tensorboard"
"""Folder of the run's curves, beside its checkpoints."""


class ProgressCallback(TrainerCallback):
    """Hands on how far training is, with the newest loss and NDCG and the tokens per second since the last step.

    `tokens` is to be raised by what is read.
    """

    def __init__(self, progress: Progress) -> None:
        self.tokens = 0
        self._progress = progress
        self._newest: dict[str, float] = {}
        self._last = time.monotonic(), 0

    def on_log(self, *_: object, logs: Mapping[str, float] | None = None, **__: object) -> None:
        """Remember what is logged."""
        self._newest.update(logs or {})

    def on_step_end(self, args: TrainingArguments, state: TrainerState, *_: object, **__: object) -> None:  # noqa: ARG002
        """Tell the step, with remarks behind commas (see `Progress`)."""
        (then, before), (now, tokens) = self._last, (time.monotonic(), self.tokens)
        self._last = now, tokens
        shown = (("loss", "loss {:.3f}"), ("eval_ndcg", "NDCG@10 {:.4f}"))
        remarks = [text.format(self._newest[name]) for name, text in shown if name in self._newest]
        speed = (tokens - before) / max(now - then, 1e-9)
        self._progress(", ".join(["training", *remarks, f"{speed:,.0f} tokens/s"]), state.global_step, state.max_steps)


def loggers(work: Path, wandb: str | None) -> tuple[list[TrainerCallback], list[str]]:
    """Callbacks that write the run's curves, and the reporters that transformers is to start itself.

    `wandb` is a project of Weights & Biases, or None. Raises TrainingError when that is wanted and not installed.
    """
    if wandb and importlib.util.find_spec("wandb") is None:
        raise TrainingError("sommelier.yaml names a project of Weights & Biases, which is not installed: "
                            "`pip install wandb`, or remove the line `wandb`.")  # fmt: skip
    if wandb:
        os.environ["WANDB_PROJECT"] = wandb
    reporters = ["wandb"] if wandb else []
    if not MAIN:
        return [], reporters
    return [TensorBoardCallback(SummaryWriter(str(work.parent / LOGS)))], reporters  # type: ignore[no-untyped-call]
