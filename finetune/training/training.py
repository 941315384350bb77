"""Train an adapter on examples of all tasks: transformers' own loop around the isolated branches and their losses."""

from __future__ import annotations

import json
import math
import re
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors import SafetensorError
from torch import nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.fsdp import FSDPModule
from torch.utils.data import Dataset
from transformers import (
    EarlyStoppingCallback,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)
from transformers.trainer import FSDP_MODEL_NAME

from ...agent.config import TASKS, Method, Task
from ...retrieval.quiet_libraries import quiet_peft
from ..errors import DivergedError, TrainingError
from ..evaluation.evaluation import Progress
from ..evaluation.metrics import ndcg, rank_against_ties
from ..examples.examples import Example, RankExample
from .callbacks import ProgressCallback, loggers
from .losses import Readout, losses, read, tokens
from .processes import MAIN, PROCESSES, SHARDED

LARGE = 1_000_000_000
"""Parameters from which activations are computed anew on the way back: a third more time, a fraction of the memory."""
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
BATCH_TOKENS = 4096
"""Tokens of a pass on average, padding included: bounds the memory of the activations."""


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """How an adapter is trained; `batch` questions go into one step."""

    method: Method = "lora"
    rank: int = 16
    alpha: int = 32
    frozen: int = 0
    """Layers at the bottom that get no adapter: no gradient has to reach them, which saves up to a third of a step."""
    dropout: float = 0.0
    """Of the adapter's inputs. On a CPU drawing the masks takes a third of a step, and one epoch hardly overfits."""
    learning_rate: float = 4e-4
    weight_decay: float = 0.01
    warm_up: float = 0.03
    """Share of the steps; afterwards the rate falls along a cosine."""
    batch: int = 16
    epochs: float = 1.0
    weights: Mapping[Task, float] = field(default_factory=lambda: dict.fromkeys(TASKS, 1.0))
    """What an example of a task counts."""
    contrast: float = 0.0
    """What the contrastive term counts beside the loss of a ranking; 0 leaves it out, and its lines unread."""
    checks: int = 10
    """Times at which validation is looked at, and a checkpoint is written."""
    patience: int = 4
    """Checks without a better validation NDCG after which training stops."""
    seed: int = 0

    def adapter(self, layers: int) -> LoraConfig:
        """What PEFT makes of it for a network of so many layers. The output layer is left alone: scores are read from
        it directly. Raises TrainingError when no layer is left to learn."""
        if not 0 <= self.frozen < layers:
            raise TrainingError(f"{self.frozen} of {layers} layers are to be frozen: leave at least one to learn.")
        return LoraConfig(
            r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout, use_dora=self.method == "dora",
            target_modules=TARGETS, task_type="CAUSAL_LM", bias="none",
            layers_to_transform=list(range(self.frozen, layers)) if self.frozen else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trained:
    """The network with its adapter, and what was logged on the way: `loss`, `eval_loss` and `eval_ndcg` by `step`.

    `weights` are the adapter's where several processes share them out, of which the main one is told them; else None.
    """

    network: PeftModel
    curve: Sequence[Mapping[str, float]]
    weights: Mapping[str, torch.Tensor] | None = None

    @property
    def before(self) -> dict[str, float]:
        """What `validate` found before the first step, where processes share out the weights; else nothing."""
        first = next((entry for entry in self.curve if entry["step"] == 0), {})
        return {name.removeprefix("eval_"): value for name, value in first.items() if name.startswith("eval_")}


def require_enough(examples: Sequence[Example], validation: Sequence[Example]) -> None:
    """Raises TrainingError when there is nothing to learn from or nothing to check on."""
    if not examples or not validation:
        raise TrainingError(
            f"There are {len(examples)} examples to learn from and {len(validation)} to check on: training takes both."
        )


def train_adapter(
    adapted: PeftModel, readout: Readout, examples: Sequence[Example], validation: Sequence[Example],
    recipe: TrainingRecipe, work: Path, progress: Progress, wandb: str | None = None,
) -> Trained:  # fmt: skip
    """Train, and take the adapter that ranked `validation` best (without rankings: that has the lowest loss).

    `adapted` comes from `with_adapter`. Goes on from the last checkpoint under `work` where there is one, to the same
    end as if it had never stopped. Where memory runs out, half as many examples are read at once, and as many make a
    step. Raises TrainingError as `require_enough` does, when the loss is no longer a number, when one example does not
    fit into memory, and when a checkpoint cannot be written.
    """
    require_enough(examples, validation)
    work.mkdir(parents=True, exist_ok=True)
    together, first = examples_together(examples, recipe), _copied(adapted)
    while True:
        trainer = _trainer(adapted, readout, examples, validation, recipe, work, progress, wandb, together)
        try:
            with quiet_peft():
                trainer.train(resume_from_checkpoint=_made_alike(_last_checkpoint(work), trainer.is_fsdp_enabled))
        except (RuntimeError, MemoryError, OSError, SafetensorError) as error:
            _require_written(work, error)
            together = _fewer(together, error)
            if _last_checkpoint(work) is None:
                set_peft_model_state_dict(adapted, first)
            progress(f"training, memory ran out: {together} examples at once from here", 0, trainer.args.max_steps)
        else:
            return Trained(adapted, trainer.state.log_history, _gathered(adapted))


def with_adapter(network: PreTrainedModel, recipe: TrainingRecipe, start: Path | None = None) -> PeftModel:
    """The network with a new adapter by the recipe, which changes nothing until it is trained; or with the one in the
    folder `start`, to train it further as it is."""
    torch.manual_seed(recipe.seed)  # the adapter's first weights
    for module in network.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            # bitsandbytes would pack the weights in a way that no gradient passes.
            module.support_avx512bf16_for_cpu = False  # type: ignore[assignment]
    if network.num_parameters() >= LARGE:
        network.gradient_checkpointing_enable({"use_reentrant": False})  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT asks transformers by a name that will go
        if start:
            return PeftModel.from_pretrained(network, start, is_trainable=True)
        return get_peft_model(network, recipe.adapter(network.config.get_text_config().num_hidden_layers))


def examples_together(examples: Sequence[Example], recipe: TrainingRecipe) -> int:
    """How many a process reads in one pass: of its share of a step, as many as have `BATCH_TOKENS` tokens together."""
    mean = int(np.mean([tokens(example, recipe.contrast) for example in examples]))
    share = max(1, recipe.batch // PROCESSES)
    fitting = max(1, min(share, BATCH_TOKENS // mean))
    return max(size for size in range(1, fitting + 1) if share % size == 0)


def _trainer(
    adapted: PeftModel, readout: Readout, examples: Sequence[Example], validation: Sequence[Example],
    recipe: TrainingRecipe, work: Path, progress: Progress, wandb: str | None, together: int,
) -> _Trainer:  # fmt: skip
    callbacks, reporters = loggers(work, wandb)
    progress_callback = ProgressCallback(progress)
    trainer = _Trainer(
        model=adapted, args=_arguments(adapted, examples, validation, recipe, work, together, reporters),
        train_dataset=_Examples(examples), eval_dataset=_Examples(validation), data_collator=_collated,
        callbacks=[EarlyStoppingCallback(recipe.patience), progress_callback, *callbacks],
    )  # fmt: skip
    trainer.readout, trainer.validation, trainer.recipe = readout.on(trainer.args.device), validation, recipe
    trainer.adapted, trainer.progress_callback = adapted, progress_callback
    trainer.remove_callback(PrinterCallback)  # standard output belongs to the command
    return trainer


def _copied(adapted: PeftModel) -> dict[str, torch.Tensor]:
    with quiet_peft():
        return {name: tensor.detach().clone() for name, tensor in get_peft_model_state_dict(adapted).items()}


def _gathered(adapted: PeftModel) -> Mapping[str, torch.Tensor] | None:
    """See `Trained.weights`. All processes must ask."""
    if not isinstance(adapted, FSDPModule):
        return None
    options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
    return cast(Mapping[str, torch.Tensor], get_model_state_dict(adapted, options=options))


def _require_written(work: Path, error: Exception) -> None:
    """Raises TrainingError when the error is that of a file that cannot be written; torch has its own words for it."""
    if isinstance(error, OSError | SafetensorError) or re.search("inline_container|PytorchStreamWriter", str(error)):
        raise TrainingError(f"A checkpoint cannot be written to {work} ({error}): make room there, then go on with "
                            "--resume.") from error  # fmt: skip


def _fewer(together: int, error: Exception) -> int:
    """Half as many at once. Raises what was raised, where that is not for want of memory."""
    if not isinstance(error, MemoryError | torch.OutOfMemoryError) and "not enough memory" not in str(error):
        raise error  # a CPU's allocator says it in words
    if together == 1 or PROCESSES > 1:  # the other processes would wait for this one
        raise TrainingError(f"Memory ran out with {together} examples at once: choose a smaller model, or quantize: "
                            "nf4.") from error  # fmt: skip
    return together // 2


def _last_checkpoint(work: Path) -> str | None:
    """The newest one that is whole; what a kill left half written is removed."""
    whole = []
    for folder in work.glob("checkpoint-*"):
        try:
            json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))  # written last
            whole.append(folder)
        except (OSError, ValueError):
            if MAIN:
                shutil.rmtree(folder)
    return str(max(whole, key=lambda folder: int(folder.name.partition("-")[2]))) if whole else None


def _made_alike(checkpoint: str | None, sharded: bool) -> str | None:
    """The checkpoint. Raises TrainingError when it is of processes that shared out the weights and these do not, or
    the other way."""
    if checkpoint and sharded is not (Path(checkpoint) / f"{FSDP_MODEL_NAME}_0").exists():
        raise TrainingError(f"The checkpoint {checkpoint} was made {'without' if sharded else 'with'} FSDP: go on as "
                            "the run began, or remove the folder of its checkpoints to train anew.")  # fmt: skip
    return checkpoint


def validate(network: nn.Module, readout: Readout, examples: Sequence[Example]) -> dict[str, float]:
    """The mean `loss` of the examples, the network as it is, that of each task where there are several, and the `ndcg`
    (at 10) of offsets + preferences where anything is ranked."""
    found: dict[str, list[float]] = {}
    ranks = []
    network.eval()
    with torch.no_grad():  # weights that FSDP puts together in inference mode could not be trained with afterwards
        for example in examples:
            ((loss, says),) = read(network, readout, [example])
            found.setdefault(example.task, []).append(float(loss))
            if isinstance(example, RankExample):
                ranks.append(rank_against_ties(says.tolist(), example.target))
    by_task = {f"{task}_loss": float(np.mean(values)) for task, values in found.items()} if len(found) > 1 else {}
    ranked = {"ndcg": float(ndcg(np.array(ranks)).mean())} if ranks else {}
    return {"loss": float(np.mean([loss for values in found.values() for loss in values]))} | by_task | ranked


class _Trainer(Trainer):
    readout: Readout
    validation: Sequence[Example]
    adapted: PeftModel
    recipe: TrainingRecipe
    progress_callback: ProgressCallback

    def compute_loss(self, model: nn.Module, inputs: Mapping[str, Any], *_: object, **__: object) -> torch.Tensor:
        examples: Sequence[Example] = inputs["examples"]
        contrast, weights = self.recipe.contrast, self.recipe.weights
        found = losses(model, self.readout, examples, contrast)
        loss = torch.stack([weights[example.task] * one for example, one in zip(examples, found, strict=True)]).mean()
        self._require_finite(float(loss.detach()))
        self.progress_callback.tokens += sum(tokens(example, contrast) for example in examples)
        return loss

    def evaluate(self, *_: object, metric_key_prefix: str = "eval", **__: object) -> dict[str, float]:
        found = validate(self.adapted, self.readout, self.validation)
        self._require_finite(found["loss"])  # before a checkpoint is made of such weights
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in found.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        super().save_model(output_dir, _internal_call)
        if output_dir:  # a sharded checkpoint has no folder yet, and each process must see that of the best one
            Path(output_dir).mkdir(parents=True, exist_ok=True)

    def _require_finite(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise DivergedError(
                f"The loss became {loss} at step {self.state.global_step}: train anew with a lower learning rate than "
                f"{self.args.learning_rate:g}, or go on from the last checkpoint, which is kept."
            )


class _Examples(Dataset[Example]):
    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, place: int) -> Example:
        return self.examples[place]


def _on_cpu(network: PeftModel) -> bool:
    """Whether it is trained there; weights that GPUs are to share out may wait there until they are."""
    return network.device.type == "cpu" and not (SHARDED and torch.cuda.is_available())


def _collated(examples: Sequence[Example]) -> dict[str, Any]:
    return {"examples": examples}


def _arguments(
    network: PeftModel, examples: Sequence[Example], validation: Sequence[Example], recipe: TrainingRecipe, work: Path,
    together: int, reporters: list[str],
) -> TrainingArguments:  # fmt: skip
    ranks = any(example.task == "rank" for example in validation)  # else nothing that is checked has an NDCG
    steps = max(1, round(recipe.epochs * len(examples) / recipe.batch))
    every = max(1, steps // recipe.checks)
    cpu, passes = _on_cpu(network), max(1, recipe.batch // (together * PROCESSES))
    return TrainingArguments(
        output_dir=str(work), use_cpu=cpu, ddp_backend="gloo" if cpu and PROCESSES > 1 else None,
        seed=recipe.seed, max_steps=steps,
        per_device_train_batch_size=together, gradient_accumulation_steps=passes,
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, lr_scheduler_type="cosine",
        warmup_steps=int(recipe.warm_up * steps), logging_steps=max(1, every // 10), logging_nan_inf_filter=False,
        eval_strategy="steps", eval_steps=every, eval_on_start=SHARDED and _last_checkpoint(work) is None,
        save_strategy="steps", save_steps=every, save_total_limit=2,
        load_best_model_at_end=True, metric_for_best_model="eval_ndcg" if ranks else "eval_loss",
        greater_is_better=ranks,
        restore_callback_states_from_checkpoint=True, remove_unused_columns=False, label_names=[], report_to=reporters,
        disable_tqdm=True,
    )  # fmt: skip
