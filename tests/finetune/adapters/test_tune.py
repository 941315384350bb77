"""From a log to an adapter that serves, and what is said when there is too little, or nothing to go on with."""

import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from fakes import film
from safetensors.torch import load_file
from sommelier.agent.llm.model_loading import open_model
from sommelier.agent.workspace import Workspace
from sommelier.finetune.adapters import tune as module
from sommelier.finetune.adapters.tune import Plan, tune
from sommelier.finetune.errors import TrainingError
from sommelier.finetune.examples.rank_examples import ExampleRecipe
from sommelier.finetune.training.training import TrainingRecipe
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Film {at:02}", genre=("war", "crime")[at % 2]) for at in range(60)]
EXAMPLES = ExampleRecipe(negatives=2, renamed=0)
TRAINING = TrainingRecipe(rank=4, alpha=8, learning_rate=1e-2, batch=8, epochs=0.5, checks=1)


def walkers(count):
    """People who step from a film to one of the next two."""
    rng = random.Random(5)
    for user in range(count):
        at = rng.randrange(40)
        for step in range(6):
            yield Event(f"{user}-{step}", f"u{user:03}", f"f{at:02}", "purchase", position=step)
            at += rng.choice([1, 1, 2])


@pytest.fixture
def opened(tmp_path, tiny_lm, monkeypatch):
    """A workspace whose model is the tiny one, with a log of so many people."""
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))

    def make(count, settings="", model=tiny_lm):
        folder = tmp_path / "workspace"
        folder.mkdir(exist_ok=True)
        (folder / "sommelier.yaml").write_text(f"model: {model}\nquantize: none\ndevice: cpu\n{settings}")
        workspace = Workspace(folder, create=True)
        workspace.memory.catalogue.upsert_items(FILMS)
        workspace.memory.events.add(walkers(count))
        return workspace

    return make


def tuned(workspace, withheld=None, resume=False, agree=lambda _: True, **plan):
    wanted = Plan(**{"examples": EXAMPLES, "training": TRAINING, **plan})
    return tune(workspace, withheld or {}, wanted, lambda *_: None, resume=resume, agree=agree)


