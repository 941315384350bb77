"""Interests from events, against figures worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from fakes import film
from sommelier.agent.config import Config, HalfLife
from sommelier.agent.profile.history import UserHistory
from sommelier.agent.profile.interests import event_weight, interests_of
from sommelier.retrieval.catalogue import Event
from sommelier.retrieval.event_kinds import polarity_of
from sommelier.retrieval.evidence import HistoryEntry

NOW = datetime(2024, 6, 1, tzinfo=UTC)
FILMS = {
    each.id: each
    for each in (
        film("heat", genres=("crime", "drama")),
        film("ran", genres=("drama", "war")),
        film("clue", genres=("comedy",), year=1985),
    )
}


def event(item, kind="like", value=None, days=None, id=None):
    at = None if days is None else NOW - timedelta(days=days)
    return Event(id or f"{item}-{kind}-{days}", "ann", item, kind, value, at)


def read(*events, **settings):
    return interests_of(UserHistory.of(events), FILMS.get, Config(**settings))


def strengths(interests):
    return {each.value: each.strength for each in interests.facets}


def test_days_halve_and_facets_add_up():
    found = read(event("heat", "purchase", days=120), event("ran", "like", days=60), event("clue", "view", days=0))
    # heat 1 x 1/4, ran 1 x 1/2, clue .1; drama .75 is the largest
    assert strengths(found) == pytest.approx(
        {"drama": 1.0, "war": 0.5 / 0.75, "crime": 0.25 / 0.75, "comedy": 0.1 / 0.75}
    )
    assert {each.item: each.strength for each in found.items} == pytest.approx({"ran": 1.0, "heat": 0.5, "clue": 0.2})
    assert [each.value for each in found.facets] == ["drama", "war", "crime", "comedy"]
    assert {each.value: each.count for each in found.facets} == {"drama": 2, "war": 1, "crime": 1, "comedy": 1}


def test_an_event_dated_in_the_future_does_not_make_all_else_old():
    now = datetime.now(UTC)
    lately = Event("1", "ann", "heat", "like", None, now - timedelta(days=1))
    found = read(lately, Event("2", "ann", "clue", "view", None, now + timedelta(days=26_000)))
    assert strengths(found)["crime"] == 1.0


def test_age_is_counted_from_the_newest_event_not_from_today():
    assert read(event("heat", days=900), event("ran", days=840)) == read(event("heat", days=60), event("ran", days=0))


def test_without_times_events_halve():
    found = read(event("heat"), event("ran"), half_life=HalfLife(events=1))
    assert strengths(found) == pytest.approx({"drama": 1.0, "war": 1 / 1.5, "crime": 0.5 / 1.5})


def test_days_can_be_switched_off():
    half_life = HalfLife(days=None, events=2)
    dated = read(event("heat", days=1000), event("clue", days=0), half_life=half_life)
    assert strengths(dated)["crime"] == pytest.approx(2**-0.5)


def test_an_undated_event_among_dated_ones_ages_by_its_place():
    found = read(event("heat"), event("clue", days=0), half_life=HalfLife(days=60, events=1))
    assert strengths(found)["crime"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("value", "weight", "polarity"),
    [(5, 1, "liked"), (4, 0.5, "liked"), (3.5, 0.25, "neutral"), (3, 0, "neutral"), (2.5, -0.25, "disliked"),
     (1, -1, "disliked"), (None, 0, "neutral"), (9, 1, "liked"), (-9, -1, "disliked")],
)  # fmt: skip
def test_ratings_stand_on_their_scale(value, weight, polarity):
    config = Config()
    assert event_weight(event("heat", "rating", value), config) == pytest.approx(weight)
    assert polarity_of(event("heat", "rating", value), config.rating_scale) == polarity


def test_another_scale():
    config = Config(rating_scale=(0, 100))
    assert event_weight(event("heat", "rating", 25), config) == pytest.approx(-0.5)
    assert polarity_of(event("heat", "rating", 80), config.rating_scale) == "liked"


def test_a_value_means_nothing_to_other_kinds():
    assert event_weight(event("heat", "purchase", 1.0), Config()) == 1.0


@pytest.mark.parametrize(
    ("kind", "polarity"),
    [("like", "liked"), ("save", "neutral"), ("share", "neutral"), ("dislike", "disliked"), ("dismiss", "disliked"),
     ("view", "neutral"), ("purchase", "neutral"), ("skip", "neutral")],
)  # fmt: skip
def test_what_a_kind_says(kind, polarity):
    assert polarity_of(event("heat", kind), Config().rating_scale) == polarity


def test_kinds_without_a_weight_and_weights_of_ones_own():
    assert event_weight(event("heat"), Config(event_weights={"view": 1.0})) == 0
    found = read(event("heat", "view"), event("clue", "like"), event_weights={"view": 1.0})
    assert strengths(found) == pytest.approx({"crime": 1.0, "drama": 1.0})


def test_only_dislikes():
    found = read(event("heat", "dislike"), event("ran", "dismiss"), half_life=HalfLife(events=1e9))
    assert strengths(found) == pytest.approx({"drama": -1.0, "crime": -1 / 1.8, "war": -0.8 / 1.8}, rel=1e-6)
    assert [each.polarity for each in found.history] == ["disliked", "disliked"]


def test_nothing_and_nothing_known():
    assert read() == interests_of(UserHistory(), FILMS.get, Config())
    assert not read().facets
    assert not read().history
    gone = read(event("gone"), Event("s", "ann", None, "search"), event("heat"))
    assert [each.item for each in gone.items] == ["heat"]
    assert gone.consumed == {"gone", "heat"}  # should it come back to the catalogue
    assert strengths(read(event("gone"))) == {}


def test_what_was_cancelled_out_is_no_interest():
    found = read(event("heat", "like"), event("heat", "dislike"), half_life=HalfLife(events=1e18))
    assert found.facets == ()


def test_consuming_and_looking():
    kinds = ["view", "click", "save", "share", "comment", "skip", "play", "rating", "purchase", "like", "dislike",
             "seen", "dismiss"]  # fmt: skip
    consumed = {kind for kind in kinds if read(event("heat", kind, 3.0)).consumed}
    assert consumed == {"play", "rating", "purchase", "like", "dislike", "seen", "dismiss"}


def test_history_has_each_item_once_at_its_newest_event():
    found = read(event("heat", "view"), event("ran", "like"), event("heat", "purchase"), event("clue", "skip"))
    assert found.history == (
        HistoryEntry("ran", 1.0, "liked", "like"),
        HistoryEntry("heat", 1.0, "neutral", "purchase"),
    )


@pytest.mark.parametrize(
    ("events", "entry"),
    [
        ([("like", None), ("view", None)], HistoryEntry("heat", 1.0, "liked", "like")),
        ([("like", None), ("purchase", None)], HistoryEntry("heat", 1.0, "liked", "like")),
        ([("like", None), ("dislike", None)], HistoryEntry("heat", 1.0, "disliked", "dislike")),
        ([("like", None), ("rating", 3.0)], HistoryEntry("heat", 1.0, "neutral", "rating")),
        ([("like", None), ("rating", 3.1), ("view", None)], HistoryEntry("heat", 1.0, "neutral", "rating")),
        ([("rating", 1.0), ("like", None)], HistoryEntry("heat", 1.0, "liked", "like")),
        ([("rating", 4.5), ("skip", None)], HistoryEntry("heat", 1.0, "liked", "rating")),
        ([("play", None), ("purchase", None), ("click", None)], HistoryEntry("heat", 1.0, "neutral", "purchase")),
        ([("view", None)], HistoryEntry("heat", 0.3, "neutral", "view")),
        ([("save", None), ("view", None)], HistoryEntry("heat", 1.0, "neutral", "save")),
        ([("dismiss", None)], HistoryEntry("heat", 1.0, "disliked", "dismiss")),
    ],
)
def test_the_newest_opinion_counts(events, entry):
    found = read(*(event("heat", kind, value, id=str(at)) for at, (kind, value) in enumerate(events)))
    assert found.history == (entry,)
    assert [(each.polarity, each.kind) for each in found.items] == [(entry.polarity, entry.kind)]


def test_a_skip_alone_is_no_opinion():
    found = read(event("heat", "skip"))
    assert found.history == ()
    assert [(each.polarity, each.kind) for each in found.items] == [("neutral", "skip")]


def test_old_events_fade_but_what_was_consumed_never_does():
    old = event("clue", "like")
    recent = [event("heat", "view", id=str(at)) for at in range(600)]
    found = read(old, *recent)
    assert found.consumed == {"clue"}
    assert [each.item for each in found.history] == ["heat"]


def test_very_old_events_do_no_harm():
    found = read(event("heat", days=700_000), event("ran", days=0), half_life=HalfLife(days=0.001))
    assert strengths(found) == {"drama": 1.0, "war": 1.0}
