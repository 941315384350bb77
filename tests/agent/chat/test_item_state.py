"""How items stand with a person, and what may still be taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from sommelier.agent.chat.item_state import ItemState, standings
from sommelier.retrieval.catalogue import Event

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(kind, item="a", seconds=0, session="s"):
    at = NOW - timedelta(seconds=seconds)
    return Event(f"{kind}-{seconds}", "u", item, kind, None, at, None, {"session": session})


def test_the_newest_opinion_holds_and_seen_and_saved_stay():
    found = standings([event("like", seconds=1), event("save", seconds=2), event("dismiss", seconds=3),
                       event("view"), event("seen", "b"), event("search", None)])  # fmt: skip
    assert set(found) == {"a", "b"}
    assert (found["a"].opinion, found["a"].seen, found["a"].save.id) == ("like", False, "save-2")
    assert found["a"].last.kind == "like"
    assert found["b"].seen
    assert [kind for kind in ("like", "dismiss", "save", "seen") if found["a"].has(kind)] == ["like", "save"]


@pytest.mark.parametrize(("seconds", "left", "may"), [(0, 10, True), (4, 6, True), (11, 0, True), (14, 0, False)])
def test_what_was_done_a_moment_ago_can_be_undone(seconds, left, may):
    standing = standings([event("save", seconds=seconds)])["a"]
    assert standing.undoable("s", NOW) == left
    assert standing.may_undo("s", NOW) is may


def test_only_what_was_done_on_this_page_can_be_undone():
    assert standings([event("save", session="other")])["a"].undoable("s", NOW) == 0
    assert not ItemState().may_undo("s", NOW)
    undated = Event("e", "u", "a", "save", None, None, 1, {"session": "s"})
    assert not standings([undated])["a"].may_undo("s", NOW)
    assert not standings([event("save", seconds=-3600)])["a"].may_undo("s", NOW)