def test_a_log_becomes_an_adapter_that_serves(opened, tiny_lm, tmp_path):
    with opened(40) as workspace:
        found = tuned(workspace)
        assert found.folder == workspace.folder / "adapters" / "001"
        assert not (workspace.folder / "adapters" / "unfinished").exists()
    assert found.data.choices == found.data.users == 40
    assert 0 < found.data.checked < found.data.examples
    assert set(found.data.tasks) == {"rank", "explain", "summarise"}  # nobody gave an opinion
    assert sum(found.data.tasks.values()) == found.data.examples
    assert found.after != found.before
    serving = open_model(tiny_lm, quantize="none", adapter=found.folder, device="cpu", cache=tmp_path / "models")
    assert serving.card.adapter.startswith("001@")
    metadata = json.loads((found.folder / "sommelier.json").read_text())
    assert metadata["data"]["sha256"] == found.data.sha256
    assert metadata["after"] == found.after
    assert set(metadata["prompts"]) == {"rank", "explain", "reply", "summarise"}
    assert (found.folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert list((found.folder / "tensorboard").iterdir())
    assert {"loss", "eval_ndcg"} <= {name for entry in metadata["curve"] for name in entry}


def test_a_second_adapter_has_the_next_number(opened):
    with opened(30) as workspace:
        first = tuned(workspace)
        second = tuned(workspace, users=20)
    assert (first.folder.name, second.folder.name) == ("001", "002")
    assert second.data.users == 20


@pytest.fixture
def seen(monkeypatch):
    """The examples that each training is given."""
    given, train = [], module.train_adapter

    def watched(network, readout, examples, *rest):
        given.append(examples)
        return train(network, readout, examples, *rest)

    monkeypatch.setattr(module, "train_adapter", watched)
    return given


@pytest.fixture
def cut_off(opened, monkeypatch):
    """A workspace in which a run was cut off when it had made its examples, and these."""
    given = []

    def die(_network, _direction, examples, *_):
        given.append(examples)
        raise KeyboardInterrupt

    with opened(40) as workspace, monkeypatch.context() as patched:
        patched.setattr(module, "train_adapter", die)
        with pytest.raises(KeyboardInterrupt):
            tuned(workspace)
    return given


def test_a_run_that_was_cut_off_goes_on_with_its_own_examples(opened, cut_off, seen):
    with opened(40) as workspace:
        workspace.memory.events.add([Event("late", "u000", "f59", "purchase", position=99)])
        tuned(workspace, resume=True)
    assert seen == cut_off


def test_a_run_that_began_before_a_setting_existed_is_gone_on_with(opened, cut_off, seen):
    with opened(40) as workspace:
        path = workspace.folder / "adapters" / "unfinished" / "begun.json"
        begun = json.loads(path.read_text())
        del begun["terms"]["training"]["contrast"]
        path.write_text(json.dumps(begun))
        tuned(workspace, resume=True)
    assert seen == cut_off


@pytest.mark.usefixtures("cut_off")
def test_a_run_that_began_otherwise_is_not_gone_on_with(opened):
    other = replace(TRAINING, rank=8, learning_rate=0.02)
    with opened(40, "contrast: 0.2\n") as workspace, pytest.raises(TrainingError) as refused:
        tuned(workspace, training=other, resume=True, users=7)
    assert "(rank: 4, now 8; --learning-rate: 0.01, now 0.02; contrast: 0.0, now 0.2; --users: none, now 7)" in str(
        refused.value
    )
    assert "leave out the options that differ" in str(refused.value)


@pytest.mark.usefixtures("cut_off")
def test_a_run_is_gone_on_with_by_its_own_plan(opened):
    with opened(40) as workspace:
        plan = Plan.begun(workspace)
        assert (plan.training.rank, plan.training.epochs, plan.users, plan.trials) == (4, 0.5, None, 0)
        with pytest.raises(TrainingError, match="kept 0 test pairs out of its examples, and --test has 1"):
            tune(workspace, {"u000": "f01"}, plan, lambda *_: None, resume=True)
        assert tune(workspace, {}, plan, lambda *_: None, resume=True).folder.name == "001"
        with pytest.raises(TrainingError, match="no run to resume"):
            Plan.begun(workspace)


def test_who_stops_a_run_hears_what_is_kept(opened, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    def stop_at_the_end(stage, done, total):
        if stage.startswith("training") and done == total:
            stop()

    plan = Plan(tasks=["rank"], examples=EXAMPLES, training=replace(TRAINING, checks=2))
    with opened(40) as workspace:
        with pytest.raises(KeyboardInterrupt, match=r"^the examples are kept; `sommelier tune --resume` goes on$"):
            tune(workspace, {}, plan, lambda *_: None, agree=stop)
        with pytest.raises(KeyboardInterrupt, match=r"^the examples are kept, and training up to step \d; "):
            tune(workspace, {}, plan, stop_at_the_end, resume=True)
        monkeypatch.setattr(module, "make_examples", stop)
        with pytest.raises(KeyboardInterrupt, match="nothing of this run is kept yet"):  # but the run before lies there
            tune(workspace, {}, plan, lambda *_: None)


def test_what_is_made_is_counted_to_its_true_end(opened):
    told = {}

    def count(stage, done, total):
        told.setdefault(stage, []).append((done, total))

    with opened(40) as workspace, pytest.raises(TrainingError, match="Nothing was trained"):
        tune(workspace, {}, Plan(examples=EXAMPLES, training=TRAINING), count, agree=lambda _: False)
    for stage in ("making examples", "making explanations", "making summaries"):
        assert told[stage] == [(done, 40) for done in range(1, 41)]


@pytest.mark.usefixtures("cut_off")
@pytest.mark.parametrize("file", ["examples.npz", "begun.json"])
def test_a_run_whose_files_are_damaged_is_not_gone_on_with(opened, file):
    with opened(40) as workspace:
        path = workspace.folder / "adapters" / "unfinished" / file
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(TrainingError, match="no run to resume"):
            tuned(workspace, resume=True)


def test_nothing_to_resume_is_said(opened):
    with opened(5) as workspace, pytest.raises(TrainingError, match="no run to resume"):
        tuned(workspace, resume=True)


@pytest.mark.parametrize(
    ("people", "missing"),
    [(0, "None of the 0 events is a choice, and tuning"), (1, "5 people with choices enough.*there is 1:"),
     (4, "there are 4: log what more people choose")],
)  # fmt: skip
def test_a_log_too_small_to_learn_from_is_refused(opened, people, missing):
    with opened(people) as workspace:
        with pytest.raises(TrainingError, match=missing):
            tuned(workspace)
        assert not (workspace.folder / "adapters" / "unfinished").exists()  # there is nothing to go on with


def test_twelve_people_are_enough(opened):
    with opened(40) as workspace:
        found = tuned(workspace, users=12)
    assert (found.data.users, found.folder.name) == (12, "001")


def test_listwise_ranking_is_not_what_tuning_trains(opened):
    with opened(5, "ranking: listwise\n") as workspace, pytest.raises(TrainingError, match="pointwise"):
        tuned(workspace)


@pytest.mark.parametrize("withheld", [0, 1])
def test_nobody_learns_what_is_withheld_or_validates(opened, seen, tiny_lm, tmp_path, withheld):
    """Of six choices the last validates; with the last withheld, the one before it does."""
    with opened(20) as workspace:
        logs = {f"u{user:03}": workspace.memory.events.history(f"u{user:03}") for user in range(20)}
        tuned(workspace, withheld={user: log[-1].item for user, log in logs.items()} if withheld else {})
    encoder = open_model(tiny_lm, quantize="none", device="cpu", cache=tmp_path / "models").encoder
    ranked = [each for each in seen[0] if each.task == "rank"]
    targets = Counter(encoder.tokenizer.decode(each.question.branches[each.target])[:8].strip() for each in ranked)
    learned = Counter(f"Film {log[-2 - withheld].item[1:]}" for log in logs.values())
    assert targets
    assert targets <= learned


def test_nothing_is_trained_that_nobody_agreed_to(opened):
    asked = []
    with opened(40) as workspace:
        with pytest.raises(TrainingError, match="Nothing was trained"):
            tuned(workspace, agree=lambda cost: asked.append(cost))
        assert not list((workspace.folder / "adapters").glob("0*"))
        assert asked[0].tokens > 0
        assert tuned(workspace, resume=True).folder.name == "001"


def test_everything_at_one_instant_is_learned_in_the_order_of_the_log(opened):
    at = datetime(2024, 5, 1, tzinfo=UTC)
    with opened(0) as workspace:
        workspace.memory.events.add(replace(event, at=at) for event in walkers(40))
        found = tuned(workspace)
    assert found.data.first == found.data.last == at
    assert found.data.choices == 40


def test_a_catalogue_without_anything_else_to_choose_has_nothing_to_teach(opened):
    with opened(0) as workspace:
        workspace.memory.catalogue.delete_items([each.id for each in FILMS[1:]])
        workspace.memory.events.add(
            Event(f"{user}-{at}", f"u{user}", "f00", "purchase", position=at) for user in range(9) for at in range(6)
        )
        with pytest.raises(TrainingError, match=r"Of the 54 events \(54 purchase\) 54 are choices, and none"):
            tuned(workspace)


@pytest.mark.parametrize("method", ["qlora", "dora"])
def test_other_methods_make_adapters_that_serve(opened, make_tiny_lm, tmp_path, method):
    model = make_tiny_lm(tmp_path / "wide", width=64)  # NF4 comes in blocks of 64
    with opened(20, model=model) as workspace:
        found = tuned(workspace, training=replace(TRAINING, method=method), tasks=["rank"])
    metadata = json.loads((found.folder / "sommelier.json").read_text())
    assert metadata["base"]["quantization"] == ("nf4" if method == "qlora" else "none")
    serving = open_model(model, quantize="none", adapter=found.folder, device="cpu", cache=tmp_path / "models")
    assert serving.card.adapter.startswith("001@")


def test_settings_are_searched_and_a_new_adapter_is_trained_with_the_best(opened, monkeypatch):
    best = replace(TRAINING, rank=8, alpha=16, learning_rate=0.02)
    monkeypatch.setattr(module, "search", lambda *_: best)
    with opened(40) as workspace:
        found = tuned(workspace, trials=2, tasks=["rank"])
        metadata = json.loads((found.folder / "sommelier.json").read_text())
        made = json.loads((found.folder / "adapter_config.json").read_text())
        assert (metadata["training"]["learning_rate"], metadata["training"]["rank"], made["r"]) == (0.02, 8, 8)
        assert metadata["parent"] is None
        with pytest.raises(TrainingError, match="without --search"):
            tuned(workspace, trials=2, since_last=True)


def test_nobody_is_checked_who_is_learned_from(opened, monkeypatch):
    """Also where one person gives several examples."""
    given = []

    def die(*told):
        given.append(told)
        raise KeyboardInterrupt

    def later(event):
        item = f"f{(int(event.item[1:]) + 30) % 60:02}"
        return replace(event, id=f"new-{event.id}", item=item, position=10 + event.position)

    monkeypatch.setattr(module, "train_adapter", die)
    with opened(40) as workspace:
        old = workspace.memory.events.arrived()
        workspace.memory.events.add(map(later, walkers(40)))
        monkeypatch.setattr(module.Start, "fresh", lambda *_: workspace.memory.events.arrived_after(old))
        with pytest.raises(KeyboardInterrupt):
            tuned(workspace, tasks=["rank"])
    _, _, learned, checked, *_ = given[0]
    heads = [{each.question.head + each.question.lead for each in some} for some in (learned, checked)]
    assert all(heads)
    assert not heads[0] & heads[1]


@pytest.mark.slow
def test_several_processes_train_one_adapter(opened, tiny_lm, tmp_path):
    with opened(60) as workspace:
        with pytest.raises(TrainingError, match="Nothing was trained"):
            tuned(workspace, agree=lambda _: False, training=TrainingRecipe())
        folder = workspace.folder
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29611",
               "-m", "sommelier.cli", "tune", "--workspace", str(folder), "--resume", "--json"]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert [each.name for each in (folder / "adapters").iterdir()] == ["001"]
    assert ran.stdout.count('"folder"') == 1
    open_model(tiny_lm, quantize="none", adapter=folder / "adapters" / "001", device="cpu", cache=tmp_path / "models")
    alone = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29612",
             "-m", "sommelier.cli", "tune", "--workspace", str(folder)]  # fmt: skip
    assert (
        "Examples are made by one process" in subprocess.run(alone, capture_output=True, text=True, check=False).stderr
    )


