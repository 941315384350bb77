"""How an answer was searched: the steps that were taken, with counts and times."""

import pytest
from sommelier.agent.chat.search_steps import milliseconds, steps_text, steps_title

TIMINGS = {"profile": 0.0004, "candidates": 0.0842, "ranking": 0.4, "shelf": 0.002, "first_sentence": 1.0,
           "sentence": 0.25}  # fmt: skip
COUNTS = {"events": 1234, "catalogue": 16859, "candidates": 20}


def test_every_step_is_a_line():
    assert steps_text(TIMINGS, COUNTS, 4).split("\n") == [
        "Read what is known of you (1,234 events): under 1 ms",
        "Drew 20 candidates from 16,859 items: 84 ms",
        "Had the language model judge each of them: 400 ms",
        "Put the best 4 on the shelf: 2 ms",
        "Wrote and checked the reply and the reasons: 1,250 ms",
    ]
    assert steps_title(TIMINGS) == "How I searched: 487 ms to the shelf"


def test_a_turn_that_was_cut_off_tells_as_far_as_it_came():
    assert steps_text({"profile": 0.1}, {}, 0) == "Read what is known of you (0 events): 100 ms"
    assert steps_text({}, {}, 0) == ""


@pytest.mark.parametrize(("seconds", "said"), [(0, "under 1 ms"), (0.001, "1 ms"), (12.3456, "12,346 ms")])
def test_times(seconds, said):
    assert milliseconds(seconds) == said
