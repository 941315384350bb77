"""One table says what a kind of event means, and nothing else does."""

import ast
from pathlib import Path

import pytest
from sommelier.agent.config import Config
from sommelier.agent.knowledge.phrases import VERBS, verbs_for
from sommelier.retrieval.catalogue import EVENT_KINDS, Event
from sommelier.retrieval.event_kinds import (
    ACTIONS,
    BAD_RATING,
    CHOSEN,
    CONSUMING_KINDS,
    LOOKED_AT,
    MEANINGS,
    OPINIONS,
    SEQUENCE_KINDS,
    TURNED_DOWN,
    chosen,
    polarity_of,
    rating_level,
    says_most,
)

ROOT = Path(__file__).parents[2]
OTHERS = {"retrieval/event_kinds.py", "retrieval/catalogue.py", "retrieval/builtin/simulate.py"}


def event(kind, value=None, item="heat"):
    return Event("1", "ann", item, kind, value)


def test_every_kind_has_a_meaning():
    assert set(MEANINGS) == EVENT_KINDS
    assert set(Config().event_weights) == EVENT_KINDS


def test_the_kinds_fall_into_the_sets_that_the_steps_read():
    assert {"play", "rating", "purchase", "like", "seen", "save", "share"} == SEQUENCE_KINDS
    assert {"play", "rating", "purchase", "like", "dislike", "seen", "dismiss"} == CONSUMING_KINDS
    assert {"like", "dislike", "dismiss"} == OPINIONS
    assert EVENT_KINDS - {"view", "click", "search", "skip"} == ACTIONS


def test_figures_count_every_kind_once_and_a_bad_rating_as_turned_down():
    assert EVENT_KINDS | {BAD_RATING} == CHOSEN | LOOKED_AT | TURNED_DOWN
    assert len(CHOSEN) + len(LOOKED_AT) + len(TURNED_DOWN) == len(EVENT_KINDS) + 1
    assert BAD_RATING in TURNED_DOWN


@pytest.mark.parametrize(
    ("kind", "value", "polarity"),
    [
        ("like", None, "liked"), ("dislike", None, "disliked"), ("dismiss", None, "disliked"),
        ("play", None, "neutral"), ("rating", 5, "liked"), ("rating", 4, "liked"), ("rating", 3, "neutral"),
        ("rating", 2.5, "disliked"), ("rating", None, "neutral"),
    ],
)  # fmt: skip
def test_an_opinion_is_a_kind_or_the_value_of_a_rating(kind, value, polarity):
    assert polarity_of(event(kind, value), (1, 5)) == polarity


@pytest.mark.parametrize(("value", "level"), [(0, -1), (50, 0), (100, 1), (75, 0.5), (-20, -1), (300, 1), (None, 0)])
def test_a_rating_is_read_on_its_own_scale(value, level):
    assert rating_level(value, (0, 100)) == level


def test_a_purchase_says_more_than_a_glance():
    assert says_most(["view", "purchase", "click"]) == "purchase"
    with pytest.raises(ValueError, match="empty"):
        says_most([])


def test_what_was_chosen_keeps_its_order_and_leaves_glances_out():
    assert chosen([event("play", item="b"), event("view", item="c"), event("like", item="a")]) == ["b", "a"]


@pytest.mark.parametrize("kind", sorted(EVENT_KINDS))
def test_whatever_is_said_of_a_kind_is_a_verb_that_the_verifier_knows(kind):
    for polarity in ("liked", "neutral", "disliked"):
        assert set(verbs_for(kind, polarity, {"director"})) <= set(VERBS)


def kinds_in(node):
    """The event kinds that a set, list, tuple or dict literal names."""
    each = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    return [one.value for one in each if isinstance(one, ast.Constant) and one.value in EVENT_KINDS]


def test_no_other_file_of_the_engine_gives_kinds_a_meaning_of_its_own():
    found = []
    for path in sorted(path for room in ("agent", "retrieval", "finetune") for path in (ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in OTHERS or name.startswith("agent/chat/"):  # a page names the buttons that it has
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if len(kinds := kinds_in(node)) >= 3 and not isinstance(node, ast.Tuple):
                found.append(f"{name}:{node.lineno}: {kinds}")
    assert not found
