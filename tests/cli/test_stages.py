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


def test_a_short_stage_is_one_line():
    assert lines([("making examples", done, 5, 1) for done in range(1, 6)]) == ["making examples: 5 of 5, took 4 s"]


def test_a_long_stage_has_a_line_now_and_then_and_says_what_is_left():
    said = lines([("training, loss 0.5, 1,200 tokens/s", step, 1000, 6) for step in range(1001)])
    assert said[0] == "training: 50 of 1,000, loss 0.5, 1,200 tokens/s, 1 h 35 min left"  # after five minutes
    assert len(said) == 20
    assert said[-1] == "training: 1,000 of 1,000, loss 0.5, 1,200 tokens/s, took 1 h 40 min"


def test_lines_are_half_a_minute_apart_at_the_least():
    said = lines([("judging: serving", done, 1000, 0.125) for done in range(1001)])
    assert [each.partition(",")[0] for each in said] == [
        "judging: serving: 240 of 1", "judging: serving: 480 of 1", "judging: serving: 720 of 1",
        "judging: serving: 960 of 1", "judging: serving: 1",
    ]  # fmt: skip


def test_what_ends_before_its_time_is_told_where_it_was():
    assert lines([("training", step, 60, 1) for step in range(31)]) == ["training: 30 of 60, 30 s left"]


def test_a_run_that_goes_on_counts_its_own_time_only():
    assert lines([("training", 50, 60, 0), ("training", 55, 60, 5)]) == ["training: 55 of 60, 5 s left"]


def test_a_stage_that_comes_again_counts_anew_and_says_why():
    told = [("training", 3, 9, 0), ("training, memory ran out: 4 at once", 0, 9, 0), ("training", 9, 9, 9)]
    assert lines(told) == ["training: 0 of 9, memory ran out: 4 at once", "training: 9 of 9, took 9 s"]


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
