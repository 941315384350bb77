"""Tune a workspace's language model on its own log: examples by time, training, and an adapter with its papers."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

from peft import PeftModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ..agent.config import Task
from ..agent.configured_model import ADAPTERS, PAPERS, model_with, papers_of, serving_adapter, shipped_adapter
from ..agent.language_model import ModelCard
from ..agent.memory import Memory
from ..agent.model_loading import ADAPTER_WEIGHTS, adapter_version
from ..agent.transformers_model import TransformersModel
from ..agent.workspace import Workspace
from ..prompts.store import PromptStore
from .cost import Cost, cost_of
from .evaluation import Progress
from .example_file import load_examples, save_examples
from .examples import Example
from .losses import Readout
from .plots import CURVES, plot_curves
from .rank_examples import ExampleRecipe
from .registry import Registry
from .served import Served
from .telling import LOGS, TrainingError
from .training import Trained, TrainingRecipe, require_enough, train_adapter, validate, with_adapter
from .training_data import DataCard, make_examples

TRAINED_PROMPTS = ("rank", "explain", "reply", "summarise")
MARK = "arrived"
"""In an adapter's papers: the number of the newest event that its training could know."""
SMALLEST = 1024
"""Bytes that an adapter's file has at the very least."""
_UNFINISHED, BEGUN, EXAMPLES, CHECKPOINTS = "unfinished", "begun.json", "examples.npz", "checkpoints"


@dataclass(frozen=True, slots=True)
class Tuned:
    """An adapter in its folder, and `loss` and `ndcg` on the examples of people that it did not learn from."""

    folder: Path
    data: DataCard
    before: Mapping[str, float]
    after: Mapping[str, float]


def tune(
    workspace: Workspace, withheld: Mapping[str, str], progress: Progress, *, users: int | None = None,
    resume: bool = False, tasks: Collection[Task] | None = None, examples: ExampleRecipe | None = None,
    training: TrainingRecipe | None = None, since_last: bool = False, agree: Callable[[Cost], bool] = lambda _: True,
) -> Tuned:  # fmt: skip
    """Train an adapter for the workspace's model and prompt, and save it under `adapters/`.

    Learns `tasks` (default: those of the configuration, which weighs them) from each user's last choice but one (the
    last validates), of up to `users` users, without the test pairs `withheld` (user -> item) and what came after them;
    a task that the log has nothing for is left out. `resume` goes on with the run that was cut off last, on the
    examples that it made, of the users it drew and without what it withheld. `agree` is told what training will cost
    before it starts.

    Training starts from the adapter that ships for the model, where there is one. With `since_last` it goes on from
    the adapter that serves, with what was logged since that was trained and as much from before.

    Raises TrainingError where nothing was logged since, where there is too little to learn from, where nobody agrees,
    where there is no run to resume that began with this model, prompts and recipe, as `train_adapter` does, and as
    opening a workspace does.
    """
    served, work = Served.of(workspace, model_with(workspace, None)), workspace.folder / ADAPTERS / _UNFINISHED
    configured = workspace.config.tasks
    weights = {task: configured.get(task, 1.0) for task in tasks or configured}
    model, recipe = _trainable(served), replace(training or TrainingRecipe(), weights=weights)
    start = _start(workspace, recipe, since_last)
    terms = {"base": _base(model.card), "prompts": prompt_hashes(workspace), "training": asdict(recipe)} | start.terms
    if resume:
        mark, data, made = _begun(work, terms)
    else:
        mark = workspace.memory.arrived()
        data, made = make_examples(
            served,
            model.encoder,
            withheld,
            progress,
            users=users,
            tasks=weights,
            fresh=start.fresh(workspace.memory),
            recipe=examples or ExampleRecipe(),
        )
        _begin(work, terms | {MARK: mark}, data, made)
    checked, learned = made[: data.checked], made[data.checked :]
    require_enough(learned, checked)
    readout, adapted = Readout.of(model), with_adapter(model.network, recipe, start.folder)
    before = validate(adapted, readout, checked)
    if not agree(cost_of(adapted, readout, learned, checked, recipe)):
        raise TrainingError("Nothing was trained: `sommelier tune --resume` begins with the examples that were made.")
    wandb = workspace.config.wandb
    trained = train_adapter(adapted, readout, learned, checked, recipe, work / CHECKPOINTS, progress, wandb)
    after = validate(trained.network, readout, checked)
    papers = terms | {MARK: mark, "data": asdict(data), "before": before, "after": after, "curve": trained.curve}
    return Tuned(_kept(workspace, work, trained, papers), data, before, after)


