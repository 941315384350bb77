"""Training learns what tells the chosen from the rest, goes on where it was cut off, and stops rather than go wrong."""

import importlib.util
import itertools
import random
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import get_peft_model_state_dict
from sommelier.agent.llm.language_model import Message, Question
from sommelier.agent.llm.model_loading import open_model
from sommelier.agent.llm.prompt_encoding import EncodedQuestion
from sommelier.finetune.adapters.run_state import save_adapter
from sommelier.finetune.errors import TrainingError
from sommelier.finetune.examples.examples import RankExample, RateExample, TextExample
from sommelier.finetune.training.branch_training import length
from sommelier.finetune.training.cost import Cost, cost_of
from sommelier.finetune.training.losses import Readout, losses
from sommelier.finetune.training.training import TrainingRecipe, train_adapter, validate, with_adapter

RECIPE = TrainingRecipe(rank=4, alpha=8, dropout=0.1, learning_rate=3e-2, batch=8, epochs=2, checks=4, patience=2)
ASKED = Question((Message("user", "You liked drama. [item]"),), "[item]")


def open_tiny(folder, cache):
    return open_model(folder, quantize="none", device="cpu", cache=cache)


@pytest.fixture
def tiny(tiny_lm, tmp_path):
    return open_tiny(tiny_lm, tmp_path / "cache")


def examples(model, count, seed=0, offset=0.0):
    """Of four films one is a drama, and it is the one that was chosen; retrieval prefers the first by `offset`."""
    draw, made = random.Random(seed), []
    for _ in range(count):
        target = draw.randrange(4)
        lines = [f"Film {draw.randrange(100)}: {'drama' if at == target else 'horror'}" for at in range(4)]
        made.append(RankExample(model.encoder.question(ASKED, lines), target, (offset, 0.0, 0.0, 0.0)))
    return made


def train(model, work, recipe=RECIPE, count=160):
    readout = Readout.of(model)
    told, checked = examples(model, count), examples(model, 40, seed=1)
    trained = train_adapter(with_adapter(model.network, recipe), readout, told, checked, recipe, work, lambda *_: None)
    return trained.network, readout


def test_training_learns_what_was_chosen(tiny, tmp_path):
    before = validate(tiny.network, Readout.of(tiny), examples(tiny, 40, seed=2))
    learned, readout = train(tiny, tmp_path / "work")
    after = validate(learned, readout, examples(tiny, 40, seed=2))
    assert after["ndcg"] > max(0.9, before["ndcg"] + 0.2)
    assert after["loss"] < before["loss"] / 2
    assert all(name.count("lora_") for name in get_peft_model_state_dict(learned))


def test_the_offsets_are_part_of_what_is_ranked(tiny):
    told = examples(tiny, 40, offset=1e3)
    found = validate(tiny.network, Readout.of(tiny), told)
    first = float(np.mean([each.target == 0 for each in told]))
    assert first < found["ndcg"] <= first + (1 - first) / np.log2(3)  # retrieval first, then as the model says
    assert found["loss"] > 100


def test_training_goes_on_where_it_was_killed(tiny_lm, tiny, tmp_path):
    whole, _ = train(tiny, tmp_path / "whole")
    script = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from transformers import Trainer
import test_training as own
saved = Trainer._save_checkpoint
def and_die(self, *args, **kwargs):
    saved(self, *args, **kwargs)
    if self.state.global_step >= 20:
        os.kill(os.getpid(), signal.SIGKILL)
