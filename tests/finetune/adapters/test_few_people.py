"""In a log of few people several choices of each are judged, none of which any model can have learned."""

import random

import pytest
from fakes import HashEmbedder, film
from sommelier.agent.ingest.builtin import load_builtin
from sommelier.agent.serving_model import model_with
from sommelier.agent.workspace import Workspace
from sommelier.finetune.adapters.comparison import compare_models
from sommelier.finetune.adapters.gate import FEWEST, SERVING
from sommelier.finetune.adapters.parentage import learned_by
from sommelier.finetune.adapters.tune import Plan, tune
from sommelier.finetune.evaluation import holdout
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


def place(event):
    """Whose event it is, and which of theirs."""
    return tuple(map(int, event.split("-")))


def serving_only(workspace):
    return {SERVING: lambda: model_with(workspace, None)}


def test_what_is_judged_came_after_all_that_was_learned_and_nothing_that_predicts_knows_it(opened, monkeypatch):
    opened.memory.catalogue.upsert_items(FILMS)
    opened.memory.events.add(walkers())
    hidden, without = [], IndexStore.without

    def watched(self, held_back, *more):
        hidden.append(held_back)
        return without(self, held_back, *more)

    monkeypatch.setattr(IndexStore, "without", watched)
    recipe = TrainingRecipe(rank=4, alpha=8, learning_rate=1e-2, batch=8, epochs=0.5, checks=1)
    plan = Plan(tasks=["rank"], examples=ExampleRecipe(negatives=2, renamed=0), training=recipe)
    made = tune(opened, {}, plan, quiet).folder
    learned = dict(map(place, learned_by(made)))
    several = (CHOICES - 2) // 4
    assert learned == dict.fromkeys(range(PEOPLE), CHOICES - several - 1)
    hidden.clear()
    found = compare_models(opened, serving_only(opened), {}, quiet, learned=learned_by(made), writers=3)
    assert (found.users, len(found.choices)) == (PEOPLE, PEOPLE * several)
    assert all(step > learned[user] for user, step in (place(choice.event) for choice in found.choices))
    assert hidden == [dict.fromkeys((f"u{user:03}" for user in range(PEOPLE)), several)]
    assert 0 < found.judged <= PEOPLE
    assert found.wrote[SERVING]["summarise"].size == 3  # one text of each person


def test_what_stood_in_the_history_of_what_was_learned_is_not_judged(opened):
    """As by an adapter of before, which learned the last choice but one."""
    opened.memory.catalogue.upsert_items(FILMS)
    opened.memory.events.add(walkers())
    learned = {f"0-{CHOICES - 2}", f"1-{CHOICES - 1}"}
    found = compare_models(opened, serving_only(opened), {}, quiet, learned=learned, writers=0)
    judged = [place(choice.event) for choice in found.choices]
    assert [step for user, step in judged if user == 0] == [CHOICES - 1]
    assert [step for user, step in judged if user == 1] == []
    assert [step for user, step in judged if user == 2] == list(range(CHOICES - 4, CHOICES))


def test_of_the_built_in_viewers_enough_can_be_judged(opened, monkeypatch):
    """A third of them have their very last choice among the candidates, which is too few."""
    monkeypatch.setattr(holdout, "open_encoder", lambda _: HashEmbedder())
    load_builtin(opened)
    found = compare_models(opened, serving_only(opened), {}, quiet, writers=0)
    newest = {choice.user: choice.event for choice in found.choices}
    assert found.users == len(newest) == 60
    assert found.among(set(newest.values())).judged < FEWEST <= found.judged
