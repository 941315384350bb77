"""How far work is: bars that leave the screen to a question, and lines in a file that stay few and say what is left."""

import io
import time

from rich.console import Console

from sommelier.cli.rendering.stages import Stages


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def lines(told, clock=None, interrupted=False):
    """What a file gets of ("stage", done, total, seconds before)."""
    clock, file = clock or Clock(), io.StringIO()
    with Stages(Console(file=file, width=40), clock) as stages:
        for stage, done, total, seconds in told:
            clock.now += seconds
            stages(stage, done, total)
    assert "\r" not in file.getvalue()
    assert "\x1b" not in file.getvalue()
    return file.getvalue().splitlines()


def test_a_stage_is_told_at_once_and_at_its_end():
    said = lines([("making examples", done, 5, 1) for done in range(6)])
    assert said == ["making examples: 0 of 5", "making examples: 5 of 5, took 5 s"]


def test_a_stage_that_is_done_at_once_is_one_line():
    assert lines([("indexing", 5, 5, 1), ("indexing", 5, 5, 1)]) == ["indexing: 5 of 5, took 0 s"]


def test_a_long_stage_has_a_line_every_minute_and_says_what_is_left():
    said = lines([("training, loss 0.5, 1,200 tokens/s", step, 1000, 6) for step in range(1001)])
    assert said[:2] == [
        "training: 0 of 1,000, loss 0.5, 1,200 tokens/s",
        "training: 10 of 1,000, loss 0.5, 1,200 tokens/s, 1 h 39 min left",
    ]
    assert len(said) == 101
    assert said[-1] == "training: 1,000 of 1,000, loss 0.5, 1,200 tokens/s, took 1 h 40 min"


def test_lines_are_a_minute_apart_however_fast_it_goes():
    said = lines([("judging: serving", done, 1000, 0.125) for done in range(1001)])
    assert [each.rpartition(" of")[0] for each in said] == [f"judging: serving: {at}" for at in (0, 480, 960, "1,000")]


def test_what_ends_before_its_time_is_told_where_it_was():
    said = lines([("training", step, 60, 1) for step in range(31)])
    assert said == ["training: 0 of 60", "training: 30 of 60, 30 s left"]


def test_a_run_that_goes_on_counts_its_own_time_only():
    said = lines([("training", 50, 60, 0), ("training", 55, 60, 5)])
    assert said == ["training: 50 of 60", "training: 55 of 60, 5 s left"]


def test_a_stage_that_comes_again_counts_anew_and_says_why():
    told = [("training", 3, 9, 0), ("training, memory ran out: 4 at once", 0, 9, 0), ("training", 9, 9, 9)]
    assert lines(told) == [
        "training: 3 of 9", "training: 0 of 9, memory ran out: 4 at once", "training: 9 of 9, took 9 s",
    ]  # fmt: skip


def test_nothing_is_drawn_after_what_is_said_on_a_terminal():
    file = io.StringIO()
    with Stages(Console(file=file, width=80, force_terminal=True, _environ={"TERM": "xterm"})) as stages:
        stages("making examples", 3, 6)
        time.sleep(0.3)
        stages.say("Training reads much.")
        said = len(file.getvalue())
        time.sleep(0.5)
        assert len(file.getvalue()) == said
        assert file.getvalue().rstrip().endswith("Training reads much.")
        stages("training", 1, 6)
        stages("training", 6, 12)
    assert "6/12" in file.getvalue()[said:]
