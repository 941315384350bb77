"""Tune a workspace's language model on its own log: examples by time, training, and an adapter with its metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ...agent.config import Config, Task
from ...agent.llm.language_model import ModelCard
from ...agent.llm.transformers_model import TransformersModel
from ...agent.ranking.ranking import POINTWISE
from ...agent.serving_model import ADAPTERS, model_with
from ...agent.workspace import Workspace
from ...prompts.library import PromptLibrary
from ..errors import TrainingError
from ..evaluation.evaluation import Progress
from ..evaluation.setup import Setup
from ..examples.rank_examples import ExampleRecipe
from ..examples.shortage import shortage
from ..examples.training_data import DataCard, make_examples
from ..training.cost import Cost, cost_of
from ..training.losses import Readout
from ..training.processes import MAIN, PROCESSES, SHARDED, SHARDING
from ..training.search import search
from ..training.training import TrainingRecipe, require_enough, train_adapter, validate, with_adapter
from .parentage import MARK, Start, serving, shipped
from .registry import Registry
from .run_state import BEGUN, CHECKPOINTS, TRIALS, Begun, begin, finish, go_on, kept_in, terms_of

TRAINED_PROMPTS = ("rank", "explain", "reply", "summarise")
UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to learn, and how.

    `tasks` (default: those of the configuration, which weighs them) from each user's last choice before those
    that validate, of up to `users` users; a task that the log has nothing for is left out. Training starts from the
    adapter that ships for the model, where there is one that is made alike. With `trials`, so many settings are tried
    first, and a new adapter is trained with the best. With `since_last` it goes on from the adapter that serves, with
    what was logged since that was trained and as much from before.
    """

    users: int | None = None
    tasks: Collection[Task] | None = None
    examples: ExampleRecipe = field(default_factory=ExampleRecipe)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)
    trials: int = 0
    since_last: bool = False

    @classmethod
    def begun(cls, workspace: Workspace) -> Plan:
        """That of the run that was cut off, to go on with. Raises TrainingError where there is none."""
        work = workspace.folder / ADAPTERS / UNFINISHED
        terms = terms_of(work)
        try:
            recipe = TrainingRecipe(**terms["training"])
            return cls(terms["users"], list(recipe.weights), training=recipe, trials=int(terms["trials"]),
                       since_last=terms["since"] is not None)  # fmt: skip
        except (TypeError, KeyError) as error:
            raise TrainingError(f"The run in {work} was begun by another version: start one without "
                                "--resume.") from error  # fmt: skip

    def weighed(self, config: Config) -> TrainingRecipe:
        """The training, with the weights of its tasks and terms."""
        weights = {task: config.tasks.get(task, 1.0) for task in self.tasks or config.tasks}
        return replace(self.training, weights=weights, contrast=config.contrast)

    def start(self, workspace: Workspace) -> Start:
        """What training starts from. Raises TrainingError where the plan asks for what cannot go together."""
        if self.since_last and self.trials:
            raise TrainingError("Settings are searched for a new adapter: go on from what serves without --search.")
        if self.trials and PROCESSES > 1:
            raise TrainingError("Settings are searched by one process: search first, then launch several without it.")
        if self.since_last:
            return serving(workspace)
        other_make = self.trials or self.training.method == "dora"
        return Start(None, None) if other_make else shipped(workspace)


@dataclass(frozen=True, slots=True)
class Tuned:
    """An adapter in its folder, and `loss` and `ndcg` on the examples of people that it did not learn from."""

    folder: Path
    data: DataCard
    before: Mapping[str, float]
    after: Mapping[str, float]


def tune(
    workspace: Workspace, withheld: Mapping[str, str], plan: Plan, progress: Progress, *, resume: bool = False,
    agree: Callable[[Cost], bool] = lambda _: True,
) -> Tuned:  # fmt: skip
    """Train an adapter for the workspace's model and prompts, and save it under `adapters/`.

    Nothing is learned from the test pairs `withheld` (user -> item) and what came after them. `resume` goes on with the
    run that was cut off last, on the examples that it made, of the users it drew and without what it withheld. `agree`
    is told what training will cost before it starts. A KeyboardInterrupt on the way says what is kept.

    Raises TrainingError where nothing was logged since, where there is too little to learn from, where nobody agrees,
    where there is no run to resume that began with this model, prompts and plan, as `train_adapter` does, and as
    opening a workspace does.
    """
    work = workspace.folder / ADAPTERS / UNFINISHED
    before = None if resume else _stamp(work)
    try:
        return _tuned(workspace, withheld, plan, progress, work, resume, agree)
    except KeyboardInterrupt as stop:
        kept = kept_in(work) if _stamp(work) != before else None  # another run may lie there still
        said = f"{kept}; `sommelier tune --resume` goes on" if kept else "nothing of this run is kept yet"
        raise KeyboardInterrupt(said) from stop


