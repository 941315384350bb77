"""The operator's figures, on logs whose right answer is obvious by eye."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sommelier.agent.analytics.board import Board
from sommelier.agent.analytics.period import Period
from sommelier.agent.config import Config
from sommelier.agent.memory.memory import Memory
from sommelier.agent.memory.statistics import BAD_RATING, AnswerTotals
from sommelier.agent.turn import Explanation, Recommendation, Sentence, Turn
from sommelier.retrieval.catalogue import EVENT_KINDS, Event, Item
from sommelier.retrieval.event_kinds import CHOSEN, LOOKED_AT, TURNED_DOWN
from sommelier.retrieval.evidence import Evidence

NOON = datetime(2026, 6, 6, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ITEMS = [Item(each, each.title(), attributes={"brand": "acme"}) for each in ("amber", "birch", "cedar", "dill")]


@pytest.fixture
def memory(url):
    with Memory(url) as store:
        store.catalogue.upsert_items(ITEMS)
        yield store


def figures(memory, now=NOON, days=7, **settings):
    return Board(memory, Config(**settings), now=lambda: now).figures(days)


def happened(memory, *events):
    """Each event is (user, item, kind, when) and perhaps a value."""
    start = memory.statistics.counts().events
    memory.events.add(
        Event(f"e{start + n}", user, item, kind, *(value or [None]), at=at)
        for n, (user, item, kind, at, *value) in enumerate(events)
    )


def lose_value(url, value):
    """Ratings of this value have none any more, as an earlier version let them be."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE events SET value = NULL WHERE value = :value"), {"value": value})
    engine.dispose()


def turn(id, user="ann", items=("amber",), at=NOON, reasons="model", timings=None, message="something warm"):
    found = {each.id: each for each in ITEMS} | {"gone": Item("gone", "Gone")}
    shelf = tuple(
        Recommendation(found[item], rank, 1.0, Explanation("Because.", reasons), Evidence(), {})
        for rank, item in enumerate(items, start=1)
    )
    timings = {"profile": 0.1, "candidates": 0.2, "ranking": 0.3, "explanations": 0.4} if timings is None else timings
    return Turn(id, f"s-{user}", user, message, "Well.", shelf, timings, at)


# Activity


def test_every_day_has_its_events_items_and_people(memory):
    happened(
        memory, ("ann", "amber", "play", NOON), ("ann", "amber", "like", NOON),
        ("bob", "amber", "play", NOON - 12 * HOUR), ("bob", "birch", "view", NOON - 2 * DAY),
        ("bob", "cedar", "view", NOON - 30 * DAY),
    )  # fmt: skip
    days = figures(memory, days=3).activity
    assert [(each.date.day, dict(each.kinds), each.items, each.people) for each in days] == [
        (4, {"view": 1}, 1, 1), (5, {}, 0, 0), (6, {"like": 1, "play": 2}, 1, 2),
    ]  # fmt: skip
    assert [each.events for each in days] == [1, 0, 3]


def test_days_begin_at_midnight_in_utc(memory):
    midnight = datetime(2026, 6, 6, tzinfo=UTC)
    tokyo = (midnight + timedelta(microseconds=1)).astimezone(timezone(9 * HOUR))
    happened(memory, ("a", "amber", "view", midnight - timedelta(microseconds=1)), ("a", "amber", "view", tokyo))
    assert [each.events for each in figures(memory, days=2).activity] == [1, 1]


def test_an_empty_workspace_has_empty_figures(memory):
    memory.catalogue.delete_items(each.id for each in ITEMS)
    found = figures(memory)
    assert found.as_of == NOON
    assert [each.events for each in found.activity] == [0] * 7
    assert found.surges.weeks is None
    assert (found.shelves.shown, found.shelves.acceptance) == (0, 0.0)
    assert (found.cold.cold, found.cold.all) == (0, 0)
    assert (found.turns.totals, found.turns.shelf, dict(found.turns.steps)) == (AnswerTotals(), None, {})


def test_a_log_without_times_is_counted_but_on_no_day(memory):
    memory.events.add(Event(f"e{n}", "ann", "amber", "play", position=n) for n in range(9))
    found = figures(memory)
    assert (found.dates.undated, found.dates.first, found.counts.events) == (9, None, 9)
    assert not any(each.events for each in found.activity)
    assert found.cold.items[0] == 3


