"""Tune a workspace's language model on its own log: examples by time, training, and an adapter with its papers."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zipfile import BadZipFile

from peft import PeftModel, get_peft_model_state_dict

from ..agent.configured_model import ADAPTERS, model_with
from ..agent.engine import Engine
from ..agent.language_model import ModelCard, Question
from ..agent.model_loading import ADAPTER_WEIGHTS
from ..agent.ranking import SLOT
from ..agent.transformers_model import TransformersModel
from ..agent.workspace import Workspace
from ..retrieval.candidates import Retriever
from ..retrieval.fusion import FusionWeights
from .cases import Case, training_cases
from .evaluation import Progress
from .example_file import load_examples, save_examples
from .rank_examples import ExampleRecipe, RankExample, calibrated, rank_examples
from .registry import PAPERS, Registry
from .served import Served
from .training import TrainingError, TrainingRecipe, require_enough, train_adapter, validate

CHECKED = 300
"""Examples that training is checked on, of other people than those it learns from; at most a fifth of all."""
SMALLEST = 1024
"""Bytes that an adapter's file has at the very least."""
_UNFINISHED, BEGUN, EXAMPLES = "unfinished", "begun.json", "examples.npz"


@dataclass(frozen=True, slots=True)
class DataCard:
    """What an adapter learned from: choices of users, the examples made of them, and how many of these only checked
    it. `first` and `last` are when people did what they did last before, None in a log without times; `sha256` is of
    the examples, token by token."""

    users: int
    choices: int
    examples: int
    checked: int
    first: datetime | None
    last: datetime | None
    withheld: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Tuned:
    """An adapter in its folder, and `loss` and `ndcg` on the examples of people that it did not learn from."""

    folder: Path
    data: DataCard
    before: Mapping[str, float]
    after: Mapping[str, float]


def tune(
    workspace: Workspace, withheld: Mapping[str, str], progress: Progress, *, users: int | None = None,
    resume: bool = False, examples: ExampleRecipe | None = None, training: TrainingRecipe | None = None,
) -> Tuned:  # fmt: skip
    """Train an adapter for the workspace's model and prompt, and save it under `adapters/`.

    Learns each user's last choice but one (the last validates), of up to `users` users, without the test pairs
    `withheld` (user -> item) and what came after them. `resume` goes on with the run that was cut off last, on the
    examples that it made, of the users it drew and without what it withheld. Raises TrainingError where there is too
    little to learn from, or no run to resume that began with this model, prompt and recipe, and as opening a
    workspace does.
    """
    served, work = Served.of(workspace, model_with(workspace, None)), workspace.folder / ADAPTERS / _UNFINISHED
    model, recipe = _trainable(served), training or TrainingRecipe()
    terms = {"base": _base(model.card), "prompt": served.prompt.hash, "training": asdict(recipe)}
    if resume:
        data, made = _begun(work, terms)
    else:
        data, made = _examples(served, model, withheld, users, examples or ExampleRecipe(), progress)
        _begin(work, terms, data, made)
    checked, learned = made[: data.checked], made[data.checked :]
    require_enough(learned, checked)
    direction = model.direction(Question((), SLOT))  # of the answers that every ranking question has
    before = validate(model.network, direction, checked)
    trained = train_adapter(model.network, direction, learned, checked, recipe, work / "checkpoints", progress)
    after = validate(trained.network, direction, checked)
    papers = terms | {"data": asdict(data), "before": before, "after": after, "curve": trained.curve}
    return Tuned(_kept(workspace, work, trained.network, papers), data, before, after)


def _trainable(served: Served) -> TransformersModel:
    if served.prompt.name != "rank":
        raise TrainingError("Tuning trains isolated judgements: set `ranking: pointwise` in sommelier.yaml.")
    if not isinstance(served.lm, TransformersModel):
        raise TrainingError(f"The model {served.lm.card.name} does not run in this process and cannot be trained here.")
    return served.lm


def _examples(
    served: Served, model: TransformersModel, withheld: Mapping[str, str], users: int | None, recipe: ExampleRecipe,
    progress: Progress,
) -> tuple[DataCard, list[RankExample]]:  # fmt: skip
    memory = served.workspace.memory
    cases, held_back = training_cases(memory, withheld, users=users, seed=recipe.seed)
    made: list[RankExample] = []
    if cases:
        with served.store.without(held_back) as index:
            # Not the fitted weights: a fit may have seen what is withheld, and has seen what validates.
            shipped = FusionWeights.shipped(index.tower.name)
            retriever = Retriever(index, served.store.embedder, shipped)
            engine = Engine(served.workspace.config, retriever, model, served.prompt)
            made = calibrated(list(rank_examples(engine, model.encoder, memory, cases, recipe, progress)))
    return _card(cases, made, len(withheld)), made


def _card(cases: Sequence[Case], made: Sequence[RankExample], withheld: int) -> DataCard:
    times = sorted(event.at for case in cases for event in case.events[-1:] if event.at)
    digest = hashlib.sha256(repr(made).encode()).hexdigest()
    return DataCard(
        users=len({case.user for case in cases}), choices=len(cases), examples=len(made),
        checked=min(CHECKED, len(made) // 5), first=times[0] if times else None, last=times[-1] if times else None,
        withheld=withheld, sha256=digest,
    )  # fmt: skip


def _begin(work: Path, terms: Mapping[str, object], data: DataCard, made: Sequence[RankExample]) -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    save_examples(work / EXAMPLES, made)
    (work / BEGUN).write_text(json.dumps({"terms": terms, "data": asdict(data)}, default=str), encoding="utf-8")


def _begun(work: Path, terms: Mapping[str, object]) -> tuple[DataCard, list[RankExample]]:
    try:
        stored = json.loads((work / BEGUN).read_text(encoding="utf-8"))
        data, made = DataCard(**stored["data"]), load_examples(work / EXAMPLES)
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile) as error:
        raise TrainingError(f"There is no run to resume in {work}: start one without --resume.") from error
    if other := [name for name, value in terms.items() if stored["terms"][name] != value]:
        raise TrainingError(f"The run in {work} began with another {' and another '.join(other)}: go on as it began, "
                            "or start a new one without --resume.")  # fmt: skip
    return data, made


def _kept(workspace: Workspace, work: Path, adapted: PeftModel, papers: Mapping[str, object]) -> Path:
    """Saved whole, then moved to its number. PEFT is known to write empty files in silence."""
    saved = work / "adapter"
    shutil.rmtree(saved, ignore_errors=True)
    adapted.save_pretrained(str(saved))
    if not get_peft_model_state_dict(adapted) or (saved / ADAPTER_WEIGHTS).stat().st_size < SMALLEST:
        raise TrainingError(f"The adapter in {saved} was saved without its weights: please report this.")
    (saved / PAPERS).write_text(json.dumps(papers, indent=1, default=str), encoding="utf-8")
    folder = work.parent / Registry(workspace).free_name()
    saved.rename(folder)
    shutil.rmtree(work)
    return folder


def _base(card: ModelCard) -> dict[str, str | None]:
    return {"name": card.name, "sha256": card.sha256, "quantization": card.quantization, "dtype": card.dtype}
