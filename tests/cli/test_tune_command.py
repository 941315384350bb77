"""`tune` and `watch` as people meet them: what they ask, what a file gets, and how they stop."""

import os
import pty
import random
import re
import select
import subprocess
import sys
import time

import pytest
from fakes import film
from sommelier.agent.workspace import Workspace
from sommelier.finetune.adapters import tune as module
from sommelier.finetune.errors import TrainingError
from sommelier.retrieval.catalogue import Event
from typer.testing import CliRunner

from sommelier.cli import app

SHORT = ("--users", 20, "--epochs", 0.2, "--tasks", "rank")


@pytest.fixture
def shop(tmp_path, tiny_lm, monkeypatch):
    """The folder of a workspace with 30 people's choices."""
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    draw, folder = random.Random(4), tmp_path / "w"
    folder.mkdir()
    (folder / "sommelier.yaml").write_text(f"model: {tiny_lm}\nquantize: none\ndevice: cpu\n")
    starts = [draw.randrange(24) for _ in range(30)]
    with Workspace(folder, create=True) as workspace:
        workspace.memory.catalogue.upsert_items(
            [film(f"f{at:02}", title=f"Film {at}", genre="drama") for at in range(30)]
        )
        workspace.memory.events.add(
            Event(f"{user}-{step}", f"u{user}", f"f{at + step:02}", "play", position=step)
            for user, at in enumerate(starts) for step in range(5)
        )  # fmt: skip
    return folder


def run(command, folder, *words):
    return CliRunner().invoke(app, [command, "-w", str(folder), *map(str, words)])


def read_until_silent(terminal, seconds, text):
    """What comes until `text` came and then nothing for a while."""
    found, end = "", time.monotonic() + 90
    while time.monotonic() < end:
        if select.select([terminal], [], [], seconds)[0]:
            found += os.read(terminal, 65536).decode(errors="replace")
        elif text in found:
            return found
    raise AssertionError(f"{text} was not seen, or never the last: {found[-500:]!r}")


def test_the_question_stays_on_the_screen_until_it_is_answered(shop):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sommelier.cli", "tune", "-w", str(shop), *map(str, SHORT)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    tuning = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    try:
        shown = read_until_silent(ours, 1.5, "Begin?")  # a live display would have been drawn again meanwhile
        assert shown.endswith("Begin? [Y/n]: ")
        assert re.search(r"Training reads [\d,]+ tokens, about 1 minute here, up to [\d.]+ GB of memory\.", shown)
        assert "20/20" in shown
        os.write(ours, b"\x04")  # end of input, which stops like Ctrl-C
        said = read_until_silent(ours, 0.5, "Stopped")
        assert tuning.wait(60) == 130
    finally:
        tuning.kill()
        tuning.wait()
        os.close(ours)
        os.close(theirs)
    assert said.split("\n")[-2].strip() == "Stopped: the examples are kept; `sommelier tune --resume` goes on."


def test_a_file_gets_plain_lines_and_hears_that_nobody_is_asked(shop):
    said = run("tune", shop, *SHORT)
    assert said.exit_code == 0, said.output
    lines = said.stderr.splitlines()
    assert any(re.fullmatch(r"making examples: 20 of 20, took \d+ s", line) for line in lines)
    assert lines.index("No terminal to ask in: beginning.") == [line[:14] for line in lines].index("Training reads") + 1
    assert re.fullmatch(r"training: 1 of 1, [\d,]+ tokens/s, took \d+ s", lines[-1])
    assert not {"\r", "\x1b"} & set(said.stderr)


def test_a_run_that_was_stopped_goes_on_by_its_own_options(shop, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "train_adapter", stop)
        stopped = run("tune", shop, *SHORT, "--learning-rate", 0.01, "--yes")
    assert stopped.exit_code == 130
    assert stopped.stderr.splitlines()[-1] == "Stopped: the examples are kept; `sommelier tune --resume` goes on."
    assert "No terminal" not in stopped.stderr  # nobody was to be asked
    other = run("tune", shop, "--resume", "--epochs", 3, "--tasks", "rank,rate", "--search", 2)
    assert isinstance(other.exception, TrainingError)
    assert (
        "(--epochs: 0.2, now 3.0; --tasks: rank 1, now rank 1, rate 1; --search: 0, now 2): leave out the options"
        in str(other.exception)
    )
    resumed = run("tune", shop, "--resume")
    assert resumed.exit_code == 0, resumed.output
    with Workspace(shop) as workspace:
        assert '"learning_rate": 0.01' in (workspace.folder / "adapters" / "001" / "sommelier.json").read_text()


def test_watching_says_what_it_does_and_stops_with_a_line(shop, monkeypatch):
    seen = run("watch", shop, "--once", "--after", 1000)
    assert (seen.exit_code, seen.stderr) == (0, "150 new events; nothing to do yet.\n")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "train_adapter", stop)
    stopped = run("watch", shop, "--once", "--after", 100, "--users", 20)
    assert stopped.exit_code == 130
    said = stopped.stderr.splitlines()
    assert said[0] == "150 new events: tuning on the whole log."
    assert said[-2].startswith("Training reads ")
    assert said[-1].startswith("Stopped: the examples are kept")
