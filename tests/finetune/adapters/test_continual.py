"""Learning goes on from what serves with what is new, replays what is old, and is refused where that is forgotten."""

import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fakes import film
from sommelier.agent.workspace import Workspace
from sommelier.finetune.adapters.comparison import Compared, Comparison
from sommelier.finetune.adapters.gate import CANDIDATE, SERVING, Gate, refusal
from sommelier.finetune.adapters.parentage import MARK, Start
from sommelier.finetune.adapters.registry import AdapterError, Registry
from sommelier.finetune.adapters.run_state import EXAMPLES
from sommelier.finetune.adapters.tune import UNFINISHED, Plan, tune
from sommelier.finetune.adapters.watch import TRIED, Schedule, watch
from sommelier.finetune.errors import TrainingError
from sommelier.finetune.evaluation.cases import training_cases, validation_cases
from sommelier.finetune.examples.example_file import load_examples
from sommelier.finetune.examples.rank_examples import ExampleRecipe
from sommelier.finetune.training.training import TrainingRecipe
from sommelier.retrieval.catalogue import Event
from typer.testing import CliRunner

from sommelier.cli import app

FILMS = [film(f"f{at:02}", title=f"Film {at:02}", genre=("war", "crime")[at % 2]) for at in range(60)]
TRAINING = TrainingRecipe(rank=4, alpha=8, learning_rate=1e-2, batch=8, epochs=1, checks=1)
SLICE = 6
"""Choices of each person in a slice of time."""


def quiet(*_):
    pass


def slice_of(number, people=range(30)):
    """In each slice of time people step through another part of the catalogue."""
    rng = random.Random(number)
    for user in people:
        at = 18 * number + rng.randrange(6)
        for step in range(SLICE):
            yield Event(
                f"{number}-{user}-{step}", f"u{user:03}", f"f{at:02}", "purchase", position=SLICE * number + step
            )
            at += rng.choice([1, 1, 2])


@pytest.fixture
def workspace(tmp_path, tiny_lm, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "sommelier.yaml").write_text(f"model: {tiny_lm}\nquantize: none\ndevice: cpu\n")
    with Workspace(folder, create=True) as opened:
        opened.memory.catalogue.upsert_items(FILMS)
        opened.memory.events.add(slice_of(0))
        yield opened


def dated(year, events):
    return (replace(event, at=datetime(year, 1, 1, event.position, tzinfo=UTC)) for event in events)


def tuned(workspace, since_last=False, agree=lambda _: True):
    recipe = ExampleRecipe(negatives=3, renamed=0)
    plan = Plan(tasks=["rank"], examples=recipe, training=TRAINING, since_last=since_last)
    return tune(workspace, {}, plan, quiet, agree=agree)


def serve(workspace, name, monkeypatch):
    alike = np.full(40, 0.5)
    comparison = Comparison(40, alike, {}, {SERVING: alike, CANDIDATE: alike})
    with monkeypatch.context() as patched:
        patched.setattr(Registry, "judge", lambda *_: Gate(comparison, comparison.not_worse(CANDIDATE, SERVING)))
        Registry(workspace).promote(name, {}, quiet)


def test_events_are_numbered_as_they_come_in(workspace):
    mark = workspace.memory.events.arrived()
    assert workspace.memory.events.arrived_after(mark) == set()
    late = [Event("late", "u000", "f01", "purchase", position=-5), Event("later", "new", "f01", "purchase", position=0)]
    workspace.memory.events.add(late)
    assert workspace.memory.events.arrived_after(mark) == {"late", "later"}
    assert workspace.memory.events.arrived() > mark
    assert len(workspace.memory.events.arrived_after(0)) == 30 * SLICE + 2


def test_new_choices_are_learned_beside_as_many_old_ones_and_neither_last_one(workspace):
    mark = workspace.memory.events.arrived()
    workspace.memory.events.add(slice_of(1, range(10)))
    fresh = workspace.memory.events.arrived_after(mark)
    cases, held_back = training_cases(workspace.memory, {}, fresh=fresh)
    newer = [case for case in cases if case.event.id in fresh]
    assert len(cases) == 2 * len(newer) == 20
    assert {case.event.id for case in newer} == {f"1-{user}-{SLICE - 2}" for user in range(10)}
    assert {case.event.id.rpartition("-")[2] for case in cases if case.event.id not in fresh} == {str(SLICE - 2)}
    earlier, hidden = validation_cases(workspace.memory, {}, before=fresh)
    assert {case.event.id for case in earlier} == {f"0-{user}-{SLICE - 1}" for user in range(30)}
    assert all(len(workspace.memory.events.history(case.user)) - case.held_back == SLICE - 1 for case in earlier)
    assert {hidden[f"u{user:03}"] for user in range(10)} == {SLICE + 1}
    for case in cases:
        known = workspace.memory.events.history(case.user)
        assert case.target not in {event.item for event in known[: len(known) - held_back[case.user]]}


