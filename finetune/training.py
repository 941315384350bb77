"""Train an adapter on examples: transformers' own loop around the isolated branches and their listwise loss.

The loss of a question is -log softmax(offsets + preferences)[target]: on hard examples the offsets are retrieval's
logits, so that the model learns what they leave out and not what they say already.
"""

from __future__ import annotations

import json
import math
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import nn
from torch.utils.data import Dataset
from transformers import (
    EarlyStoppingCallback,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from ..agent.errors import SommelierError
from .branch_training import PackedRows, length, preferences
from .evaluation import Progress
from .metrics import ndcg, rank_against_ties
from .rank_examples import RankExample

Method: TypeAlias = Literal["lora", "dora"]

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
BATCH_TOKENS = 4096
"""Tokens of a pass on average, padding included: bounds the memory of the activations."""


class TrainingError(SommelierError):
    """Training cannot start, or cannot go on. The message says what to do."""


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """How an adapter is trained; `batch` questions go into one step."""

    method: Method = "lora"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    """Of the adapter's inputs. On a CPU drawing the masks takes a third of a step, and one epoch hardly overfits."""
    learning_rate: float = 4e-4
    weight_decay: float = 0.01
    warm_up: float = 0.03
    """Share of the steps; afterwards the rate falls along a cosine."""
    batch: int = 16
    epochs: float = 1.0
    checks: int = 10
    """Times at which validation is looked at, and a checkpoint is written."""
    patience: int = 4
    """Checks without a better validation NDCG after which training stops."""
    seed: int = 0

    def adapter(self) -> LoraConfig:
        """What PEFT makes of it. The output layer is left alone: scores are read from it directly."""
        return LoraConfig(
            r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout, use_dora=self.method == "dora",
            target_modules=TARGETS, task_type="CAUSAL_LM", bias="none",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trained:
    """The network with its adapter, and what was logged on the way: `loss`, `eval_loss` and `eval_ndcg` by `step`."""

    network: PeftModel
    curve: Sequence[Mapping[str, float]]


def require_enough(examples: Sequence[RankExample], validation: Sequence[RankExample]) -> None:
    """Raises TrainingError when there is nothing to learn from or nothing to check on."""
    if not examples or not validation:
        raise TrainingError(
            f"There are {len(examples)} examples to learn from and {len(validation)} to check on: tuning takes people "
            "with at least four choices; log more events first."
        )


def train_adapter(
    network: PreTrainedModel, direction: torch.Tensor, examples: Sequence[RankExample],
    validation: Sequence[RankExample], recipe: TrainingRecipe, work: Path, progress: Progress,
) -> Trained:  # fmt: skip
    """Train, and take the adapter that ranked `validation` best.

    Goes on from the last checkpoint under `work` where there is one, to the same end as if it had never stopped.
    `direction` as for `preferences`. Raises TrainingError as `require_enough` does, and when the loss is no longer a
    number.
    """
    require_enough(examples, validation)
    adapted = _adapted(network, recipe)
    trainer = _RankTrainer(
        model=adapted, args=_arguments(network, examples, recipe, work),
        train_dataset=_Examples(examples), eval_dataset=_Examples(validation), data_collator=_collated,
        callbacks=[EarlyStoppingCallback(recipe.patience), _Telling(progress)],
    )  # fmt: skip
    trainer.direction, trainer.validation, trainer.adapted = direction, validation, adapted
    trainer.remove_callback(PrinterCallback)  # standard output belongs to the command
    work.mkdir(parents=True, exist_ok=True)
    trainer.train(resume_from_checkpoint=_last_checkpoint(work))
    return Trained(adapted, trainer.state.log_history)


def _adapted(network: PreTrainedModel, recipe: TrainingRecipe) -> PeftModel:
    torch.manual_seed(recipe.seed)  # the adapter's first weights
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT asks transformers by a name that will go
        return get_peft_model(network, recipe.adapter())


def _last_checkpoint(work: Path) -> str | None:
    """The newest one that is whole; what a kill left half written is removed."""
    for folder in work.glob("checkpoint-*"):
        try:
            json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))  # written last
        except (OSError, ValueError):
            shutil.rmtree(folder)
    found: str | None = get_last_checkpoint(str(work))  # type: ignore[no-untyped-call]
    return found