@dataclass(frozen=True, slots=True)
class _Start:
    """What training starts from, and the number of the last event that this knew, where only later ones count."""

    folder: Path | None
    since: int | None

    @property
    def terms(self) -> dict[str, object]:
        """Part of the adapter's papers."""
        return {"parent": self.folder and adapter_version(self.folder), "since": self.since}

    def fresh(self, memory: Memory) -> set[str] | None:
        """Ids of the events that came in since; None where all count."""
        fresh = None if self.since is None else memory.arrived_after(self.since)
        if fresh is not None and not fresh:
            raise TrainingError("Nothing was logged since the adapter that serves was trained: there is nothing new to "
                                "learn.")  # fmt: skip
        return fresh


def _start(workspace: Workspace, recipe: TrainingRecipe, since_last: bool) -> _Start:
    if not since_last:
        return _Start(shipped_adapter(workspace.config.model) if recipe.method == "lora" else None, None)
    serving = serving_adapter(workspace)
    mark = papers_of(serving).get(MARK) if serving else None
    if mark is None:
        raise TrainingError("No adapter serves that was tuned on this log: run `sommelier tune` and promote what it "
                            "makes, then go on from there.")  # fmt: skip
    return _Start(serving, int(mark))


def _trainable(served: Served) -> TransformersModel:
    if served.prompt.name != "rank":
        raise TrainingError("Tuning trains isolated judgements: set `ranking: pointwise` in sommelier.yaml.")
    if not isinstance(served.lm, TransformersModel):
        raise TrainingError(f"The model {served.lm.card.name} does not run in this process and cannot be trained here.")
    return served.lm


def _begin(work: Path, terms: Mapping[str, object], data: DataCard, made: Sequence[Example]) -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    save_examples(work / EXAMPLES, made)
    (work / BEGUN).write_text(json.dumps({"terms": terms, "data": asdict(data)}, default=str), encoding="utf-8")


def _begun(work: Path, terms: Mapping[str, object]) -> tuple[int, DataCard, list[Example]]:
    try:
        stored = json.loads((work / BEGUN).read_text(encoding="utf-8"))
        mark, data, made = int(stored["terms"][MARK]), DataCard(**stored["data"]), load_examples(work / EXAMPLES)
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile) as error:
        raise TrainingError(f"There is no run to resume in {work}: start one without --resume.") from error
    if other := [name for name, value in terms.items() if stored["terms"][name] != value]:
        raise TrainingError(f"The run in {work} began with another {' and another '.join(other)}: go on as it began, "
                            "or start a new one without --resume.")  # fmt: skip
    return mark, data, made


def _kept(workspace: Workspace, work: Path, trained: Trained, papers: Mapping[str, object]) -> Path:
    """Saved whole with the curves, then moved to its number."""
    saved = work / "adapter"
    shutil.rmtree(saved, ignore_errors=True)
    try:
        save_adapter(trained.network, saved)
        plot_curves(trained.curve, saved / CURVES)
        shutil.copytree(work / LOGS, saved / LOGS)
        (saved / PAPERS).write_text(json.dumps(papers, indent=1, default=str), encoding="utf-8")
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"The adapter cannot be written to {saved} ({error}): make room there, then go on with "
                            "--resume.") from error  # fmt: skip
    folder = work.parent / Registry(workspace).free_name()
    saved.rename(folder)
    shutil.rmtree(work)
    return folder


def save_adapter(adapted: PeftModel, folder: Path) -> None:
    """Write it in the base's own precision, in which it serves.

    Raises TrainingError when the file has no weights in it: PEFT is known to write empty ones in silence.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the bundled model has no folder in which PEFT could look
        adapted.save_pretrained(str(folder))
    path, precision = folder / ADAPTER_WEIGHTS, adapted.get_input_embeddings().weight.dtype
    state = {name: tensor.to(precision) for name, tensor in load_file(path).items()} if path.exists() else {}
    if not state or path.stat().st_size < SMALLEST:
        raise TrainingError(f"The adapter in {folder} was saved without its weights: please report this.")
    save_file(state, path, metadata={"format": "pt"})


def prompt_hashes(workspace: Workspace) -> dict[str, str]:
    """Of the prompts that adapters are trained on."""
    store = PromptStore(workspace.folder)
    return {name: store.get(name).hash for name in TRAINED_PROMPTS}


def _base(card: ModelCard) -> dict[str, str | None]:
    return {"name": card.name, "sha256": card.sha256, "quantization": card.quantization, "dtype": card.dtype}
