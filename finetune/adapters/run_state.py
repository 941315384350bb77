"""A run on disk while it is not finished, and the adapter that comes out of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch
from peft import PeftModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ...agent.llm.model_loading import ADAPTER_WEIGHTS
from ...agent.serving_model import METADATA_FILE
from ...retrieval.quiet_libraries import quiet_peft
from ..errors import TrainingError
from ..examples.example_file import load_examples, save_examples
from ..examples.examples import Example
from ..examples.training_data import DataCard
from ..training.callbacks import LOGS
from ..training.plots import CURVES, plot_curves
from ..training.training import Trained, TrainingRecipe
from .model_card import CARD, model_card
from .parentage import LEARNED, MARK

SMALLEST = 1024
"""Bytes that an adapter's file has at the very least."""
BEGUN, EXAMPLES = "begun.json", "examples.npz"
CHECKPOINTS, TRIALS = "checkpoints", "trials"
OPTIONS = {"method": "--method", "epochs": "--epochs", "learning_rate": "--learning-rate", "weights": "--tasks",
           "trials": "--search", "users": "--users"}  # fmt: skip
"""Terms of a run that an option of the command sets."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A run's examples, what they are, and the number of the newest event that they could know."""

    mark: int
    data: DataCard
    examples: Sequence[Example]
    choices: Sequence[str]
    """Ids of the events that are learned from or checked on: nobody may be judged by them."""

    @property
    def checked(self) -> Sequence[Example]:
        """Those that only check."""
        return self.examples[: self.data.checked]

    @property
    def learned(self) -> Sequence[Example]:
        """Those to learn from."""
        return self.examples[self.data.checked :]


def begin(work: Path, terms: Mapping[str, object], begun: Begun) -> Begun:
    """Keep the run's examples in `work`, in the place of what lay there; returns what it was given."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    save_examples(work / EXAMPLES, begun.examples)
    contents = {"terms": terms, MARK: begun.mark, "data": asdict(begun.data), "choices": begun.choices}
    (work / BEGUN).write_text(json.dumps(contents, default=str), encoding="utf-8")
    return begun


def go_on(work: Path, terms: Mapping[str, object]) -> Begun:
    """The run that lies in `work`. Raises TrainingError when none does, or one that began on other terms."""
    try:
        stored = json.loads((work / BEGUN).read_text(encoding="utf-8"))
        begun = Begun(int(stored[MARK]), DataCard(**stored["data"]), load_examples(work / EXAMPLES), stored["choices"])
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile) as error:
        raise _nothing_in(work) from error
    if other := list(_differences(_whole(stored["terms"]), terms)):
        raise TrainingError(f"The run in {work} began otherwise ({'; '.join(other)}): leave out the options that "
                            "differ and put the rest back as it was, or start a new run without --resume.")  # fmt: skip
    return begun


def terms_of(work: Path) -> dict[str, Any]:
    """The terms that the run in `work` began on; settings that came since are as they were by default. Raises
    TrainingError when none lies there."""
    try:
        return _whole(json.loads((work / BEGUN).read_text(encoding="utf-8"))["terms"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _nothing_in(work) from error


def kept_in(work: Path) -> str | None:
    """What a run that is cut off now leaves in `work`, in words; None before its examples are made."""
    if not (work / BEGUN).exists():
        return None
    steps = [int(path.parent.name.partition("-")[2]) for path in (work / CHECKPOINTS).glob("*-*/trainer_state.json")]
    tried = ", the settings that were tried" if (work / TRIALS).exists() else ""
    trained = f", and training up to step {max(steps):,}" if steps else ""
    return f"the examples are kept{tried}{trained}"


def _nothing_in(work: Path) -> TrainingError:
    return TrainingError(f"There is no run to resume in {work}: start one without --resume.")


def _whole(terms: Mapping[str, Any]) -> dict[str, Any]:
    return {"users": None, **terms, "training": {**asdict(TrainingRecipe()), **terms["training"]}}


def _differences(began: Mapping[str, Any], now: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """Each term that is another, by the option that sets it where one does, with both values."""
    for name, value in now.items():
        was, called = began.get(name), OPTIONS.get(name, f"{within}{name}")
        if was == value:
            continue
        if isinstance(was, Mapping) and isinstance(value, Mapping) and name != "weights":
            yield from _differences(was, value, "" if name == "training" else f"{name} ")
        else:
            yield f"{called}: {_shown(was)}, now {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {weight:g}" for name, weight in value.items())
    return "none" if value is None else f"{value}"


def finish(work: Path, trained: Trained, metadata: Mapping[str, object], choices: Sequence[str], folder: Path) -> None:
    """Save the adapter whole, with its metadata, its curves and the `choices` (ids of events) that it has learned, then
    move it to `folder`.

    Raises TrainingError when it cannot be written, or has no weights.
    """
    saved = work / "adapter"
    shutil.rmtree(saved, ignore_errors=True)
    try:
        save_adapter(trained.network, saved, trained.weights)
        plot_curves(trained.curve, saved / CURVES)
        shutil.copytree(work / LOGS, saved / LOGS)
        (saved / LEARNED).write_text(json.dumps(sorted(choices)), encoding="utf-8")
        written = json.dumps(metadata, indent=1, default=str)
        (saved / METADATA_FILE).write_text(written, encoding="utf-8")
        (saved / CARD).write_text(model_card(folder.name, json.loads(written)), encoding="utf-8")
        saved.rename(folder)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"The adapter cannot be written to {folder} ({error}): make room there, then go on with "
                            "--resume.") from error  # fmt: skip
    shutil.rmtree(work)


def save_adapter(adapted: PeftModel, folder: Path, weights: Mapping[str, torch.Tensor] | None = None) -> None:
    """Write it in the base's own precision, in which it serves; `weights` are its own where it holds a part of them.

    Raises TrainingError when the file has no weights in it: PEFT is known to write empty ones in silence.
    """
    with quiet_peft():
        adapted.save_pretrained(str(folder), state_dict=weights)
    path, precision = folder / ADAPTER_WEIGHTS, adapted.get_input_embeddings().weight.dtype
    state = {name: tensor.to(precision) for name, tensor in load_file(path).items()} if path.exists() else {}
    if not state or path.stat().st_size < SMALLEST:
        raise TrainingError(f"The adapter in {folder} was saved without its weights: please report this.")
    save_file(state, path, metadata={"format": "pt"})
