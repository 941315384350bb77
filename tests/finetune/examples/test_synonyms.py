"""Values are told in other words wherever they stand; names of makers and titles never are."""

import random

import pytest
from fakes import film
from sommelier.agent.turn import Interest, ItemInterest, Profile
from sommelier.finetune.examples.synonyms import FILM_KINDS, Wording


def wording(*values, facet="genres", seed=0):
    return Wording.of([(facet, value) for value in values], random.Random(seed))


def test_a_value_is_told_in_other_words_of_the_same_size():
    words = wording("Sci-Fi", "comedy", "France", "Animation").words
    assert words["Sci-Fi"] in {"Science Fiction", "Futuristic"}
    assert words["comedy"] in {"funny", "humorous"}
    assert words["France"] == "French"
    assert words["Animation"] in {"Cartoon", "Animated"}


@pytest.mark.parametrize("value", ["", "hats", "Comedy Central", "7"])
def test_what_has_no_synonym_stays(value):
    assert wording(value).words == {}
    assert wording(value).item(film("one", genre=value)).attributes == {"genre": value}


def test_two_values_stay_two():
    for seed in range(50):
        values = [*FILM_KINDS, "kids", "funny"]
        told = wording(*values, seed=seed).words
        said = [told.get(value, value) for value in values]
        assert len(set(said)) == len(values)
        assert len(told) > 15
        assert not set(told.values()) & set(values)


def test_one_value_is_told_in_one_way_however_it_is_written():
    for seed in range(20):
        words = wording("Comedy", "comedy", seed=seed).words
        assert words["Comedy"].casefold() == words["comedy"]


def test_a_request_is_told_so_however_it_is_capitalised():
    told = wording("Comedy", "War")
    found = told.request("a funny comedy like War, no war", ["War"])
    assert found.startswith("a funny ")
    assert "comedy" not in found
    assert "like War, no " in found
    assert not found.endswith("war")
    assert found.islower() is False  # the title is as it was
    assert found.replace("War", "").islower()


def test_the_draw_decides():
    assert len({wording("romance", "drama", "comedy", seed=seed).words["drama"] for seed in range(20)}) == 2
    assert wording("drama", seed=3) == wording("drama", seed=3)


def test_an_item_keeps_its_title_its_figures_and_who_made_it():
    item = film("one", title="War", text="war", genre=("war", "noir"), tone="war", director="war", year=1950, new=True)
    told = Wording.of(item.facets(), random.Random(0)).item(item)
    word = told.attributes["tone"]
    assert word in {"military", "battlefield"}
    assert told.attributes == {**item.attributes, "genre": (word, "noir"), "tone": word}
    assert (told.id, told.title, told.text) == ("one", "War", "war")


@pytest.mark.parametrize("facet", ["director", "brand", "cast"])
def test_names_of_people_and_makers_are_no_words(facet):
    assert wording("family", "horror", facet=facet).words == {}


def test_a_profile_says_the_same_words_and_keeps_its_titles():
    liked = ItemInterest("one", "horror", 1.0, "like", "liked")
    interests = (Interest("genres", "horror", 0.9, 3), Interest("brand", "horror", 0.8, 3))
    profile = Profile("ana", {}, interests, (liked,), 3, "", 0, "facts", None)
    words = wording("horror")
    told = words.profile(profile)
    assert [each.value for each in told.interests] == [words.words["horror"], "horror"]
    assert "You have lately liked horror." in told.summary
    assert f"You are drawn to {words.words['horror']}." in told.summary


def test_a_request_is_told_so_but_for_titles():
    words = wording("comedy", "war")
    comedy, war = words.words["comedy"], words.words["war"]
    asked = "a comedy like War Horse or The King of comedy, no war, no warfare"
    told = words.request(asked, ["War Horse", "The King of comedy", ""])
    assert told == f"a {comedy} like War Horse or The King of comedy, no {war}, no warfare"
    assert words.request("", []) == ""
    assert wording("hats").request(asked, ["comedy"]) == asked
