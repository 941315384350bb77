"""A run on disk while it is not finished, and the adapter that comes out of it."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from zipfile import BadZipFile

import torch
from peft import PeftModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ..agent.configured_model import PAPERS
from ..agent.model_loading import ADAPTER_WEIGHTS
from .errors import TrainingError
from .example_file import load_examples, save_examples
from .examples import Example
from .model_card import CARD, model_card
from .parentage import LEARNED, MARK
from .plots import CURVES, plot_curves
from .telling import LOGS
from .training import Trained, TrainingRecipe
from .training_data import DataCard

SMALLEST = 1024
"""Bytes that an adapter's file has at the very least."""
BEGUN, EXAMPLES = "begun.json", "examples.npz"


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
    told = {"terms": terms, MARK: begun.mark, "data": asdict(begun.data), "choices": begun.choices}
    (work / BEGUN).write_text(json.dumps(told, default=str), encoding="utf-8")
    return begun


def go_on(work: Path, terms: Mapping[str, object]) -> Begun:
    """The run that lies in `work`. Raises TrainingError when none does, or one that began on other terms."""
    try:
        stored = json.loads((work / BEGUN).read_text(encoding="utf-8"))
        begun = Begun(int(stored[MARK]), DataCard(**stored["data"]), load_examples(work / EXAMPLES), stored["choices"])
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile) as error:
        raise TrainingError(f"There is no run to resume in {work}: start one without --resume.") from error
    # Settings that came since the run began are as they were by default.
    began = {**stored["terms"], "training": {**asdict(TrainingRecipe()), **stored["terms"]["training"]}}
    if other := [name for name, value in terms.items() if began.get(name) != value]:
        raise TrainingError(f"The run in {work} began with another {' and another '.join(other)}: go on as it began, "
                            "or start a new one without --resume.")  # fmt: skip
    return begun


def finish(work: Path, trained: Trained, papers: Mapping[str, object], choices: Sequence[str], folder: Path) -> None:
    """Save the adapter whole, with its papers, its curves and the `choices` (ids of events) that it has learned, then
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
        written = json.dumps(papers, indent=1, default=str)
        (saved / PAPERS).write_text(written, encoding="utf-8")
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the bundled model has no folder in which PEFT could look
        adapted.save_pretrained(str(folder), state_dict=weights)
    path, precision = folder / ADAPTER_WEIGHTS, adapted.get_input_embeddings().weight.dtype
    state = {name: tensor.to(precision) for name, tensor in load_file(path).items()} if path.exists() else {}
    if not state or path.stat().st_size < SMALLEST:
        raise TrainingError(f"The adapter in {folder} was saved without its weights: please report this.")
    save_file(state, path, metadata={"format": "pt"})