def test_what_newcomers_choose_is_learned_beside_what_others_chose_before_them(workspace):
    mark = workspace.memory.events.arrived()
    workspace.memory.events.add(slice_of(1, range(30, 45)))
    fresh = workspace.memory.events.arrived_after(mark)
    cases, _ = training_cases(workspace.memory, {}, users=10, fresh=fresh)
    newer = [case for case in cases if case.event.id in fresh]
    older = [case for case in cases if case.event.id not in fresh]
    assert len(newer) == len(older) == 10
    assert all(case.user >= "u030" for case in newer)
    assert {case.event.id.rpartition("-")[2] for case in older} == {str(SLICE - 2)}


def test_what_is_replayed_counts_like_what_is_new_however_old_it_is(workspace, monkeypatch):
    workspace.memory.events.add(dated(2003, slice_of(1)))
    mark = workspace.memory.events.arrived()
    workspace.memory.events.add(dated(2023, slice_of(2, range(30, 60))))
    monkeypatch.setattr(Start, "fresh", lambda _, memory: memory.events.arrived_after(mark))
    with pytest.raises(TrainingError, match="Nothing was trained"):
        tuned(workspace, agree=lambda _: False)
    weights = [each.weight for each in load_examples(workspace.folder / "adapters" / UNFINISHED / EXAMPLES)]
    assert len(weights) > 20
    assert min(weights) > 0.9 * max(weights)


def test_learning_goes_on_from_what_serves(workspace, monkeypatch):
    with pytest.raises(TrainingError, match="No adapter serves that was tuned on this log"):
        tuned(workspace, since_last=True)
    first = tuned(workspace)
    serve(workspace, first.folder.name, monkeypatch)
    with pytest.raises(TrainingError, match="nothing new to learn"):
        tuned(workspace, since_last=True)
    workspace.memory.events.add(slice_of(1))
    second = tuned(workspace, since_last=True)
    metadata = json.loads((second.folder / "sommelier.json").read_text())
    assert metadata["parent"].startswith(f"{first.folder.name}@")
    assert metadata["since"] == json.loads((first.folder / "sommelier.json").read_text())[MARK] < metadata[MARK]
    assert second.data.choices == 60


def gate(candidate, serving, earlier=None):
    some = np.array(serving, float)
    comparison = Comparison(len(some), some, {}, {SERVING: some, CANDIDATE: np.array(candidate, float)})
    return Gate(comparison, comparison.not_worse(CANDIDATE, SERVING), earlier)


@pytest.mark.parametrize(("count", "sure"), [(32, "+0.4000 to +0.4000, 95%"), (2, "too few to say")])
def test_the_command_says_what_is_gained_on_what_is_new(workspace, monkeypatch, count, sure):
    found = gate([0.9] * 10 + [0.5] * 30, [0.5] * 40, gate([0.5] * 3, [0.5] * 3))
    newer = replace(found.comparison, fused={SERVING: np.full(32, 0.5), CANDIDATE: np.full(32, 0.9)},
                    retrieval=np.full(32, 0.5), judged=count)  # fmt: skip
    some = {SERVING: np.zeros(40), CANDIDATE: np.zeros(40)}
    shown = replace(found, newer=newer, comparison=replace(found.comparison, alone=some))
    monkeypatch.setattr(Registry, "judge", lambda *_: shown)
    folder = workspace.folder
    (folder / "adapters" / "001").mkdir(parents=True)
    (folder / "adapters" / "001" / "sommelier.json").write_text("{}")
    workspace.close()
    said = " ".join(CliRunner().invoke(app, ["adapters", "compare", "001", "-w", str(folder)]).output.split())
    assert "On those choices of 32 people that are among the new events" in said
    assert f"changes NDCG@10 by +0.4000 ({sure})" in said
    assert "ranking: not worse, on 40 validation users" in said
    assert "ranking, on choices from before the new events: undecided, too few to say on 3 validation users" in said


def test_a_refusal_has_the_table_and_then_the_sentence(workspace, monkeypatch):
    worse = gate([0.1, 0.2] * 20, [0.5] * 40)
    monkeypatch.setattr(Registry, "judge", lambda *_: worse)
    folder = workspace.folder
    (folder / "adapters" / "001").mkdir(parents=True)
    (folder / "adapters" / "001" / "sommelier.json").write_text("{}")
    workspace.close()
    result = CliRunner().invoke(app, ["adapters", "promote", "1", "-w", str(folder)])
    assert isinstance(result.exception, AdapterError)
    assert "the adapter 001 is not promoted (worse)" in str(result.exception)
    assert "NDCG@10 is 0.1500 and that of what serves 0.5000" in str(result.exception)
    assert "40 validation users" in result.stdout
    assert "0.1500" in result.stdout


