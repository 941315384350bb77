"""Settings of training found by trying some on a part of the examples (Optuna's tree-structured Parzen estimator)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from transformers import PreTrainedModel

from ...agent.extras import needs
from ..errors import DivergedError
from ..evaluation.evaluation import Progress
from ..examples.examples import Example
from .cost import SHARE
from .losses import Readout
from .training import TrainingRecipe, train_adapter, validate, with_adapter

with needs("train", "Trying settings"):
    import optuna

RANKS = (8, 16, 32)
SPAN = 8.0
"""Rates are tried from so many times less to so many times more than the recipe's."""
DATABASE = "search.db"


def search(
    network: PreTrainedModel, readout: Readout, examples: Sequence[Example], checked: Sequence[Example],
    recipe: TrainingRecipe, trials: int, work: Path, progress: Progress,
) -> TrainingRecipe:  # fmt: skip
    """The recipe with the learning rate, rank, weight decay and warm-up of the best of so many trials.

    The first trial is the recipe as it is; one whose loss is no number counts as tried. A search that was cut off goes
    on under `work`. `network` is as it was when this returns.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    work.mkdir(parents=True, exist_ok=True)
    sampler = optuna.samplers.TPESampler(seed=recipe.seed)
    study = optuna.create_study(
        storage=f"sqlite:///{work / DATABASE}", study_name="search", sampler=sampler, direction="maximize",
        load_if_exists=True,
    )  # fmt: skip
    if not _finished(study):
        study.enqueue_trial({"learning_rate": recipe.learning_rate, "rank": recipe.rank,
                             "weight_decay": recipe.weight_decay, "warm_up": recipe.warm_up})  # fmt: skip
    some = examples[: max(1, round(SHARE * len(examples)))]
    tried = partial(_tried, network, readout, some, checked, recipe, work)
    while (done := _finished(study)) < trials:
        progress("searching", done, trials)
        study.optimize(tried, n_trials=1)
    return _changed(recipe, study.best_params) if _completed(study) else recipe


def _finished(study: optuna.Study) -> int:
    """How many count: one that Ctrl-C stopped does not."""
    states = optuna.trial.TrialState
    return sum(trial.state in (states.COMPLETE, states.PRUNED) for trial in study.trials)


def _completed(study: optuna.Study) -> int:
    return sum(trial.state == optuna.trial.TrialState.COMPLETE for trial in study.trials)


def _tried(
    network: PreTrainedModel, readout: Readout, some: Sequence[Example], checked: Sequence[Example],
    recipe: TrainingRecipe, work: Path, trial: optuna.Trial,
) -> float:  # fmt: skip
    """NDCG@10 on `checked`, or minus the loss where nothing is ranked."""
    drawn = _changed(recipe, {
        "learning_rate": trial.suggest_float("learning_rate", *_around(recipe.learning_rate), log=True),
        "rank": trial.suggest_categorical("rank", sorted({*RANKS, recipe.rank})),
        "weight_decay": trial.suggest_float("weight_decay", *_around(recipe.weight_decay), log=True),
        "warm_up": trial.suggest_float("warm_up", 0.0, max(0.1, recipe.warm_up)),
    })  # fmt: skip
    adapted = with_adapter(network, replace(drawn, checks=1))
    try:
        train_adapter(
            adapted, readout, some, checked, replace(drawn, checks=1), work / f"trial-{trial.number}", _silent
        )
        found = validate(adapted, readout, checked)
    except DivergedError as error:
        raise optuna.TrialPruned(str(error)) from error
    finally:
        adapted.unload()  # the next trial begins with the bare network
    return found.get("ndcg", -found["loss"])


def _around(value: float) -> tuple[float, float]:
    return value / SPAN, value * SPAN


def _changed(recipe: TrainingRecipe, drawn: dict[str, float]) -> TrainingRecipe:
    rank = int(drawn["rank"])
    return replace(
        recipe, learning_rate=drawn["learning_rate"], rank=rank, alpha=2 * rank, weight_decay=drawn["weight_decay"],
        warm_up=drawn["warm_up"],
    )  # fmt: skip


_silent: Callable[[str, int, int], None] = lambda *_: None  # noqa: E731 - a Progress that nobody watches