Trainer._save_checkpoint = and_die
own.train(own.open_tiny({str(tiny_lm)!r}, Path({str(tmp_path / "cache")!r})), Path({str(tmp_path / "cut")!r}))
"""
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    resumed, _ = train(open_tiny(tiny_lm, tmp_path / "cache"), tmp_path / "cut")
    expected, found = get_peft_model_state_dict(whole), get_peft_model_state_dict(resumed)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_checkpoint_that_was_half_written_is_passed_over(tiny_lm, tiny, tmp_path):
    whole, _ = train(tiny, tmp_path / "whole")
    last = max((tmp_path / "whole").glob("checkpoint-*"), key=lambda each: int(each.name.partition("-")[2]))
    (last / "trainer_state.json").write_text("{")
    again, _ = train(open_tiny(tiny_lm, tmp_path / "cache"), tmp_path / "whole")
    expected, found = get_peft_model_state_dict(whole), get_peft_model_state_dict(again)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_checkpoint_of_processes_that_shared_out_the_weights_is_not_gone_on_with_alone(tiny_lm, tiny, tmp_path):
    train(tiny, tmp_path / "work")
    for each in (tmp_path / "work").glob("checkpoint-*"):
        (each / "pytorch_model_fsdp_0").mkdir()
    with pytest.raises(TrainingError, match="made with FSDP"):
        train(open_tiny(tiny_lm, tmp_path / "cache"), tmp_path / "work")


def of_other_tasks(model, count, seed=0):
    """Dramas are liked, and after "Say" comes "drama"."""
    draw, made = random.Random(seed), []
    for _ in range(count):
        liked = tuple(draw.random() < 0.5 for _ in range(3))
        lines = [f"Film {draw.randrange(100)}: {'drama' if each else 'horror'}" for each in liked]
        made.append(RateExample(model.encoder.question(ASKED, lines), liked))
        asked = model.encoder.prompt([Message("user", f"Say {draw.randrange(100)}")])
        answer = (*model.encoder.text("drama"), model.encoder.end)
        made.append(TextExample(EncodedQuestion(asked.head, asked.tail, (answer,)), "explain"))
    return made


def test_several_tasks_are_learned_together(tiny, tmp_path):
    def told(seed, count):
        return [*examples(tiny, count, seed), *of_other_tasks(tiny, count, seed)]

    readout, checked = Readout.of(tiny), told(2, 30)
    before = validate(tiny.network, readout, checked)
    adapted, work = with_adapter(tiny.network, RECIPE), tmp_path / "work"
    trained = train_adapter(adapted, readout, told(0, 120), told(1, 20), RECIPE, work, lambda *_: None)
    after = validate(trained.network, readout, checked)
    assert set(after) == {"loss", "rank_loss", "rate_loss", "explain_loss", "ndcg"}
    assert all(after[name] < before[name] / 2 for name in ("rank_loss", "rate_loss", "explain_loss"))


@pytest.mark.parametrize("ranked", ["learned", "checked"])
def test_training_where_only_one_side_ranks_is_judged_by_what_is_checked(tiny, tmp_path, ranked):
    """A small log may leave rankings to learn from and none to check on, and the reverse."""
    sides = {"learned": of_other_tasks(tiny, 32), "checked": of_other_tasks(tiny, 8, seed=1)}
    sides[ranked] = examples(tiny, 32)
    adapted = with_adapter(tiny.network, RECIPE)
    trained = train_adapter(adapted, Readout.of(tiny), *sides.values(), RECIPE, tmp_path / "work", lambda *_: None)
    checks = [entry for entry in trained.curve if "eval_loss" in entry]
    assert checks
    assert all(("eval_ndcg" in entry) is (ranked == "checked") for entry in checks)


def test_a_task_that_weighs_little_is_learned_less(tiny_lm, tiny, tmp_path):
    def learned(model, name, weight):
        recipe = replace(RECIPE, weights={"rate": 1.0, "explain": weight}, epochs=1)
        told, checked, readout = of_other_tasks(model, 60), of_other_tasks(model, 20, 1), Readout.of(model)
        trained = train_adapter(
            with_adapter(model.network, recipe), readout, told, checked, recipe, tmp_path / name, lambda *_: None
        )
        return validate(trained.network, readout, checked)["explain_loss"]

    assert learned(open_tiny(tiny_lm, tmp_path), "much", 1.0) < learned(tiny, "little", 1e-6) / 2


def test_a_text_is_learned_without_its_prompt(tiny):
    """The loss of a text is that of its own tokens, given all before them."""
    prompt, answer = tuple(tiny.encoder.text("Film: drama.")), tuple(tiny.encoder.text(" horror"))
    (loss,) = losses(tiny.network, Readout.of(tiny), [TextExample(EncodedQuestion(prompt, (), (answer,)), "explain")])
    with torch.no_grad():
        logits = tiny.network(torch.tensor([prompt + answer])).logits[0].float()
    said = torch.log_softmax(logits, -1)[torch.arange(len(prompt) - 1, len(prompt + answer) - 1), torch.tensor(answer)]
    assert loss.item() == pytest.approx(-float(said.mean()), abs=1e-4)


def test_frozen_layers_get_no_adapter(tiny, tmp_path):
    trained, _ = train(tiny, tmp_path / "work", replace(RECIPE, frozen=1, epochs=0.2))
    assert all(".layers.1." in name for name in get_peft_model_state_dict(trained))


def test_a_layer_must_be_left_to_learn(tiny, tmp_path):
    with pytest.raises(TrainingError, match="2 of 2 layers"):
        train(tiny, tmp_path / "work", replace(RECIPE, frozen=2))


def test_a_single_step_learns_something(tiny, tmp_path):
    """Warming up takes a share of the steps, and not the only one."""
    learned, _ = train(tiny, tmp_path / "work", replace(RECIPE, epochs=0.05), count=160)
    assert any(tensor.any() for name, tensor in get_peft_model_state_dict(learned).items() if "lora_B" in name)


def test_nothing_to_learn_from_is_said(tiny, tmp_path):
    with pytest.raises(TrainingError, match="0 examples"):
        train(tiny, tmp_path / "work", count=0)


def test_a_loss_that_is_no_number_stops_training(tiny, tmp_path):
    with pytest.raises(TrainingError, match="a lower learning rate than"):
        train(tiny, tmp_path / "work", replace(RECIPE, learning_rate=1e18))


def trained_by(model, work, told, progress=lambda *_: None, recipe=RECIPE, **more):
    checked, readout = examples(model, 20, seed=1), Readout.of(model)
    return train_adapter(with_adapter(model.network, recipe), readout, told, checked, recipe, work, progress, **more)


def test_where_memory_runs_out_fewer_are_read_at_once_and_the_step_stays_as_large(tiny_lm, tiny, tmp_path, monkeypatch):
    """Memory runs out in the third step, before there is a checkpoint: the run begins anew, with the weights it had."""
    sizes, said, told, recipe = [], [], examples(tiny, 64), replace(RECIPE, epochs=1, dropout=0.0, checks=1)

    def losses_of_a_small_machine(network, readout, some, *rest):
        sizes.append(len(some))
        if len(some) > 2 and (len(some) > 4 or len(sizes) > 4):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return losses(network, readout, some, *rest)

    expected = trained_by(open_tiny(tiny_lm, tmp_path / "cache"), tmp_path / "whole" / "work", told, recipe=recipe)
    monkeypatch.setattr("sommelier.finetune.training.training.losses", losses_of_a_small_machine)
    found = trained_by(tiny, tmp_path / "work", told, lambda *told: said.append(told), recipe)
    assert sizes[:5] == [8, 4, 4, 4, 4]
    assert set(sizes[5:]) == {2}
    assert len(sizes[5:]) == 64 // 2
    assert any("memory ran out: 2 examples at once" in stage for stage, *_ in said)
    one, other = (get_peft_model_state_dict(each.network) for each in (expected, found))
    assert all(torch.allclose(one[name], other[name], atol=1e-3) for name in one)


def test_where_not_even_one_fits_training_says_so(tiny, tmp_path, monkeypatch):
    def losses_without_memory(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("sommelier.finetune.training.training.losses", losses_without_memory)
    with pytest.raises(TrainingError, match="with 1 examples at once"):
        trained_by(tiny, tmp_path / "work", examples(tiny, 16))


def test_another_failure_is_not_taken_for_a_lack_of_memory(tiny, tmp_path, monkeypatch):
    def broken(*_):
        raise RuntimeError("shapes cannot be multiplied")

    monkeypatch.setattr("sommelier.finetune.training.training.losses", broken)
    with pytest.raises(RuntimeError, match="shapes cannot"):
        trained_by(tiny, tmp_path / "work", examples(tiny, 16))


def test_a_checkpoint_that_cannot_be_written_is_said(tiny_lm, tmp_path):
    """Files may grow to 20 kB here, as on a disk that is all but full."""
    script = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
import test_training as own
from sommelier.finetune.errors import TrainingError
tiny = own.open_tiny({str(tiny_lm)!r}, Path({str(tmp_path / "cache")!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    own.train(tiny, Path({str(tmp_path / "work")!r}))
except TrainingError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "make room there, then go on with --resume" in ran.stdout, ran.stderr


def test_progress_shows_loss_ndcg_and_speed(tiny, tmp_path):
    said = []
    trained_by(tiny, tmp_path / "work", examples(tiny, 64), lambda *told: said.append(told))
    stage, done, total = said[-1]
    assert done == total == 16
    assert re.fullmatch(r"training, loss \d+\.\d{3}, NDCG@10 [01]\.\d{4}, [\d,]+ tokens/s", stage)


def test_the_curves_are_written_for_tensorboard(tiny, tmp_path):
    trained_by(tiny, tmp_path / "work", examples(tiny, 64))
    (written,) = (tmp_path / "tensorboard").glob("events.out.tfevents.*")
    told = written.read_bytes()
    assert b"train/loss" in told
    assert b"eval/ndcg" in told


@pytest.mark.skipif(importlib.util.find_spec("wandb") is not None, reason="Weights & Biases is installed here")
def test_weights_and_biases_must_be_installed_to_be_reported_to(tiny, tmp_path):
    with pytest.raises(TrainingError, match="pip install wandb"):
        trained_by(tiny, tmp_path / "work", examples(tiny, 16), wandb="project")


def test_what_it_costs_is_measured_on_its_own_examples(tiny):
    told, checked, readout = examples(tiny, 64), examples(tiny, 8), Readout.of(tiny)
    adapted = with_adapter(tiny.network, RECIPE)
    found = cost_of(adapted, readout, told, checked, RECIPE)
    assert found.tokens == RECIPE.epochs * sum(length(each.question) for each in told)
    assert 0 < found.minutes < 10
    assert found.memory > cost_of(adapted, readout, told[:1], checked, replace(RECIPE, epochs=1)).tokens
    assert cost_of(adapted, readout, told, checked, RECIPE, trials=5).tokens == 2 * found.tokens
    assert not any(parameter.grad is not None and parameter.grad.any() for parameter in adapted.parameters())
    assert cost_of(adapted, readout, told * 100, checked, RECIPE).minutes > found.minutes


def test_what_it_costs_is_told_in_words():
    assert str(Cost(2_832, 0.2, 6_100_000_000)) == "2,832 tokens, about 1 minute here, up to 6.1 GB of memory"
    assert "about 2 minutes here" in str(Cost(1, 1.6, 1))
    assert "about 1,200 minutes here" in str(Cost(1, 1200.0, 1))


def test_a_pass_is_not_thought_larger_than_all_examples(tiny, monkeypatch):
    """Each reading of memory is a byte more than the last, so an example holds a byte or a few."""
    ticks = itertools.count()
    monkeypatch.setattr("sommelier.finetune.training.cost._memory", lambda _: next(ticks))
    adapted, readout = with_adapter(tiny.network, RECIPE), Readout.of(tiny)
    some = examples(tiny, 3)
    held = len(some) + 1  # readings until the last example is read
    assert cost_of(adapted, readout, some, some, RECIPE).memory == held * len(some)


def test_a_base_model_without_a_folder_is_nothing_to_remark(tiny, tmp_path):
    """Warnings are errors here."""
    tiny.network.config.name_or_path = tiny.network.name_or_path = "bundled/none"
    trained = trained_by(tiny, tmp_path / "work", examples(tiny, 16))
    save_adapter(trained.network, tmp_path / "saved")
    assert (tmp_path / "saved" / "adapter_model.safetensors").exists()
