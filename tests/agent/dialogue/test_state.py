"""The state of a conversation moves by acts alone: replayed without a model, an index or a message."""

from dataclasses import replace

import pytest
from pydantic import TypeAdapter
from sommelier.agent.dialogue.critiques import bounds_of
from sommelier.agent.dialogue.schema import CatalogueSchema
from sommelier.agent.dialogue.state import STEPS, advance, request_of, with_shelf
from sommelier.agent.dialogue_state import (
    Ask,
    Constrain,
    Constraint,
    Critique,
    DialogueState,
    Exclude,
    Feedback,
    More,
    Recommend,
    Relax,
    Reset,
    Talk,
    Undo,
)  # fmt: skip
from sommelier.retrieval.attribute_roles import find_roles
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.filters import matches

ITEMS = tuple(
    Item(
        str(at),
        f"Film {at}",
        "",
        {"genres": genres, "year": 1980 + 5 * at, "runtime": 80 + 10 * at, "language": "English"},
    )
    for at, genres in enumerate([("comedy",), ("comedy", "horror"), ("horror",), ("western",), ("drama", "comedy")])
)
SCHEMA = CatalogueSchema.of(ITEMS, find_roles(ITEMS))
FIND = {item.id: item for item in ITEMS}.get

COMEDY = Constraint("in", ("genres",), ("comedy",), words="comedy")
HORROR = Constraint("in", ("genres",), ("horror",), words="horror")
NO_HORROR = Constraint("out", ("genres",), ("horror",), words="no horror")
NINETIES = Constraint("range", ("year",), bounds={"$gte": 1990, "$lte": 1999}, words="the nineties")
SHORT = Constraint("range", ("runtime",), bounds={"$lte": 90}, words="under 90 minutes")
FOR_SIX = Constraint("any", ("age_rating",), ("all", "6+"), words="for age 6", standing=True)


def replayed(*messages, state=None):
    """The state after messages, each a list of acts."""
    state = state or DialogueState()
    for acts in messages:
        state = advance(state, acts, SCHEMA, lambda act, now: bounds_of(act, now, SCHEMA, FIND))
    return state


def words(state):
    return [each.words for each in state.constraints]


def test_conditions_stay_in_force_from_message_to_message():
    state = replayed(
        [Constrain(COMEDY)], [Constrain(NO_HORROR)], [Constrain(SHORT)], [Ask("year", ("1",))], [Talk("thank")]
    )
    assert words(state) == ["comedy", "no horror", "under 90 minutes"]
    assert [each.turn for each in state.constraints] == [0, 1, 2]
    assert [item.id for item in ITEMS if matches(item, state.filters)] == ["0"]


@pytest.mark.parametrize(
    ("first", "then", "left"),
    [
        (COMEDY, Constrain(HORROR), ["comedy", "horror"]),
        (COMEDY, Constrain(HORROR, instead=True), ["horror"]),
        (COMEDY, Constrain(COMEDY), ["comedy"]),
        (HORROR, Constrain(NO_HORROR), ["no horror"]),
        (NO_HORROR, Constrain(HORROR), ["horror"]),
        (COMEDY, Constrain(HORROR, widen=True), ["comedy or horror"]),
        (NINETIES, Constrain(replace(NINETIES, bounds={"$gte": 2000, "$lte": 2009}, words="the 2000s")), ["the 2000s"]),
        (SHORT, Constrain(replace(SHORT, bounds={"$lte": 120}, words="two hours")), ["two hours"]),
        (SHORT, Constrain(replace(SHORT, bounds={"$gte": 60}, words="an hour")), ["under 90 minutes", "an hour"]),
        (SHORT, Constrain(replace(SHORT, bounds={"$gte": 180}, words="three hours")), ["three hours"]),
        (SHORT, Constrain(NINETIES), ["under 90 minutes", "the nineties"]),
    ],
)  # fmt: skip
def test_what_a_new_condition_leaves_of_an_old_one(first, then, left):
    assert words(replayed([Constrain(first)], [then])) == left


def test_of_alternatives_one_may_be_refused():
    either = Constraint("any", ("genres",), ("comedy", "horror"), words="comedy or horror")
    state = replayed([Constrain(either)], [Constrain(NO_HORROR)])
    assert words(state) == ["comedy", "no horror"]