def validate(network: nn.Module, direction: torch.Tensor, examples: Sequence[RankExample]) -> dict[str, float]:
    """`loss` and `ndcg` (at 10) of offsets + preferences over the examples, the network as it is."""
    losses, ranks = [], []
    with torch.inference_mode():
        for each in examples:
            (says,) = preferences(network, PackedRows.of([each.question]), direction)
            losses.append(float(_loss(each, says)))
            logits = np.array(each.offsets) + says.cpu().numpy()
            ranks.append(rank_against_ties(logits.tolist(), each.target))
    return {"loss": float(np.mean(losses)), "ndcg": float(ndcg(np.array(ranks)).mean())}


class _RankTrainer(Trainer):
    direction: torch.Tensor
    validation: Sequence[RankExample]
    adapted: PeftModel

    def compute_loss(self, model: nn.Module, inputs: Mapping[str, Any], *_: object, **__: object) -> torch.Tensor:
        examples: Sequence[RankExample] = inputs["examples"]
        said = preferences(model, inputs["packed"], self.direction)
        loss = torch.stack([_loss(each, says) for each, says in zip(examples, said, strict=True)]).mean()
        self._require_finite(float(loss.detach()))
        return loss

    def evaluate(self, *_: object, metric_key_prefix: str = "eval", **__: object) -> dict[str, float]:
        self.adapted.eval()
        found = validate(self.adapted, self.direction, self.validation)
        self._require_finite(found["loss"])  # before a checkpoint is made of such weights
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in found.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _require_finite(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise TrainingError(
                f"The loss became {loss} at step {self.state.global_step}: train anew with a lower learning rate than "
                f"{self.args.learning_rate:g}, or go on from the last checkpoint, which is kept."
            )


class _Telling(TrainerCallback):
    """Hands on how far training is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_step_end(self, args: TrainingArguments, state: TrainerState, *_: object, **__: object) -> None:  # noqa: ARG002
        self._progress("training", state.global_step, state.max_steps)


class _Examples(Dataset[RankExample]):
    def __init__(self, examples: Sequence[RankExample]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, place: int) -> RankExample:
        return self.examples[place]


def _collated(examples: Sequence[RankExample]) -> dict[str, Any]:
    return {"packed": PackedRows.of([each.question for each in examples]), "examples": examples}


def _loss(example: RankExample, says: torch.Tensor) -> torch.Tensor:
    logits = says + torch.tensor(example.offsets, dtype=says.dtype, device=says.device)
    return -torch.log_softmax(logits, dim=0)[example.target]


def _arguments(
    network: PreTrainedModel, examples: Sequence[RankExample], recipe: TrainingRecipe, work: Path
) -> TrainingArguments:
    together = max(1, min(recipe.batch, BATCH_TOKENS // int(np.mean([length(each.question) for each in examples]))))
    steps = max(1, round(recipe.epochs * len(examples) / recipe.batch))
    every = max(1, steps // recipe.checks)
    return TrainingArguments(
        output_dir=str(work), use_cpu=network.device.type == "cpu", seed=recipe.seed, max_steps=steps,
        per_device_train_batch_size=together, gradient_accumulation_steps=max(1, recipe.batch // together),
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, lr_scheduler_type="cosine",
        warmup_steps=recipe.warm_up, logging_steps=max(1, every // 10), logging_nan_inf_filter=False,
        eval_strategy="steps", eval_steps=every, save_strategy="steps", save_steps=every, save_total_limit=2,
        load_best_model_at_end=True, metric_for_best_model="eval_ndcg", greater_is_better=True,
        restore_callback_states_from_checkpoint=True, remove_unused_columns=False, label_names=[], report_to=[],
        disable_tqdm=True,
    )  # fmt: skip
