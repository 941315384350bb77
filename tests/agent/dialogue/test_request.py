"""What a message asks for: what is refused becomes a filter, the rest steers retrieval."""

import time

import pytest
from sommelier.agent.dialogue.request import read_request

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
    request = read_request("no tag 7; heist (.*) [a-z]+ \\d {{ x }} <b>", facets)
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


GENRES = ["western", "comedy", "horror", "war", "murder", "musical", "thriller", "black-and-white", "violent"]
CATALOGUE = [
    *(("genres", genre) for genre in GENRES), ("keywords", "black"), ("keywords", "film noir"),
    ("director", "Clint Eastwood"), ("cast", "Tom Cruise"), ("director", "Tom Cruise"), ("cast", "Brad Pitt"),
    ("tags", "action and adventure"),
]  # fmt: skip
SHELVED = {
    key: [key]
    for key in ("the godfather", "alien", "aliens", "it", "heat", "her", "jaws", "dr no", "no country for old men")
}


@pytest.mark.parametrize(
    ("message", "refused", "text"),
    [
        ("no westerns please", {"western"}, ""),
        ("no comedies", {"comedy"}, ""),
        ("no musicals!", {"musical"}, ""),
        ("no: horror", {"horror"}, ""),
        ('no "horror"', {"horror"}, ""),
        ("anything but horror", {"horror"}, ""),
        ("I'm sick of war films", {"war"}, ""),
        ("I\u2019m not a big fan of war", {"war"}, ""),
        ("not in the mood for horror tonight", {"horror"}, ""),
        ("avoid westerns", {"western"}, ""),
        ("I can't stand musicals, something funny", {"musical"}, "something funny"),
        ("I didn't like westerns", {"western"}, ""),
        ("don't show me horror", {"horror"}, ""),
        ("I never watch horror", {"horror"}, ""),
        ("never horror", {"horror"}, ""),
        ("something other than war films", {"war"}, ""),
        ("a comedy instead of horror", {"horror"}, "a comedy"),
        ("neither horror nor comedy", {"horror", "comedy"}, ""),
        ("horror? no thanks", {"horror"}, ""),
        ("horror? No.", {"horror"}, ""),
        ("horror or war? no thanks, a comedy", {"horror", "war"}, "a comedy"),
        ("something funny and westerns are not for me", {"western"}, "something funny"),
        ("anything scary? no thanks, a comedy", set(), "a comedy"),
        ("no horror, comedy or war", {"horror", "comedy", "war"}, ""),
        ("no horror/war", {"horror", "war"}, ""),
        ("no horror and comedy", {"horror", "comedy"}, ""),
        ("no horror, a comedy please", {"horror"}, "a comedy please"),
        ("no horror, comedy please", {"horror"}, "comedy please"),
        ("I want no horror and a comedy", {"horror"}, "I want a comedy"),
        ("I don't want a horror film, give me a comedy", {"horror"}, "give me a comedy"),
        ("a horror film without murder or jump scares", {"murder"}, "a horror film"),
        ("no horror for my kids", {"horror"}, "for my kids"),
        ("not black and white", {"black-and-white"}, ""),
        ("no action & adventure", {"action and adventure"}, ""),
        ("not directed by Clint Eastwood", {"Clint Eastwood"}, ""),
        ("not directed by Eastwood", set(), ""),
        ("nothing with Tom Cruise", {"Tom Cruise"}, ""),
        ("without Tom Cruise or Brad Pitt", {"Tom Cruise", "Brad Pitt"}, ""),
        ("no black comedy", set(), ""),
        ("not too violent", set(), ""),
        ("a thriller with less murder, more jokes", set(), "a thriller, more jokes"),
        ("I have no horror preference", set(), ""),
        ("no preference for horror", set(), ""),
    ],
)
def test_what_is_refused_leaves_the_text(message, refused, text):
    request = read_request(message, CATALOGUE, SHELVED)
    assert {value for each in request.filters.values() for value in each["$nin"]} == refused
    assert request.text == text


@pytest.mark.parametrize(
    "message",
    ["musicals", "why not horror?", "not only horror", "not just a western", "nothing but horror", "I don't mind war",
     "no problem with horror", "horror, not bad", "no matter, horror", "a film noir", "Dr. No",
     "No Country for Old Men", "nothing beats a good western", "no-nonsense thriller",
     "I can't get enough of musicals", "I don't know which horror to watch", "I haven't seen Alien",
     "no longer than two hours", "don't get me wrong, I love horror"],
)  # fmt: skip
def test_what_only_looks_like_a_refusal_stays(message):
    request = read_request(message, CATALOGUE, SHELVED)
    assert request.filters == {}
    assert request.text == message


def test_a_refused_person_is_refused_in_every_part():
    filters = read_request("nothing with Tom Cruise", CATALOGUE).filters
    assert filters == {"cast": {"$nin": ["Tom Cruise"]}, "director": {"$nin": ["Tom Cruise"]}}


@pytest.mark.parametrize(
    ("message", "ids", "text"),
    [
        ("I hated The Godfather", {"the godfather"}, ""),
        ("I didn't like Alien, something funny", {"alien"}, "something funny"),
        ("I know Alien and Aliens already", {"alien", "aliens"}, ""),
        ("I've seen Alien, another space horror", {"alien"}, "another space horror"),
        ("nothing like Alien", {"alien"}, ""),
        ("a film like Jaws but not Alien", {"jaws", "alien"}, ""),
        ("like No Country for Old Men", {"no country for old men"}, ""),
        ("something like Dr. No", {"dr no"}, ""),
        ("I hated It", {"it"}, ""),
        ("I hated it", set(), ""),
        ("thrillers like \u201cit\u201d", {"it"}, "thrillers"),
        ("give me some heat", set(), "give me some heat"),
        ("tell her about jaws", set(), "tell her about jaws"),
    ],
)
def test_titles_that_are_refused_or_known_are_no_answers(message, ids, text):
    request = read_request(message, CATALOGUE, SHELVED)
    assert request.exclude == ids
    assert request.text == text


@pytest.mark.parametrize(
    "message",
    ["no " * 700, "not a or " * 220, "like It " * 250, "x? no thanks, " * 140, "no " + "a" * 1990, "?!., " * 400,
     "or nor and ", "no", "nope", ", but no", "horror no"],
)  # fmt: skip
def test_strange_messages_are_read_in_no_time(message):
    facets = [("tags", f"tag{at} {at}") for at in range(50_000)]
    started = time.process_time()
    read_request(message, facets, SHELVED)
    assert time.process_time() - started < 0.5  # ten times what it should take


def test_an_example_says_by_itself_what_is_wanted():
    request = read_request("a thriller like Alien, no horror", FACETS, TITLES)
    assert request.examples == ("alien-1979",)
    assert request.text == "a thriller"
    assert request.asks
    assert read_request("like Alien", [], TITLES).asks
    assert not read_request("surprise me", [], TITLES).asks
