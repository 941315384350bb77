"""Training learns what tells the chosen from the rest, goes on where it was cut off, and stops rather than go wrong."""

import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import get_peft_model_state_dict
from sommelier.agent.language_model import Message, Question
from sommelier.agent.model_loading import open_model
from sommelier.agent.prompt_encoding import EncodedQuestion
from sommelier.finetune.examples import RankExample, RateExample, TextExample
from sommelier.finetune.losses import Readout, losses
from sommelier.finetune.training import TrainingError, TrainingRecipe, train_adapter, validate, with_adapter

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
    trained = train_adapter(
        tiny.network, readout, told(0, 120), told(1, 20), RECIPE, tmp_path / "work", lambda *_: None
    )
    after = validate(trained.network, readout, checked)
    assert set(after) == {"loss", "rank_loss", "rate_loss", "explain_loss", "ndcg"}
    assert all(after[name] < before[name] / 2 for name in ("rank_loss", "rate_loss", "explain_loss"))


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


def test_nothing_to_learn_from_is_said(tiny, tmp_path):
    with pytest.raises(TrainingError, match="0 examples"):
        train(tiny, tmp_path / "work", count=0)


def test_a_loss_that_is_no_number_stops_training(tiny, tmp_path):
    with pytest.raises(TrainingError, match="a lower learning rate than"):
        train(tiny, tmp_path / "work", replace(RECIPE, learning_rate=1e18))
