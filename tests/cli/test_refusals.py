"""What keeps a command from its work is told before anything is loaded that takes seconds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from filelock import FileLock

HEAVY = ("torch", "transformers", "peft", "chromadb", "gradio", "sklearn", "pandas", "sqlalchemy", "numpy")
# The commands one after the other in one process: what each exits with and says, and what was imported for all of them.
RUN = f"""
import json, sys
from typer.testing import CliRunner
from sommelier.cli import app
found = []
for words in json.loads(sys.argv[1]):
    result = CliRunner().invoke(app, words)
    found.append([result.exit_code, result.output + str(result.exception or "")])
print(json.dumps([found, sorted(set({HEAVY!r}) & sys.modules.keys())]))
"""


def run_light(*commands):
    """(exit code, what was said) of each command, none of which imports a heavy library."""
    command = [sys.executable, "-c", RUN, json.dumps([each.split() for each in commands])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, loaded = json.loads(done.stdout)
    assert loaded == []
    return found


@pytest.fixture
def held(tmp_path):
    """A workspace that other processes serve and study."""
    with FileLock(tmp_path / "lock"), FileLock(tmp_path / "study.lock"):
        yield tmp_path


def test_a_workspace_that_is_open_elsewhere_is_told_at_once(held):
    (held / "t.csv").write_text("user_id,item_id\nann,heat\n")
    serving = ["recommend ann", "observe ann a like", "profile ann", "chat", "fit"]
    serving.append(f"evaluate --test {held / 't.csv'}")
    serving.append(f"ingest --users {held / 't.csv'}")
    studying = ("tune", "adapters compare 1", "adapters promote 1", "adapters delete 1")
    told = run_light(*(f"{each} --workspace {held}" for each in (*serving, *studying)))
    assert [code for code, _ in told] == [1] * len(told)  # the entry point makes it 2
    *refused, handing_over = told[: len(serving)]
    for _, said in refused:
        assert f"the workspace {held} is open in another process (a running chat?)" in said
    assert f"the workspace {held} is open in another process, which does not take files" in handing_over[1]
    for _, said in told[len(serving) :]:
        assert "(a fit, an evaluation or tuning?)" in said


def test_a_missing_workspace_is_told_at_once_with_both_ways_to_make_one(tmp_path):
    missing = tmp_path / "new"
    commands = ("recommend ann", "chat", "board", "fit", "tune", "adapters list", "prompts check", "watch")
    for code, said in run_light(*(f"{each} --workspace {missing}" for each in commands)):
        assert code == 1
        assert f"no workspace in {missing}" in said
        assert f"`sommelier ingest --workspace {missing} --items FILE`" in said
        assert f"`sommelier chat --workspace {missing} --builtin`" in said
    assert not missing.exists()


def test_help_needs_none_of_the_heavy_libraries():
    for code, said in run_light("--help", "chat --help", "tune --help", "adapters promote --help"):
        assert code == 0
        assert "Usage" in said


def test_a_missing_file_is_told_at_once_and_makes_no_workspace(tmp_path):
    missing, new = tmp_path / "none.csv", tmp_path / "new"
    commands = [f"ingest --workspace {new} --{sort} {missing}" for sort in ("items", "events", "users")]
    commands += [f"ingest --workspace {new} --preset movielens-small {missing}", f"evaluate --test {missing}"]
    commands += [f"{each} --test {missing}" for each in ("fit", "tune", "adapters compare 1", "adapters promote 1")]
    for code, said in run_light(*commands):
        assert code == 1
        assert str(missing) in said
    assert not new.exists()