def test_a_new_topic_keeps_refusals_and_who_it_is_for():
    before = replayed([Recommend("warm", alike=("1",)), *map(Constrain, (COMEDY, NO_HORROR, SHORT, FOR_SIX))])
    state = replayed([Recommend("dusty", fresh=True)], state=before)
    assert words(state) == ["no horror", "for age 6"]
    assert (state.wishes, state.examples) == (("dusty",), ())


@pytest.mark.parametrize(
    ("relax", "left"),
    [
        (Relax(("year",)), ["comedy", "no horror"]),
        (Relax(("genres",), ("horror",)), ["comedy", "the nineties"]),
        (Relax(("genres",)), ["the nineties"]),
        (Relax(("director",)), ["comedy", "no horror", "the nineties"]),
        (Relax(), []),
        (Relax(keep=("genres",)), ["comedy", "no horror"]),
    ],
)
def test_what_is_taken_back_holds_no_longer(relax, left):
    assert words(replayed([Constrain(COMEDY), Constrain(NO_HORROR), Constrain(NINETIES)], [relax])) == left


def test_a_refusal_that_is_taken_back_gives_back_the_wish_it_replaced():
    state = replayed([Constrain(HORROR)], [Constrain(NO_HORROR)], [Relax(("genres",), ("horror",))])
    assert words(state) == ["horror"]


def test_undo_goes_back_one_step_after_the_other_and_over_answers():
    state = replayed([Constrain(COMEDY)], [Constrain(SHORT)], [Ask("year", ("1",))], [Undo()])
    assert words(state) == ["comedy"]
    assert words(replayed([Undo()], state=state)) == []
    assert words(replayed([Undo()], [Undo()], [Undo()], state=state)) == []


def test_what_was_shown_is_remembered_over_an_undo():
    state = with_shelf(replayed([Constrain(COMEDY)]), ["0", "1"])
    assert replayed([Undo()], state=state).shown == (("0", "1"),)


def test_a_bounded_number_of_steps_is_kept_and_none_holds_another():
    many = [[Constrain(replace(SHORT, bounds={"$lte": 60 + at}, words=str(at)))] for at in range(200)]
    state = replayed(*many)
    assert len(state.earlier) == STEPS
    assert all(each.earlier == () and each.shown == () for each in state.earlier)
    assert len(TypeAdapter(DialogueState).dump_json(state)) < 20_000


def test_a_new_beginning_forgets_all():
    state = replayed([Constrain(COMEDY), Exclude(("1",))], [Reset()])
    assert (state.constraints, state.excluded, state.wishes) == ((), (), ())
    assert words(replayed([Reset(), Constrain(HORROR)], state=state)) == ["horror"]


def test_more_is_of_what_was_not_shown():
    state = with_shelf(with_shelf(DialogueState(), ["0"]), ["1", "2"])
    assert set(request_of(replayed([More()], state=state)).exclude) == {"0", "1", "2"}


def test_what_was_seen_comes_no_more_and_what_was_liked_may():
    state = replayed([Feedback("seen", ("0",)), Feedback("dislike", ("1",)), Feedback("like", ("2",))])
    assert request_of(state).exclude == {"0", "1"}


@pytest.mark.parametrize(
    ("critique", "bounds"),
    [
        (Critique("more", "year", items=("1",)), {"$gt": 1985}),
        (Critique("less", "runtime", items=("2",)), {"$lt": 100}),
        (Critique("more", "year"), {"$gt": 1985}),  # beyond the middle of the shelf
        (Critique("more", "runtime", items=("gone",)), {"$gte": 100}),
    ],
)
def test_a_critique_moves_along_the_value_of_what_was_shown(critique, bounds):
    state = replayed([critique], state=with_shelf(DialogueState(), ["0", "1", "2"]))
    assert [each.bounds for each in state.constraints] == [bounds]
    assert all(each.relative for each in state.constraints)


def test_between_two_middle_ones_a_critique_goes_beyond_both_halves_alike():
    shown = with_shelf(DialogueState(), ["0", "1", "2", "3"])
    years, lengths = ([Critique("more", "year")], [Critique("less", "runtime")])
    assert replayed(years, state=shown).constraints[0].bounds == {"$gt": 1987}  # of 1980, 1985, 1990 and 1995
    assert replayed(lengths, state=shown).constraints[0].bounds == {"$lt": 95}


def test_what_a_critique_points_at_is_an_example_and_does_not_come_again():
    state = replayed([Critique("more", "year", items=("1",))], state=with_shelf(DialogueState(), ["0", "1", "2"]))
    request = request_of(state)
    assert "1" in request.exclude
    assert request.examples == ("1",)


