"""The contrastive term brings what is told of a person near to what they chose, and leaves serving alone."""

import random

import pytest
import torch
from sommelier.agent.config import Config
from sommelier.agent.llm.language_model import Message, Question
from sommelier.agent.llm.model_loading import open_model
from sommelier.finetune.adapters.tune import Plan
from sommelier.finetune.examples.examples import RankExample, RateExample
from sommelier.finetune.training.branch_training import PackedRows, branch_ends, states
from sommelier.finetune.training.contrast import TEMPERATURE, lines_alone, nearness_loss
from sommelier.finetune.training.losses import Readout, losses, tokens
from sommelier.finetune.training.training import TrainingRecipe, train_adapter, validate, with_adapter

TASTES = ("drama", "horror", "comedy", "western")
RECIPE = TrainingRecipe(rank=4, alpha=8, learning_rate=3e-2, batch=8, epochs=2, checks=2, contrast=1.0)


@pytest.fixture
def tiny(tiny_lm, tmp_path):
    return open_model(tiny_lm, quantize="none", device="cpu", cache=tmp_path / "cache")


def examples(model, count, seed=0, weight=1.0):
    """Whoever likes a genre chooses the film of that genre."""
    draw, made = random.Random(seed), []
    for _ in range(count):
        target = draw.randrange(4)
        asked = Question((Message("user", f"You like {TASTES[target]}. [item]"),), "[item]")
        lines = [f"Film {draw.randrange(100)}: {taste}" for taste in TASTES]
        made.append(RankExample(model.encoder.question(asked, lines), target, (0.0,) * 4, weight))
    return made


def term(model, some, network=None):
    """The contrastive term alone, of each example."""
    with torch.no_grad():
        plain, both = (losses(network or model.network, Readout.of(model), some, contrast) for contrast in (0.0, 1.0))
    return torch.stack(both) - torch.stack(plain)


def test_the_nearest_text_costs_least():
    person, texts = torch.tensor([1.0, 0.0]), torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    near, far = (float(nearness_loss(person, texts, target)) for target in (0, 1))
    assert near == pytest.approx(0.0, abs=1e-6)
    assert far == pytest.approx(1 / TEMPERATURE, abs=1e-3)


def test_its_texts_are_read_without_the_person(tiny):
    """Whatever is told of the person, the lines by themselves have the same states; the whole question's have not."""
    asked = [examples(tiny, 1, seed)[0].question for seed in (0, 3)]
    lines = [lines_alone(each) for each in (asked[0], asked[0])]
    packed = PackedRows.of([lines[0], asked[1], lines[1]])
    with torch.no_grad():
        hidden = states(tiny.network, packed)
    first, last = (hidden[row, start:][branch_ends(lines[0])] for row, start in (packed.places[0], packed.places[2]))
    assert torch.allclose(first, last, atol=1e-5)


def test_it_is_what_the_formula_says_of_the_states(tiny):
    (made,) = examples(tiny, 1)
    alone, told = lines_alone(made.question), len(made.question.head) + len(made.question.lead)
    with torch.no_grad():
        person = states(tiny.network, PackedRows.of([made.question]))[0, told - 1]
        texts = states(tiny.network, PackedRows.of([alone]))[0, branch_ends(alone)]
    assert float(term(tiny, [made])[0]) == pytest.approx(float(nearness_loss(person, texts, made.target)), abs=1e-4)


def test_a_choice_that_counts_half_has_half_of_it(tiny):
    whole, half = (term(tiny, examples(tiny, 2, weight=weight)) for weight in (1.0, 0.5))
    assert torch.allclose(half, whole / 2, atol=1e-4)


def test_other_tasks_have_none_of_it(tiny):
    rated = RateExample(examples(tiny, 1)[0].question, (True, False, True, False))
    assert term(tiny, [rated, *examples(tiny, 1)])[0] == 0
    assert tokens(rated, contrast=1.0) == tokens(rated)


def test_it_reads_the_lines_a_second_time(tiny):
    (made,) = examples(tiny, 1)
    assert tokens(made, contrast=0.5) - tokens(made) == 1 + sum(map(len, made.question.branches))


def test_training_lowers_it_and_learns_to_rank(tiny, tmp_path):
    checked = examples(tiny, 40, seed=2)
    before, ranked = term(tiny, checked).mean(), validate(tiny.network, Readout.of(tiny), checked)["ndcg"]
    adapted = with_adapter(tiny.network, RECIPE)
    trained = train_adapter(adapted, Readout.of(tiny), examples(tiny, 160), examples(tiny, 20, seed=1), RECIPE,
                            tmp_path / "work", lambda *_: None)  # fmt: skip
    assert term(tiny, checked, trained.network).mean() < 0.5 * before
    assert validate(trained.network, Readout.of(tiny), checked)["ndcg"] > ranked + 0.2


def test_the_workspace_says_what_it_counts():
    assert Plan().weighed(Config()).contrast == 0
    assert Plan().weighed(Config(contrast=0.3)).contrast == 0.3
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        Config(contrast=-0.1)