def _tuned(
    workspace: Workspace, withheld: Mapping[str, str], plan: Plan, progress: Progress, work: Path, resume: bool,
    agree: Callable[[Cost], bool],
) -> Tuned:  # fmt: skip
    start = plan.start(workspace)
    recipe = start.made_like(plan.weighed(workspace.config))
    setup = Setup.of(workspace, model_with(workspace, None, "nf4" if recipe.method == "qlora" else None))
    model = _trainable(setup)
    terms = {"base": _base(model.card), "prompts": _prompt_hashes(workspace), "training": asdict(recipe)}
    terms |= {"trials": plan.trials, "users": plan.users} | start.terms
    if resume:
        begun = _same_withheld(go_on(work, terms), withheld)
        require_enough(begun.learned, begun.checked)
    elif PROCESSES > 1:
        raise TrainingError("Examples are made by one process: begin with `sommelier tune` alone, answer no when it "
                            "says what training costs, then launch several with --resume.")  # fmt: skip
    else:
        begun = begin(work, terms, _begun(setup, model, withheld, replace(plan, training=recipe), start, progress))
    run = _Run(model, Readout.of(model), begun, start, work, progress)
    if not SHARDED and not agree(run.cost(recipe, plan.trials)):  # who shares out the weights was asked when it began
        raise TrainingError("Nothing was trained: `sommelier tune --resume` begins with the examples that were made.")
    if plan.trials:
        recipe = run.best_of(plan.trials, recipe)
    return run.through(recipe, terms, workspace)


def _stamp(work: Path) -> int | None:
    """Which run lies there: when its examples were made."""
    return (work / BEGUN).stat().st_mtime_ns if (work / BEGUN).exists() else None


def _same_withheld(begun: Begun, withheld: Mapping[str, str]) -> Begun:
    """The run. Raises TrainingError where other test pairs are to be kept out than it kept out."""
    if withheld and len(withheld) != begun.data.withheld:
        raise TrainingError(f"The run kept {begun.data.withheld:,} test pairs out of its examples, and --test has "
                            f"{len(withheld):,}: leave --test out, or start a new run without --resume.")  # fmt: skip
    return begun


def resumable_run(workspace: Workspace) -> Path | None:
    """The folder of the run that was cut off, where it has come to a checkpoint or has tried settings."""
    work = workspace.folder / ADAPTERS / UNFINISHED
    return work if any((work / kept).exists() for kept in (CHECKPOINTS, TRIALS)) else None


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that has its examples."""

    model: TransformersModel
    readout: Readout
    begun: Begun
    start: Start
    work: Path
    progress: Progress

    def cost(self, recipe: TrainingRecipe, trials: int) -> Cost:
        """What all of it will cost."""
        adapted = with_adapter(self.model.network, recipe, self.start.folder)
        found = cost_of(adapted, self.readout, self.begun.learned, self.begun.checked, recipe, trials)
        adapted.unload()
        return found

    def best_of(self, trials: int, recipe: TrainingRecipe) -> TrainingRecipe:
        """The recipe with the settings that so many trials found best."""
        data = (self.readout, self.begun.learned, self.begun.checked)
        return search(self.model.network, *data, recipe, trials, self.work / TRIALS, self.progress)

    def through(self, recipe: TrainingRecipe, terms: Mapping[str, object], workspace: Workspace) -> Tuned:
        """Train to the end; the main process keeps what comes out."""
        folder = self.work.parent / Registry(workspace).free_name()
        adapted, checked = with_adapter(self.model.network, recipe, self.start.folder), self.begun.checked
        before = {} if SHARDED else validate(adapted, self.readout, checked)
        trained = train_adapter(
            adapted, self.readout, self.begun.learned, checked, recipe, self.work / CHECKPOINTS, self.progress,
            workspace.config.wandb,
        )  # fmt: skip
        before, after = before or trained.before, validate(trained.network, self.readout, checked)
        metadata = {
            **terms, "training": asdict(recipe), MARK: self.begun.mark, "data": asdict(self.begun.data),
            "before": before, "after": after, "curve": trained.curve,
        }  # fmt: skip
        if MAIN:
            finish(self.work, trained, metadata, [*self.begun.choices, *self.start.learned()], folder)
        return Tuned(folder, self.begun.data, before, after)


def _trainable(setup: Setup) -> TransformersModel:
    if setup.prompt.name != POINTWISE:
        raise TrainingError("Tuning trains isolated judgements: set `ranking: pointwise` in sommelier.yaml.")
    if not isinstance(setup.lm, TransformersModel):
        raise TrainingError(f"The model {setup.lm.card.name} does not run in this process and cannot be trained here.")
    if SHARDED:
        _require_shareable(setup.lm.card)
    return setup.lm


def _require_shareable(card: ModelCard) -> None:
    if SHARDING != "2":
        raise TrainingError(f"The processes were launched with version {SHARDING} of FSDP: set `fsdp_version: 2` in "
                            "accelerate's configuration, as examples/fsdp.yaml does.")  # fmt: skip
    if card.quantization != "none":
        raise TrainingError(f"Weights in {card.quantization} cannot be shared out among processes: begin anew with "
                            "`quantize: none` in sommelier.yaml and method lora, or launch without FSDP.")  # fmt: skip


def _begun(
    setup: Setup, model: TransformersModel, withheld: Mapping[str, str], plan: Plan, start: Start, progress: Progress
) -> Begun:
    memory = setup.workspace.memory
    mark = memory.events.arrived()
    fresh = start.fresh(memory)
    data, made, choices = make_examples(
        setup, model.encoder, withheld, progress, users=plan.users, tasks=plan.training.weights,
        recipe=plan.examples, fresh=fresh,
    )  # fmt: skip
    if missing := shortage(memory, data, fresh):
        raise TrainingError(missing)
    return Begun(mark, data, made, choices)


def _prompt_hashes(workspace: Workspace) -> dict[str, str]:
    """Of the prompts that adapters are trained on."""
    store = PromptLibrary(workspace.folder)
    return {name: store.get(name).hash for name in TRAINED_PROMPTS}


def _base(card: ModelCard) -> dict[str, str | None]:
    return {"name": card.name, "sha256": card.sha256, "quantization": card.quantization, "dtype": card.dtype}