def test_what_was_not_liked_is_no_example_any_more():
    state = replayed([Recommend(alike=("1", "2"))], [Feedback("dislike", ("1",))])
    assert request_of(state).examples == ("2",)


def test_what_was_named_as_loved_outlives_the_topic_and_not_a_new_beginning():
    state = replayed([Recommend("space", alike=("2",))], [Feedback("like", ("4",))], [Recommend("a farce", fresh=True)])
    assert (state.examples, state.loved) == ((), ("2", "4"))
    assert request_of(state).loved == ("2", "4")
    assert replayed([Recommend(alike=("2",))], state=state).loved == ("4", "2")  # named again, it is the newest
    assert replayed([Feedback("dislike", ("2",))], state=state).loved == ("4",)
    assert replayed([Feedback("seen", ("2",))], state=state).loved == ("2", "4")
    assert replayed([Reset()], state=state).loved == ()


def test_less_of_something_steers_away_from_it_and_excludes_nothing():
    request = request_of(replayed([Critique("less", text="violent")], state=with_shelf(DialogueState(), ["0"])))
    assert request.avoid == ("violent",)
    assert (request.exclude, request.filters) == (frozenset(), {})


def test_a_state_survives_its_way_through_the_log():
    adapter = TypeAdapter(DialogueState)
    state = with_shelf(
        replayed([Recommend("warm", alike=("1",), count=3), *map(Constrain, (COMEDY, NINETIES, FOR_SIX))]), ["0"]
    )
    assert adapter.validate_python(adapter.dump_python(state, mode="json")) == state


def test_a_bound_that_stands_instead_leaves_none_on_the_other_side():
    at_least = Constraint("range", ("runtime",), bounds={"$gte": 60}, words="at least an hour")
    assert words(replayed([Constrain(at_least)], [Constrain(SHORT)])) == ["at least an hour", "under 90 minutes"]
    assert words(replayed([Constrain(at_least)], [Constrain(SHORT, instead=True)])) == ["under 90 minutes"]


def test_one_kind_instead_of_another_is_no_new_topic():
    state = replayed(
        [Recommend(), Constrain(COMEDY), Constrain(SHORT)], [Recommend(fresh=True), Constrain(HORROR, instead=True)]
    )
    assert words(state) == ["under 90 minutes", "horror"]


def shown_by(state):
    """Ids of the items that a state lets through."""
    request = request_of(state)
    return [item.id for item in ITEMS if item.id not in request.exclude and matches(item, request.filters)]


@pytest.mark.parametrize(
    ("acts", "left"),
    [
        ([Constrain(NO_HORROR), Exclude(("2",), spare=True)], ["0", "2", "3", "4"]),
        ([Exclude(("2",), spare=True), Constrain(NO_HORROR)], ["0", "2", "3", "4"]),  # "Alien is fine, but no horror"
        ([Constrain(NO_HORROR), Exclude(("2",), spare=True), Constrain(SHORT)], ["0"]),  # too long: that still counts
        ([Exclude(("2",), spare=True)], ["0", "1", "2", "3", "4"]),
    ],
)
def test_an_exception_is_one_to_what_was_refused_and_to_nothing_else(acts, left):
    assert shown_by(replayed(acts)) == left


NO_WESTERN = Constraint("out", ("genres",), ("western", "horror"), words="no western or horror")


def test_what_is_refused_later_has_no_exception():
    spared = replayed([Constrain(NO_HORROR), Exclude(("1",), spare=True)])
    assert shown_by(spared) == ["0", "1", "3", "4"]
    no_comedy = replace(NO_HORROR, values=("comedy",), words="no comedy")
    assert shown_by(replayed([Constrain(no_comedy)], state=spared)) == ["3"]
    assert shown_by(replayed([Constrain(NO_WESTERN)], state=spared)) == ["0", "4"]


def test_the_last_word_about_an_item_counts():
    spared = replayed([Constrain(NO_HORROR)], [Exclude(("2",))], [Exclude(("2",), spare=True)])
    assert "2" in shown_by(spared)
    assert "2" not in shown_by(replayed([Exclude(("2",))], state=spared))


def test_an_exception_goes_with_the_refusal():
    state = replayed([Constrain(NO_HORROR), Exclude(("2",), spare=True)], [Relax(("genres",), ("horror",))])
    assert (state.constraints, state.excluded) == ((), ())
