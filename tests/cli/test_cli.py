"""The command line as people meet it: what it prints, what it exits with, and that no problem shows a traceback."""

import json
import random
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sommelier.agent.ranking.ranking import SHIPPED_LM
from sommelier.finetune.errors import TrainingError
from typer.testing import CliRunner

from sommelier.cli import app

ITEMS = """id,title,genre,year,description
a,Alpha,drama,1990,A slow story about a lighthouse.
b,Beta,comedy,2001,Two brothers open a bakery.
c,Gamma,drama,2010,A letter arrives thirty years late.
,Nameless,drama,2011,No id here.
"""
EVENTS = """user,item,kind,at
u1,a,like,2026-01-01
u1,b,play,2026-01-02
u2,a,play,2026-01-01
u2,c,play,2026-01-03
u2,zzz,play,2026-01-03
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "items.csv").write_text(ITEMS)
    (folder / "events.csv").write_text(EVENTS)
    (folder / "test.tsv").write_text("user_id\titem_id\nu1\tc\nu2\tb\n")
    (folder / "peer.tsv").write_text("u1\tc b\nu2\ta b\n")
    result = run("ingest", "-w", folder / "w", "--items", folder / "items.csv", "--events", folder / "events.csv")
    assert result.exit_code == 3, result.output
    return folder


def run(*words, wide=False):
    return CliRunner(env={"COLUMNS": "200"} if wide else {}).invoke(app, [str(word) for word in words])


def read(*words):
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def in_a_process(*words, **environment):
    import os

    command = [sys.executable, "-c", "from sommelier.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def test_ingest_says_what_it_rejected_and_loads_the_rest(shop):
    rejects = [json.loads(line) for line in (shop / "w" / "rejects.jsonl").read_text().splitlines()]
    assert {(Path(each["file"]).name, each["line"]) for each in rejects} == {("items.csv", 5), ("events.csv", 6)}
    assert len(read("recommend", "stranger", "-w", shop / "w")) == 3


def test_observe_then_profile_then_recommend(shop):
    run("observe", "u9", "a", "like", "-w", shop / "w")
    profile = read("profile", "u9", "-w", shop / "w")
    assert profile["events"] == 1
    assert profile["interests"][0]["strength"] == 1.0
    shelf = read("recommend", "u9", "-n", "2", "-w", shop / "w")
    assert [each["rank"] for each in shelf] == [1, 2]
    assert "a" not in [each["item"]["id"] for each in shelf]


def test_titles_reach_the_terminal_as_text(tmp_path):
    (tmp_path / "items.csv").write_text("id,title,genre\na,[/REC] 2,[red]horror\nb,\x1b[31mEscape\x1b]0;x\x07,drama\n")
    run("ingest", "-w", tmp_path / "w", "--items", tmp_path / "items.csv")
    shown = run("recommend", "anyone", "-w", tmp_path / "w")
    assert shown.exit_code == 0
    assert "[/REC] 2" in shown.output
    assert "\x1b" not in shown.output


def test_prompts_of_a_mistyped_workspace_are_not_well_formed(tmp_path):
    for command in ("check", "checkout", "publish"):
        result = in_a_process("prompts", command, "-w", tmp_path / "typo")
        assert result.returncode == 2
        assert "no workspace" in result.stderr
    assert not (tmp_path / "typo").exists()


def test_an_index_brought_up_to_date_keeps_the_rejects(shop):
    before = (shop / "w" / "rejects.jsonl").read_text()
    assert run("ingest", "-w", shop / "w").exit_code == 0
    assert (shop / "w" / "rejects.jsonl").read_text() == before


def test_a_filter_that_nothing_meets_says_what_would(shop):
    shown = run("recommend", "stranger", "--filter", '{"year": {"$gte": 2011}}', "-w", shop / "w")
    assert shown.exit_code == 0
    assert "2010" in shown.stderr
    assert read("recommend", "stranger", "--filter", '{"year": {"$gte": 2011}}', "-w", shop / "w") == []


def test_recommend_takes_a_filter(shop):
    shelf = read("recommend", "stranger", "--filter", '{"year": {"$gte": 2005}}', "-w", shop / "w")
    assert [each["item"]["id"] for each in shelf] == ["c"]


def test_evaluate_has_the_agreed_shape(shop):
    peer = f"mine={shop / 'peer.tsv'}"
    report = read("evaluate", "-w", shop / "w", "--test", shop / "test.tsv", "--peer", peer)
    assert {"users", "systems", "versus_retrieval", "pool_recall", "groups", "not_worse"} <= report.keys()
    assert report["users"] == 2
    assert report["systems"].keys() == {"popularity", "retrieval", "lm", "fused", "mine"}
    for metrics in report["systems"].values():
        assert {"hr@1", "hr@10", "hr@20", "hr@50", "hr@100", "ndcg@10", "mrr"} <= metrics.keys()
    assert report["systems"]["mine"]["hr@1"] == 0.5
    low, middle, high = report["versus_retrieval"]["mine"]["ndcg@10"]
    assert low <= middle <= high


def test_doctor_reports_on_everything(shop):
    findings = {each["name"]: each for each in read("doctor", "-w", shop / "w")}
    expected = {"python", "device", "packages", "workspace", "index", "prompts", "model"}
    expected |= {"bundled encoder", "text encoder", "vector store"}
    assert expected | {"behaviour tower", "quantization", "adapter", "fusion weights"} == findings.keys()
    assert all(each["status"] != "wrong" for each in findings.values())
    assert "b179c9523d0e" in findings["model"]["value"]
    assert "shipped defaults" in findings["fusion weights"]["value"]
    assert f"a = {SHIPPED_LM[0]:.3f} without a request" in findings["fusion weights"]["value"]


def test_doctor_tells_that_a_bare_model_is_not_heard(shop, tmp_path):
    run("ingest", "-w", tmp_path / "w", "--items", shop / "items.csv")
    (tmp_path / "w" / "sommelier.yaml").write_text("adapter: none\n")
    findings = {each["name"]: each for each in read("doctor", "-w", tmp_path / "w")}
    assert "a = 0.000 without a request, 0.000 with one; shipped defaults" in findings["fusion weights"]["value"]


def test_a_small_log_is_not_fitted_and_says_so(shop):
    shown = run("fit", "-w", shop / "w")
    assert shown.exit_code == 0
    assert "that takes 500 users" in " ".join(shown.output.split())
    assert read("fit", "-w", shop / "w") == {"tower": None, "weights": None, "strength": None}


@pytest.mark.slow
def test_a_fit_says_what_it_is_worth(tmp_path):
    rng, steps = random.Random(2), []
    for user in range(520):
        at = rng.randrange(30)
        for place in range(5):
            steps.append(f"u{user},i{at % 30:02},play,2026-01-{place + 1:02}\n")
            at += rng.choice([1, 1, 2])
    rows = [f"i{at:02},Item {at},{('war', 'crime', 'love')[at % 3]}\n" for at in range(30)]
    (tmp_path / "items.csv").write_text("id,title,genre\n" + "".join(rows))  # something to ask for
    (tmp_path / "events.csv").write_text("user,item,kind,at\n" + "".join(steps))
    workspace = tmp_path / "w"
    run("ingest", "-w", workspace, "--items", tmp_path / "items.csv", "--events", tmp_path / "events.csv")
    (workspace / "sommelier.yaml").write_text("pool: 2\n")
    shown = in_a_process("fit", "-w", workspace, COLUMNS="160").stdout
    assert "520 validation users" in shown
    assert "(chosen)" in shown
    gain = re.search(r"features, without a request.*?520.*?(0\.\d+).*?(0\.\d+).*?\[", shown)
    assert 0.5 < float(gain[1]) <= 1  # the next item is one of two
    assert 0.5 < float(gain[2]) <= 1
    assert "language model, with a request" in shown


def test_a_log_is_tuned_and_the_adapter_serves_after_its_promotion(tmp_path, tiny_lm):
    draw = random.Random(4)
    (tmp_path / "items.csv").write_text("id,title,genre\n" + "".join(f"{at},Film {at},drama\n" for at in range(30)))
    walks = [(user, at + step) for user in range(30) for at in [draw.randrange(24)] for step in range(5)]
    rows = [f"u{user},{item},play,2026-01-{item + 1:02}\n" for user, item in walks]
    (tmp_path / "events.csv").write_text("user,item,kind,at\n" + "".join(rows))
    made = run("ingest", "-w", tmp_path / "w", "--items", tmp_path / "items.csv", "--events", tmp_path / "events.csv")
    assert made.exit_code == 0, made.output
    (tmp_path / "w" / "sommelier.yaml").write_text(f"model: {tiny_lm}\nquantize: none\ndevice: cpu\n")
    place = ("-w", tmp_path / "w")
    assert "no adapters" in run("adapters", "list", *place).stdout
    nobody = run("tune", *place, "--users", 1)
    assert isinstance(nobody.exception, TrainingError)
    assert "cut off" not in nobody.stderr
    (tmp_path / "w" / "adapters" / "unfinished" / "checkpoints").mkdir(parents=True)
    replaced = run("tune", *place, "--users", 1)
    assert f"A run that was cut off lies in {tmp_path / 'w' / 'adapters' / 'unfinished'}: --resume" in replaced.stderr
    tuned = run("tune", *place, "--users", 20, "--epochs", 0.2)
    assert tuned.exit_code == 0, tuned.output
    assert "adapters/001; it learned from" in tuned.stdout
    assert "4 of them rankings" in tuned.stdout
    assert "NDCG@10 on 4 rankings: says nothing, it takes 30." in tuned.stdout
    told = run("adapters", "list", *place, wide=True).stdout
    assert re.search(r"001 +.* 4 rankings: says nothing", told), told
    card = run("adapters", "show", "1", *place).stdout
    assert card == (tmp_path / "w" / "adapters" / "001" / "README.md").read_text() + "\n"
    assert "More Information Needed" not in card
    assert "It has not been compared" in card
    (tmp_path / "w" / "adapters" / "mine").mkdir()
    (tmp_path / "w" / "adapters" / "mine" / "adapter_model.safetensors").touch()
    (tmp_path / "w" / "adapters" / "000").mkdir()
    (tmp_path / "w" / "adapters" / "000" / "sommelier.json").write_text("[")
    refused = in_a_process("adapters", "promote", "../001", *place)
    assert "there is no adapter '../001'" in refused.stderr
    promoted = run("adapters", "promote", "1", *place, "--force")
    assert promoted.exit_code == 0, promoted.output
    assert "30 validation users" in promoted.stdout
    assert re.search(
        r"Of 30 people \d+ have their choice among the candidates: each of 2 models judges", promoted.stderr
    )
    assert "ranking: undecided, too few to say on 30 validation users" in promoted.stdout
    listing = run("adapters", "list", *place, wide=True).stdout
    assert "000: The metadata of the adapter" in listing
    assert "The folder mine is not listed: its name is no number: rename it, to 002" in listing
    assert re.search(r"001 .*yes .*undecided", listing), listing
    card = run("adapters", "show", "001", *place).stdout
    assert re.search(r"Compared with the bare model on 20..-..-..: undecided\.", card)
    assert "ranking: undecided, too few to say on 30" in card
    shutil.rmtree(tmp_path / "w" / "adapters" / "000")
    (listed,) = read("adapters", "list", *place)
    assert (listed["adapter"], listed["serves"]) == ("001", True)
    assert read("adapters", "show", "001", *place)["data"]["users"] == 20
    kept = in_a_process("adapters", "delete", "001", *place)
    assert (kept.returncode, kept.stderr.count("\n")) == (2, 1)
    assert "what ships" in run("adapters", "rollback", *place).stdout
    assert run("adapters", "delete", "001", *place).exit_code == 0
    assert read("adapters", "list", *place) == []


def test_adapters_whose_check_got_worse_or_whose_metadata_lack_it_are_listed(shop, tmp_path):
    run("ingest", "-w", tmp_path / "w", "--items", shop / "items.csv")
    metadata = {
        "001": {"data": {"choices": 1200, "ranked": 99}, "before": {"ndcg": 0.5}, "after": {"ndcg": 0.4}},
        "002": {"data": {"choices": 7}, "before": {"ndcg": 0.4}, "after": {"ndcg": 0.5}},
        "003": {"prompt": "abc", "data": 5},
    }
    for name, told in metadata.items():
        (tmp_path / "w" / "adapters" / name).mkdir(parents=True)
        (tmp_path / "w" / "adapters" / name / "sommelier.json").write_text(json.dumps(told))
    said = run("adapters", "list", "-w", tmp_path / "w", wide=True)
    assert said.exit_code == 0, said.output
    for shown in (r"001 .* 1,200 .* 99 rankings .* 0\.5000 .* 0\.4000, worse", r"002 .* not told .* 0\.5000 ", "003"):
        assert re.search(shown, said.stdout), said.stdout


def test_a_conversation_in_the_terminal(shop):
    command = ["chat", "--terminal", "-w", str(shop / "w"), "--user", "u1"]
    with ThreadPoolExecutor(1) as pool:  # in this thread, an open browser of other tests keeps a loop running
        result = pool.submit(CliRunner().invoke, app, command, input="a letter\n/quit\n").result()
    assert result.exit_code == 0
    assert "Gamma" in result.output


def test_prompts_are_edited_checked_and_published(shop):
    workspace = shop / "w"
    assert run("prompts", "checkout", "-w", workspace).exit_code == 0
    draft = workspace / "prompts" / "reply.md"
    good = draft.read_text()
    draft.write_text(good.replace("# user", "# user\n{{ nonsense }}"))
    assert run("prompts", "check", "-w", workspace).exit_code == 2
    draft.write_text(good)
    assert run("prompts", "check", "-w", workspace).exit_code == 0
    assert run("prompts", "publish", "-w", workspace).exit_code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("recommend", "u1", "-w", "{tmp}/nowhere"), "sommelier ingest"),
        (("recommend", "u1", "-w", "{shop}/w", "--filter", "{{year"), "not JSON"),
        (("ingest", "-w", "{tmp}/w", "--items", "{tmp}/missing.csv"), "missing.csv"),
        (("ingest", "-w", "{tmp}/w", "--preset", "netflix", "{tmp}"), "movielens-small"),
        (("ingest", "-w", "{tmp}/w", "--preset", "movielens-small"), "folder"),
        (("evaluate", "-w", "{shop}/w", "--test", "{tmp}/missing.tsv"), "missing.tsv"),
        (("observe", "u1", "nope", "like", "-w", "{shop}/w"), "nope"),
        (("observe", "u1", "a", "adore", "-w", "{shop}/w"), "adore"),
    ],
)
def test_a_problem_is_one_sentence_and_exit_code_2(shop, tmp_path, words, told):
    result = in_a_process(*(word.format(tmp=tmp_path, shop=shop) for word in words))
    assert result.returncode == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_a_model_that_is_not_there_is_one_sentence(shop, tmp_path):
    config = shop / "w" / "sommelier.yaml"
    config.write_text(f"model: {tmp_path / 'no-model'}\n")
    try:
        result = in_a_process("recommend", "u1", "-w", shop / "w")
    finally:
        config.unlink()
    assert result.returncode == 2
    assert "no-model" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_board_compares_with_thresholds_and_says_so_by_its_exit_code(shop, tmp_path):
    folder = tmp_path / "w"
    run("ingest", "-w", folder, "--items", shop / "items.csv", "--events", shop / "events.csv")
    unset = in_a_process("board", "--check", "-w", folder)
    assert unset.returncode == 2
    assert "no threshold is set" in unset.stderr
    settings = folder / "sommelier.yaml"
    settings.write_text("alerts: {quiet_hours: 1, p95_seconds: 5}")
    crossed = run("board", "--check", "--json", "-w", folder)
    assert crossed.exit_code == 4
    assert [each["name"] for each in json.loads(crossed.stdout)] == ["quiet_hours"]
    settings.write_text("alerts: {quiet_hours: 100000000}")
    fine = run("board", "--check", "-w", folder)
    assert fine.exit_code == 0
    assert fine.stdout.startswith("ok")
    settings.write_text("alerts: {p95_seconds: 5}")
    assert "not enough to compare" in run("board", "--check", "-w", folder).stdout