def test_who_forgets_is_refused_however_good_on_what_is_new():
    good, same, bad = [0.9] * 50, [0.5] * 50, [0.1] * 50
    assert gate(good, same).verdict == "not worse"
    assert gate(good, same, gate(same, same)).verdict == "not worse"
    assert gate(bad, same, gate(same, same)).verdict == "worse"
    forgetful = gate(good, same, gate(bad, same))
    assert forgetful.verdict == "worse"
    assert "from before the new events" in refusal("002", forgetful)


def chose(user, event, serving):
    ndcg = {SERVING: serving, CANDIDATE: serving + 1}
    return Compared(user, event, serving > 0, serving / 2, ndcg, ndcg)


def test_a_part_of_a_comparison_is_that_of_some_choices():
    choices = [chose("ann", "a", 1.0), chose("ben", "b", 0.5), chose("cas", "c", 0.3), chose("dan", "d", 0.0)]
    wrote = {name: {"explain": np.ones(4)} for name in (SERVING, CANDIDATE)}
    part = Comparison.of(wrote, choices, wrote).among({"d", "b", "x"})
    assert (part.users, part.judged, part.choices, part.wrote) == (2, 1, [choices[1], choices[3]], {})
    assert part.retrieval.tolist() == [0.25, 0]
    assert part.alone[SERVING].tolist() == part.fused[SERVING].tolist() == [0.5, 0.0]
    assert part.change(CANDIDATE, SERVING) == (1, 1, 1)
    nothing = part.among(())
    assert (nothing.users, nothing.judged, nothing.fused[CANDIDATE].size) == (0, 0, 0)


def test_choices_of_one_person_are_one_observation():
    """A thousand choices of two people say no more than two people can."""
    choices = [chose(user, f"{user}{at}", value) for user, value in (("ann", 0.2), ("ben", 0.6)) for at in range(500)]
    found = Comparison.of((SERVING, CANDIDATE), [*choices, chose("ann", "missed", 0.0)])
    assert (found.users, found.judged, len(found.choices)) == (2, 2, 1001)
    assert found.fused[SERVING].tolist() == pytest.approx([0.2 * 500 / 501, 0.6])
    assert Gate.of(found).verdict == "undecided"
    assert "too few to say on 2 validation users and 1,001 choices of theirs" in refusal("001", Gate.of(found))


def test_three_slices_of_time_give_a_matrix_of_what_is_learned_and_kept(workspace, monkeypatch, capsys):
    """After each slice, the change of NDCG@10 on its own choices and on those before; the last has fewer people."""
    people, rows = (30, 30, 20), []
    for number, there in enumerate(people):
        if number:
            workspace.memory.events.add(slice_of(number, range(there)))
        found = tuned(workspace, since_last=number > 0)
        registry, name = Registry(workspace), found.folder.name
        compared = registry.judge(name, {}, quiet)
        serve(workspace, name, monkeypatch)
        earlier = [compared.earlier.comparison] if compared.earlier else []
        assert all(each.users == len(each.choices) == 30 for each in [compared.comparison, *earlier])
        assert [each.wrote[CANDIDATE]["summarise"].size for each in earlier] == [0] * len(earlier)
        assert len(earlier) == (number > 0)
        newer = compared.newer or compared.comparison
        assert {choice.event.partition("-")[0] for choice in newer.choices} == {str(number)}
        assert newer.users == there
        rows.append([each.change(CANDIDATE, SERVING)[1] for each in (newer, *earlier)])
        assert (found.folder / "lift.png").read_bytes().startswith(b"\x89PNG")
    with capsys.disabled():
        print("\nslice, gain on the new choices, change on those before:")  # noqa: T201
        for number, row in enumerate(rows):
            print(number, *(f"{value:+.4f}" for value in row))  # noqa: T201


@pytest.mark.parametrize(
    ("events", "hours", "new", "ago", "due"),
    [(10, None, 9, None, False), (10, None, 10, None, True), (10, 1.0, 1, 0.5, False), (10, 1.0, 1, 1.5, True),
     (10, 1.0, 0, 99, False), (10, 1.0, 3, None, False)],
)  # fmt: skip
def test_it_is_time_when_enough_came_in_or_long_enough_ago(events, hours, new, ago, due):
    since = None if ago is None else datetime.now(UTC) - timedelta(hours=ago)
    assert Schedule(events, hours).due(new, since) is due