@pytest.mark.parametrize(
    ("version", "method", "said"), [("1", "lora", "fsdp_version: 2"), ("2", "qlora", "Weights in nf4 cannot be shared")]
)
def test_what_cannot_be_shared_out_is_refused(opened, make_tiny_lm, tmp_path, monkeypatch, version, method, said):
    monkeypatch.setattr(module, "SHARDED", True)
    monkeypatch.setattr(module, "SHARDING", version)
    with (
        opened(5, model=make_tiny_lm(tmp_path / "wide", width=64)) as workspace,
        pytest.raises(TrainingError, match=said),
    ):
        tuned(workspace, training=replace(TRAINING, method=method))


def sharded(folder, port, die_at=0):
    """Tune in two processes that share out the weights, killed after the checkpoint of a step."""
    here = Path(__file__).parent
    command = [sys.executable, "-m", "accelerate.commands.launch",
               "--config_file", str(here.parents[2] / "examples" / "fsdp.yaml"), "--num_processes", "2",
               "--main_process_port", str(port), str(here / "sharding_on_cpu.py"), str(die_at),
               "tune", "--workspace", str(folder), "--resume", "--json", "--learning-rate", "0.01"]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.timeout(900)  # three trainings, each in processes of its own
def test_processes_that_share_out_the_weights_train_what_one_trains_also_after_a_kill(opened, tiny_lm, tmp_path):
    recipe = TrainingRecipe(learning_rate=0.01)
    with opened(60) as workspace:
        with pytest.raises(TrainingError, match="Nothing was trained"):
            tuned(workspace, agree=lambda _: False, training=recipe)
        folder = workspace.folder
    shutil.copytree(folder, tmp_path / "alone")
    with Workspace(tmp_path / "alone") as workspace:
        alone = tuned(workspace, training=recipe, resume=True)
    killed = sharded(folder, 29613, die_at=2)
    assert killed.stdout.count("holds 50%") == 2, killed.stderr[-2000:]
    (checkpoint,) = (folder / "adapters" / "unfinished" / "checkpoints").glob("checkpoint-2")
    assert len(list((checkpoint / "pytorch_model_fsdp_0").glob("*.distcp"))) == 2
    state = json.loads((checkpoint / "trainer_state.json").read_text())
    assert state["best_model_checkpoint"].endswith(f"checkpoint-{state['best_global_step']}")
    ran = sharded(folder, 29614)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert [each.name for each in (folder / "adapters").iterdir()] == ["001"]
    made = folder / "adapters" / "001"
    expected, found = (load_file(each / "adapter_model.safetensors") for each in (alone.folder, made))
    assert expected.keys() == found.keys()
    assert max(each.abs().max() for name, each in found.items() if "lora_B" in name) > 0.01  # they began at zero
    assert all(torch.allclose(expected[name], found[name], atol=1e-4) for name in expected)
    metadata = json.loads((made / "sommelier.json").read_text())
    assert metadata["before"] == pytest.approx(alone.before, rel=1e-4)
    assert metadata["after"] == pytest.approx(alone.after, rel=1e-4)
    open_model(tiny_lm, quantize="none", adapter=made, device="cpu", cache=tmp_path / "models")
