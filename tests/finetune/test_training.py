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
from sommelier.finetune.rank_examples import RankExample
from sommelier.finetune.training import TrainingError, TrainingRecipe, train_adapter, validate

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
    direction = model.direction(ASKED)
    told, checked = examples(model, count), examples(model, 40, seed=1)
    trained = train_adapter(model.network, direction, told, checked, recipe, work, lambda *_: None)
    return trained.network, direction


def test_training_learns_what_was_chosen(tiny, tmp_path):
    before = validate(tiny.network, tiny.direction(ASKED), examples(tiny, 40, seed=2))
    learned, direction = train(tiny, tmp_path / "work")
    after = validate(learned, direction, examples(tiny, 40, seed=2))
    assert after["ndcg"] > max(0.9, before["ndcg"] + 0.2)
    assert after["loss"] < before["loss"] / 2
    assert all(name.count("lora_") for name in get_peft_model_state_dict(learned))


def test_the_offsets_are_part_of_what_is_ranked(tiny):
    told = examples(tiny, 40, offset=1e3)
    found = validate(tiny.network, tiny.direction(ASKED), told)
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


def test_nothing_to_learn_from_is_said(tiny, tmp_path):
    with pytest.raises(TrainingError, match="0 examples"):
        train(tiny, tmp_path / "work", count=0)


def test_a_loss_that_is_no_number_stops_training(tiny, tmp_path):
    with pytest.raises(TrainingError, match="a lower learning rate than"):
        train(tiny, tmp_path / "work", replace(RECIPE, learning_rate=1e18))
