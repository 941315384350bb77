"""A search tries the settings that were given first, takes the best, and goes on where it was cut off."""

from dataclasses import replace

import optuna
import torch
from sommelier.agent.llm.model_loading import open_model
from sommelier.finetune.training.losses import Readout
from sommelier.finetune.training.search import DATABASE, search
from test_training import RECIPE, examples


def test_the_first_trial_is_the_recipe_and_the_network_stays_bare(tiny_lm, tmp_path):
    tiny = open_model(tiny_lm, quantize="none", device="cpu", cache=tmp_path / "cache")
    before = {name: tensor.clone() for name, tensor in tiny.network.state_dict().items()}
    recipe, told, checked = replace(RECIPE, epochs=1), examples(tiny, 80), examples(tiny, 20, seed=1)
    found = search(tiny.network, Readout.of(tiny), told, checked, recipe, 2, tmp_path / "work", lambda *_: None)
    study = optuna.load_study(study_name="search", storage=f"sqlite:///{tmp_path / 'work' / DATABASE}")
    assert len(study.trials) == 2
    assert study.trials[0].params["learning_rate"] == recipe.learning_rate
    assert study.best_value == max(trial.value for trial in study.trials)
    assert (found.learning_rate, found.rank) == (study.best_params["learning_rate"], study.best_params["rank"])
    after = tiny.network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_search_goes_on_where_it_was_cut_off(tiny_lm, tmp_path):
    tiny = open_model(tiny_lm, quantize="none", device="cpu", cache=tmp_path / "cache")
    told, checked, said = examples(tiny, 40), examples(tiny, 10, seed=1), []
    recipe = replace(RECIPE, epochs=1, learning_rate=1e-3)
    for trials in (1, 2):
        search(tiny.network, Readout.of(tiny), told, checked, recipe, trials, tmp_path / "work",
               lambda *told: said.append(told))  # fmt: skip
    assert said == [("searching", 0, 1), ("searching", 1, 2)]
