"""Summaries: every version is kept, save those that know an event that was taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from memory_events import event


def test_summaries_are_versioned_per_user(memory):
    assert memory.summaries.latest("ann") is None
    memory.summaries.save("ann", "Likes crime.", "facts", None)
    memory.summaries.save("bob", "Likes songs.", "facts", None)
    saved = memory.summaries.save("ann", "Turning to comedy.", "model", "e9")
    assert saved.version == 2
    assert memory.summaries.latest("ann") == saved
    assert memory.statistics.counts().summaries == 3


def test_taking_an_event_back_takes_the_summaries_that_knew_it(memory):
    memory.summaries.save("ann", "Before.", "facts", None)
    later = datetime.now(UTC)
    memory.events.add([event("e1", at=later)])
    memory.summaries.save("ann", "You liked Heat.", "model", "e1")
    memory.summaries.save("bob", "Mine.", "facts", None)
    memory.events.retract("ann", "e1")
    assert memory.summaries.latest("ann").text == "Before."
    assert memory.summaries.latest("bob").text == "Mine."


@pytest.mark.parametrize("gone", ["e1", "e2"])
def test_a_summary_that_was_begun_before_an_event_was_taken_back_is_not_kept(memory, gone):
    now = datetime.now(UTC)
    memory.events.add([event(id, at=now) for id in ("e0", "e1", "e2")])
    memory.events.retract("ann", "e0")
    begun = memory.events.retracted("ann")
    assert memory.summaries.save("ann", "You liked Heat.", "model", "e2", begun).version == 1
    memory.events.retract("ann", gone)
    assert memory.summaries.save("ann", "You liked Heat.", "model", "e2", begun) is None
    assert memory.summaries.latest("ann") is None
    assert memory.summaries.save("ann", "You liked it.", "model", "e2", memory.events.retracted("ann")).version == 1


def test_an_event_with_a_future_time_takes_every_summary_with_it(memory):
    now = datetime.now(UTC)
    for hours in (1, 2):
        memory.events.add([event(f"e{hours}", at=now + timedelta(hours=hours))])
        memory.summaries.save("ann", f"Knows {hours}.", "model", f"e{hours}")
    memory.events.retract("ann", "e1")
    assert memory.summaries.latest("ann") is None
