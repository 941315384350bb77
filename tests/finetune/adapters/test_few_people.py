"""In a log of few people several choices of each are judged, none of which any model can have learned."""

import json
import random
from datetime import datetime, timezone

import pytest
import torch
from fakes import film
from peft import LoraConfig, get_peft_model
from sommelier.agent.ingest.builtin import load_builtin
from sommelier.agent.serving_model import model_with
from sommelier.agent.workspace import Workspace
from sommelier.finetune.adapters.comparison import compare_models
from sommelier.finetune.adapters.gate import CANDIDATE, FEWEST, SERVING
from sommelier.finetune.adapters.registry import Registry
from sommelier.finetune.adapters.tune import Plan, tune
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.examples.rank_examples import ExampleRecipe
from sommelier.finetune.training.training import TrainingRecipe
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Film {at:02}", genre=("war", "crime")[at % 2]) for at in range(60)]
PEOPLE, CHOICES = 12, 18


def quiet(*_):
    pass


def walkers():
    """People who step from a film to one of the next two."""
    draw = random.Random(5)
    for user in range(PEOPLE):
        at = draw.randrange(20)
        for step in range(CHOICES):
            yield Event(f"{user}-{step}", f"u{user:03}", f"f{at:02}", "purchase", position=step)
            at += draw.choice([1, 1, 2])


@pytest.fixture
def opened(tmp_path, tiny_lm, monkeypatch):
    """A workspace whose model is the tiny one."""
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "sommelier.yaml").write_text(f"model: {tiny_lm}\nquantize: none\ndevice: cpu\n")
    with Workspace(folder, create=True) as workspace:
        yield workspace


def adapter(workspace, name="001", noise=False):
    """One that changes nothing, or one of noise, under this number."""
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM", init_lora_weights=not noise)
    folder = workspace.folder / "adapters" / name
    with pytest.warns(FutureWarning):
        get_peft_model(model_with(workspace, None).network, config).save_pretrained(folder)
    (folder / "sommelier.json").write_text(json.dumps({"made": str(datetime.now(timezone.utc))}))
    return name


def place(event):
    user, step = event.split("-")
    return user, int(step)


def test_what_is_judged_came_after_all_that_was_learned_and_nothing_that_predicts_knows_it(opened, monkeypatch):
    opened.memory.upsert_items(FILMS)
    opened.memory.add_events(walkers())
    hidden, without = [], IndexStore.without

    def watched(self, held_back, *more):
        hidden.append(held_back)
        return without(self, held_back, *more)

    monkeypatch.setattr(IndexStore, "without", watched)
    recipe = TrainingRecipe(rank=4, alpha=8, learning_rate=1e-2, batch=4, epochs=1, checks=1)
    plan = Plan(tasks=["rank"], examples=ExampleRecipe(negatives=3, renamed=0), training=recipe)
    tuned = tune(opened, {}, plan, quiet)
    learned = dict(map(place, json.loads((tuned.folder / "learned.json").read_text())))
    hidden.clear()
    found = Registry(opened).judge(tuned.folder.name, {}, quiet).comparison
    several = (CHOICES - 2) // 4
    assert (found.users, len(found.choices)) == (PEOPLE, PEOPLE * several)
    assert all(step > learned.get(user, -1) for user, step in (place(choice.event) for choice in found.choices))
    assert learned == {str(user): CHOICES - several - 1 for user in range(PEOPLE)}
    assert hidden == [{f"u{user:03}": several for user in range(PEOPLE)}]
    assert found.judged <= PEOPLE
    assert found.wrote[CANDIDATE]["summarise"].size == PEOPLE  # one text of each person


def test_what_stood_in_the_history_of_what_was_learned_is_not_judged(opened):
    """As by an adapter of before, which learned the last choice but one."""
    opened.memory.upsert_items(FILMS)
    opened.memory.add_events(walkers())
    models = {SERVING: lambda: model_with(opened, None)}
    learned = {f"0-{CHOICES - 2}", f"1-{CHOICES - 1}"}
    found = compare_models(opened, models, {}, quiet, learned=learned, writers=0)
    of = [place(choice.event) for choice in found.choices]
    assert [step for user, step in of if user == "0"] == [CHOICES - 1]
    assert [step for user, step in of if user == "1"] == []
    assert [step for user, step in of if user == "2"] == list(range(CHOICES - 4, CHOICES))


def test_an_adapter_for_the_built_in_films_can_be_judged(opened):
    """Sixty people, of whom a third have their very last choice among the candidates: thirty are to be judged."""
    load_builtin(opened)
    gate = Registry(opened).judge(adapter(opened), {}, quiet)
    assert gate.comparison.users == 60
    assert gate.comparison.judged >= FEWEST
    ranking = next(gate.findings())
    assert (ranking.what, ranking.verdict) == ("ranking", "not worse")  # an adapter that changes nothing
    assert "on 60 validation users and 2" in ranking.why