def test_a_log_of_last_year_shows_its_own_last_days(memory):
    happened(memory, ("ann", "amber", "play", NOON - 400 * DAY))
    found = figures(memory)
    assert found.as_of == NOON - 400 * DAY
    assert found.activity[-1].events == 1


def test_events_of_the_future_are_counted_apart(memory):
    happened(memory, ("ann", "amber", "play", NOON - DAY), ("ann", "amber", "play", NOON + 4000 * DAY))
    found = figures(memory)
    assert (found.dates.ahead, found.dates.last, found.as_of) == (1, NOON - DAY, NOON - DAY)
    assert sum(each.events for each in found.activity) == 1


def test_a_turn_after_the_last_event_leaves_the_events_their_own_days(memory):
    happened(memory, *(("ann", "amber", "play", NOON - ago * DAY) for ago in range(400, 470)))
    before = figures(memory)
    memory.turns.save(turn("t", at=NOON - 3 * DAY))
    found = figures(memory)
    assert (found.as_of, found.period.days[-1]) == (NOON - 3 * DAY, date(2026, 6, 3))
    assert (found.turns.totals.turns, found.shelves.shown) == (1, 1)
    assert found.activity == before.activity
    assert sum(each.events for each in found.activity) == 7
    assert (found.surges.until, found.surges.weeks) == (before.surges.until, 8)


def test_every_kind_of_event_is_of_one_sort():
    assert EVENT_KINDS | {BAD_RATING} == CHOSEN | LOOKED_AT | TURNED_DOWN
    assert len(CHOSEN) + len(LOOKED_AT) + len(TURNED_DOWN) == len(EVENT_KINDS) + 1


def test_a_bad_rating_is_a_kind_of_its_own(memory, url):
    happened(memory, *(("ann", "amber", "rating", NOON, value) for value in (1.0, 2.5, 3.0, 5.0, 4.5)))
    lose_value(url, 4.5)
    assert dict(figures(memory).activity[-1].kinds) == {"rating": 3, "bad rating": 2}


def test_a_period_has_a_day():
    assert Period.of(2, NOON).days == [date(2026, 6, 5), date(2026, 6, 6)]
    with pytest.raises(ValueError, match="0"):
        Period.of(0, NOON)


# Shelves


def test_what_was_shown_is_accepted_rejected_or_neither(memory):
    memory.turns.save(turn("t1", "ann", ("amber", "birch", "cedar")))
    happened(memory, ("ann", "amber", "purchase", NOON + HOUR), ("ann", "birch", "dismiss", NOON + HOUR))
    found = figures(memory, NOON + DAY).shelves
    assert (found.shown, found.accepted, found.rejected, found.acceptance) == (3, 1, 1, 1 / 3)
    assert [(each.title, each.shown.rejected) for each in found.refused] == [("Birch", 1)]


@pytest.mark.parametrize(
    ("deed", "accepted", "rejected"),
    [
        (("ann", "amber", "like", NOON - HOUR), 0, 0),  # before it was shown
        (("bob", "amber", "like", NOON + HOUR), 0, 0),  # somebody else
        (("ann", "birch", "like", NOON + HOUR), 0, 0),  # something else
        (("ann", "amber", "view", NOON + HOUR), 0, 0),  # looking is neither
        (("ann", "amber", "seen", NOON + HOUR), 0, 0),
        (("ann", "amber", "save", NOON + HOUR), 1, 0),
        (("ann", "amber", "save", NOON + 9 * DAY), 0, 0),  # yet to come
        (("ann", "amber", "dislike", NOON + HOUR), 0, 1),
        (("ann", "amber", "skip", NOON + HOUR), 0, 1),
        (("ann", "amber", "rating", NOON + HOUR, 4.0), 1, 0),
        (("ann", "amber", "rating", NOON + HOUR, 2.0), 0, 1),
    ],
)
def test_only_the_same_persons_later_deeds_count(memory, deed, accepted, rejected):
    memory.turns.save(turn("t"))
    happened(memory, deed)
    found = figures(memory, NOON + DAY).shelves
    assert (found.accepted, found.rejected) == (accepted, rejected)


def test_a_rating_without_a_value_neither_accepts_nor_rejects(memory, url):
    memory.turns.save(turn("t"))
    happened(memory, ("ann", "amber", "rating", NOON + HOUR, 4.5))
    lose_value(url, 4.5)
    found = figures(memory, NOON + DAY).shelves
    assert (found.accepted, found.rejected) == (0, 0)


