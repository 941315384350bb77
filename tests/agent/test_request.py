"""What a message asks for: what is refused becomes a filter, the rest steers retrieval."""

import pytest
from sommelier.agent.request import read_request

FACETS = [
    ("genres", "horror"), ("keywords", "Horror"), ("genres", "science"), ("genres", "Science Fiction"),
    ("genres", "sci-fi"), ("genres", "war"), ("director", "Clint Eastwood"), ("cast", "Clint Eastwood"),
    ("country", "Côte d\u2019Ivoire"), ("tags", "C++"), ("tags", ""), ("tags", "(odd"), ("age", "R"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("no horror", {"genres": ["horror"], "keywords": ["Horror"]}),
        ("something funny, NO HORROR films please", {"genres": ["horror"], "keywords": ["Horror"]}),
        ("not a war movie", {"genres": ["war"]}),
        ("without any war", {"genres": ["war"]}),
        ("I don't like war", {"genres": ["war"]}),
        ("I don\u2019t want another war film", {"genres": ["war"]}),
        ("I do not like war", {"genres": ["war"]}),
        ("anything except sci-fi", {"genres": ["sci-fi"]}),
        ("no sci fi", {"genres": ["sci-fi"]}),
        ("no science-fiction", {"genres": ["Science Fiction"]}),
        ("no science  fiction", {"genres": ["Science Fiction"]}),
        ("no science", {"genres": ["science"]}),
        ("nothing by Clint Eastwood", {"director": ["Clint Eastwood"], "cast": ["Clint Eastwood"]}),
        ("not from Côte d'Ivoire", {"country": ["Côte d\u2019Ivoire"]}),
        ("not from CÔTE D\u2019IVOIRE", {"country": ["Côte d\u2019Ivoire"]}),
        ("no C++", {"tags": ["C++"]}),
        ("no (odd ones", {"tags": ["(odd"]}),
        ("no war and no horror", {"genres": ["horror", "war"], "keywords": ["Horror"]}),
    ],
)
def test_refusals_become_filters(message, refused):
    found = read_request(message, FACETS).filters
    assert {name: sorted(each["$nin"]) for name, each in found.items()} == refused


@pytest.mark.parametrize(
    "message",
    ["horror", "a warm film", "not warm", "notable horror", "I like war", "know war", "the Eastwood one", "no", "not",
     "no, a war film", "nor"],
)  # fmt: skip
def test_what_is_wanted_is_not_refused(message):
    assert read_request(message, FACETS).filters == {}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("  a slow\n heist ", "a slow heist"),
        ("something funny, no horror films", "something funny"),
        ("no horror", ""),
        ("recommend me something", ""),
        ("What's good?", ""),
        ("I don't want anything", ""),
        ("", ""),
        (" \n\t ", ""),
        ("?!.", ""),
        ("🎃", ""),
        ("千と千尋", "千と千尋"),
        ("فيلم رعب", "فيلم رعب"),
        ("the one with the \u2018boat\u2019", "the one with the \u2018boat'"),
    ],
)
def test_the_rest_steers_retrieval(message, text):
    assert read_request(message, FACETS).text == text


def test_the_same_value_twice_is_named_once():
    filters = read_request("no war, no war and no WAR", FACETS).filters
    assert filters == {"genres": {"$nin": ["war"]}}


def test_a_huge_message_is_cut():
    request = read_request("heist " * 500_000 + "no horror", FACETS)
    assert len(request.text) <= 2000
    assert request.filters == {}


def test_many_facet_values_and_markup_in_the_message():
    facets = [("tags", f"tag {at}") for at in range(20_000)]
    request = read_request("no tag 7 heist (.*) [a-z]+ \\d {{ x }} <b>", facets)
    assert request.filters == {"tags": {"$nin": ["tag 7"]}}
    assert request.text == "heist (.*) [a-z]+ \\d {{ x }} <b>"


def test_no_facets_known():
    assert read_request("no horror", []).filters == {}


def test_a_refused_list_is_refused_whole():
    facets = [("genres", "horror"), ("genres", "comedy"), ("genres", "drama")]
    request = read_request("a drama, no horror or comedy", facets)
    assert request.filters == {"genres": {"$nin": ["horror", "comedy"]}}
    assert request.text == "a drama"


@pytest.mark.parametrize("message", ["hello", "surprise me", "ok thanks", "hi there!"])
def test_small_talk_asks_for_nothing(message):
    assert read_request(message, []).text == ""


TITLES = {"alien": ["alien-1979"], "the good the bad and the ugly": ["good"], "heat": ["heat-1995", "heat-1986"]}


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("something like Alien", {"alien-1979"}),
        ("films similar to “The Good, the Bad and the Ugly”!", {"good"}),
        ("a thriller like Heat but shorter", {"heat-1995", "heat-1986"}),
        ("I like aliens", set()),
        ("a film about an alien", set()),
        ("like", set()),
    ],
)
def test_an_example_is_not_an_answer(message, ids):
    assert read_request(message, [], TITLES).exclude == ids