def test_watching_tunes_when_enough_came_in_and_not_again_before(workspace, monkeypatch):
    folder = workspace.folder
    workspace.close()
    alike = gate([0.5] * 40, [0.5] * 40)
    monkeypatch.setattr(Registry, "judge", lambda *_: alike)
    looks = watch(folder, Schedule(100), Plan(training=replace(TRAINING, epochs=0.2)), quiet, pause=0)
    assert "the adapter 001 serves" in next(looks)
    assert next(looks) == "0 new events; nothing to do yet."
    with Workspace(folder) as opened:
        opened.memory.events.add(slice_of(1))
    assert "the adapter 002 serves" in next(looks)
    with Workspace(folder, use="look") as opened:
        assert Registry(opened).metadata("002")["parent"].startswith("001@")


def watched(folder, monkeypatch, candidate=0.5):
    """One look, at 100 new events or more: what it tells on the way, and what came of it."""
    shown = gate([candidate] * 40, [0.5] * 40)
    monkeypatch.setattr(Registry, "judge", lambda *_: shown)
    told = []
    plan = Plan(tasks=["rank"], training=replace(TRAINING, epochs=0.2))
    said = next(watch(folder, Schedule(100), plan, quiet, pause=0, tell=told.append))
    return told, said


def test_what_somebody_learned_already_is_not_new_to_watching(workspace, monkeypatch):
    folder = workspace.folder
    first = tuned(workspace).folder.name
    serve(workspace, first, monkeypatch)
    workspace.close()
    assert watched(folder, monkeypatch) == ([], "0 new events; nothing to do yet.")
    with Workspace(folder) as opened:
        opened.memory.events.add(slice_of(1))
        tuned(opened, since_last=True)  # and nobody promotes it
    assert watched(folder, monkeypatch) == ([], "0 new events; nothing to do yet.")
    with Workspace(folder) as opened:
        opened.memory.events.add(slice_of(2, range(20)))
        (folder / "adapters" / "002" / "sommelier.json").write_text("{")  # who cannot be read has learned nothing
    assert watched(folder, monkeypatch)[0][0] == "300 new events: tuning on from the adapter 001."


def test_watching_tells_what_it_does_and_what_came_of_it(workspace, monkeypatch):
    folder = workspace.folder
    workspace.close()
    told, said = watched(folder, monkeypatch)
    assert told[0] == "180 new events: tuning on the whole log."
    assert re.fullmatch(r"Training reads [\d,]+ tokens, about 1 minute here, up to [\d.]+ GB of memory\.", told[1])
    assert re.fullmatch(
        r"The adapter 001 is trained \(NDCG@10 0\.\d{4}, before 0\.\d{4}\): comparing it with what serves\.", told[2]
    )
    assert said == "180 new events: the adapter 001 serves, not worse than what served before."
    with Workspace(folder) as opened:
        opened.memory.events.add(slice_of(1))
    told, said = watched(folder, monkeypatch, candidate=0.1)
    assert told[0] == "180 new events: tuning on from the adapter 001."
    assert said.endswith("(the adapter 002 was deleted)")


def test_watching_says_what_is_missing_where_much_came_in_of_which_nothing_can_be_learned(workspace, monkeypatch):
    folder = workspace.folder
    first = tuned(workspace).folder.name
    serve(workspace, first, monkeypatch)
    workspace.memory.events.add(
        Event(f"v{at}", f"u{at % 30:03}", "f01", "view" if at % 5 else "click", position=100 + at) for at in range(500)
    )
    workspace.close()
    _, said = watched(folder, monkeypatch)
    assert said.startswith("500 new events, and no new adapter: None of the 500 new events is a choice (400 view, 100 ")
    assert said.endswith("log events of the kinds like, play, purchase, rating, save, seen, share.")
    with Workspace(folder) as opened:
        opened.memory.events.add(Event(f"n{at}", f"new{at}", f"f{at % 60:02}", "like") for at in range(200))
    _, said = watched(folder, monkeypatch)
    assert "Of the 700 new events (400 view, 200 like, 100 click) 200 are choices, and none can be learned" in said


def test_watching_deletes_what_the_gate_refuses_and_goes_on(workspace, monkeypatch):
    folder = workspace.folder
    workspace.close()
    worse = gate([0.1] * 40, [0.5] * 40)
    monkeypatch.setattr(Registry, "judge", lambda *_: worse)
    looks = watch(folder, Schedule(100), Plan(training=replace(TRAINING, epochs=0.2)), quiet, pause=0)
    assert "no new adapter: the adapter 001 is not promoted (worse)" in next(looks)
    assert next(looks) == "0 new events; nothing to do yet."
    with Workspace(folder, use="look") as opened:
        assert Registry(opened).names() == []
        assert opened.memory.settings.get(TRIED).arrived == opened.memory.events.arrived()


def test_forced_is_the_only_way_past_the_gate(workspace, monkeypatch):
    name = tuned(workspace).folder.name
    worse = gate([0.1] * 40, [0.5] * 40)
    monkeypatch.setattr(Registry, "judge", lambda *_: worse)
    with pytest.raises(AdapterError, match="worse"):
        Registry(workspace).promote(name, {}, quiet)