def test_a_person_who_is_shown_an_item_again_is_still_one_person(memory):
    for n in range(3):
        memory.turns.save(turn(f"t{n}", at=NOON + n * HOUR))
    happened(memory, ("ann", "amber", "like", NOON + 1.5 * HOUR), ("ann", "amber", "play", NOON + 4 * HOUR))
    found = figures(memory, NOON + DAY).shelves
    assert (found.shown, found.accepted) == (1, 1)


def test_what_nobody_accepts_is_listed_from_five_people_on(memory):
    for n in range(6):
        memory.turns.save(turn(f"t{n}", f"u{n}", ("amber", "birch") if n < 4 else ("amber", "cedar")))
    happened(memory, *((f"u{n}", "birch", "play", NOON + HOUR) for n in range(3)))
    found = figures(memory, NOON + DAY).shelves
    assert [(each.title, each.shown.people, each.shown.times) for each in found.passed_over] == [("Amber", 6, 6)]
    assert found.passed_over[0].usual == pytest.approx(6 * 3 / 12)


def test_an_item_that_left_the_catalogue_is_named_by_its_id(memory):
    memory.turns.save(turn("t", items=("gone",)))
    happened(memory, ("ann", "gone", "dislike", NOON + HOUR))
    assert figures(memory, NOON + DAY).shelves.refused[0].title == "gone"


def test_a_turn_that_is_logged_again_is_not_shown_twice(memory):
    memory.turns.save(turn("t", items=("amber", "birch", "cedar")))
    memory.turns.save(turn("t", items=("amber", "dill")))
    assert figures(memory).shelves.shown == 2
    assert figures(memory).turns.totals.turns == 1


# Cold items


def test_items_are_counted_by_how_many_events_they_have(memory):
    happened(memory, *(("ann", "amber", "view", NOON) for _ in range(5)), ("ann", "birch", "view", NOON))
    happened(memory, *(("ann", "gone", "view", NOON) for _ in range(2)), ("ann", None, "search", NOON))
    found = figures(memory).cold
    assert dict(found.items) == {0: 2, 1: 1, 2: 0, 3: 0, 4: 0, 5: 1}
    assert (found.cold, found.all) == (3, 4)
    assert [(each.title, each.events) for each in found.coldest] == [("Cedar", 0), ("Dill", 0), ("Birch", 1)]


# Turns


def test_latency_is_of_the_turns_that_were_answered_to_the_end(memory):
    for n in range(1, 101):
        memory.turns.save(turn(f"t{n}", timings={"candidates": n / 100, "explanations": n / 50}))
    memory.turns.save(turn("cut", timings={"candidates": 99.0}))
    found = figures(memory).turns
    assert (found.totals.turns, found.totals.finished, found.totals.cut_off) == (101, 100, 1)
    assert (found.shelf.p50, found.shelf.p95) == pytest.approx((0.505, 0.9505))
    assert (found.whole.p50, found.whole.p95) == pytest.approx((1.515, 2.8515))
    assert found.steps["candidates"] == found.shelf
    assert found.days[-1].whole == found.whole
    assert found.days[0].whole is None


def test_fallbacks_are_sentences_and_reasons_that_the_model_was_asked_for(memory):
    told = [Sentence("One.", "model"), Sentence("Two.", "evidence"), Sentence("Next.", "rules")]
    memory.turns.save(turn("t1", items=("amber", "birch"), reasons="evidence"), sentences=told)
    memory.turns.save(turn("t2", "bob"), sentences=told[:1])
    totals = figures(memory).turns.totals
    assert (totals.sentences, totals.plain_sentences, totals.reasons, totals.plain_reasons) == (3, 1, 3, 2)
    assert totals.fallback == 0.5


def test_a_turn_that_was_cut_off_has_no_fallbacks_yet(memory):
    memory.turns.save(turn("t", reasons="evidence", timings={"candidates": 0.1}))
    assert figures(memory).turns.totals == AnswerTotals(turns=1)


def test_an_empty_shelf_is_counted(memory):
    memory.turns.save(turn("t", items=()))
    assert figures(memory).turns.totals.empty == 1


def test_turns_from_before_the_period_do_not_count(memory):
    memory.turns.save(turn("old", at=NOON - 9 * DAY))
    memory.turns.save(replace(turn("new"), at=NOON))
    assert figures(memory).turns.totals.turns == 1
    assert figures(memory, days=28).turns.totals.turns == 2
