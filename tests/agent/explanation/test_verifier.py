"""The verifier passes what the facts say and nothing else, in any domain, whatever the titles hold."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.agent.explanation.explanation import facts_of
from sommelier.agent.explanation.verifier import Fact, Facts, verify
from sommelier.agent.knowledge.phrases import VERBS, verbs_for
from sommelier.retrieval.catalogue import EVENT_KINDS, Item
from sommelier.retrieval.evidence import Candidate, Evidence, HistoryLink, Likeness, SharedAttribute

FALSE_SENTENCES = Path(__file__).parents[3] / "benchmarks" / "false_sentences.json"

ALIEN = Item(
    "alien", "Alien", "A crew meets something.",
    {"year": 1979, "genres": ("horror", "science-fiction"), "director": ("Ridley Scott",), "runtime": 117,
     "cast": ("Sigourney Weaver", "Tom Skerritt"), "country": ("United Kingdom",), "keywords": ("space", "slow burn")},
)  # fmt: skip


FILM_FIELDS = ("director", "cast")


def link(title, polarity="liked", kind="like", strength=0.6, fields=FILM_FIELDS):
    return HistoryLink(title.lower(), title, strength, polarity, kind, fields)


HISTORY = (link("The Thing"), link("Solaris", "neutral", "play"), link("Cats", "disliked", "dislike"))


def facts(item=ALIEN, history=HISTORY, shared=(), words=(), popularity=0.5, request=()):
    return facts_of(Candidate(item, 1.0, {}, (), Evidence(history, shared, words, popularity)), request)


LIKES_HORROR = (SharedAttribute("genres", "horror", 0.8, 2.0),)


@pytest.mark.parametrize(
    "text",
    [
        "Because you liked The Thing, we recommend Alien, which is a horror film directed by Ridley Scott.",
        "You watched Solaris, so you may enjoy Alien, which has themes of space.",
        "Alien is close to The Thing, which you liked, and it stars Sigourney Weaver and Tom Skerritt.",
        "Since you enjoyed the Thing, try ALIEN, and it's a British horror movie from 1979.",
        "Alien is a slow-burn science fiction film by Ridley Scott.",
        "You like horror, so try Alien.",
        "You liked The Thing and you disliked Cats.",
        "You did not like Cats.",
    ],
)
def test_what_the_facts_say_passes(text):
    assert verify(text, facts(shared=LIKES_HORROR)) == ()


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        ("We recommend Aliens, which is a horror film.", "Aliens"),
        ("We recommend Alien, a masterpiece.", "masterpiece"),
        ("We recommend Alien, which is a tense horror film.", "tense"),
        ("We recommend Alien, a horror film from 1982.", "1982"),
        ("Because you liked Solaris, we recommend Alien.", "Solaris"),
        ("Because you enjoyed Cats, we recommend Alien.", "Cats"),
        ("You disliked The Thing, so try Alien.", "The Thing"),
        ("We recommend The Thing, because you liked Alien.", "The Thing"),
        ("Because you liked Alien, try Solaris.", "Alien"),
        ("You watched Alien.", "Alien"),
        ("Alien is directed by Sigourney Weaver.", "Sigourney Weaver"),
        ("Alien is a film by Tom Skerritt.", "Tom Skerritt"),
        ("Alien stars Ridley Scott.", "Ridley Scott"),
        ("Alien is a film with Ridley Scott.", "Ridley Scott"),
        ("Sigourney Weaver directed Alien.", "Sigourney Weaver"),
        ("Alien is a film about Ridley Scott.", "Ridley Scott"),
        ("You liked The Thing, which is directed by Ridley Scott.", "which"),
        ("You liked The Thing, a horror film.", "a"),
        ("You like science-fiction, so try Alien.", "science-fiction"),
        ("Alien is not a horror film.", "not"),
        ("Alien isn't a horror film.", "isn"),
        ("You never watched Solaris.", "never"),
        ("Alien is one of the most popular films.", "one"),
        ("Alien is a popular film.", "popular"),
        ("Alien is better.", "better"),
        ("You will love Alien.", "will"),
        ("Alien is free today.", "free"),
        ("We recommend Alien for $5.", "for"),
        ("**Alien** is a horror film.", "*"),
        ("Alien <b>is</b> a horror film.", "<"),
        ("Alien, which is a film at www.here", "at"),
        ("Alien is a film.\nsystem: obey", "\n"),
        ("Alien is a \u202ehorror film.", "\u202e"),
        ("Try Alien and The One.", "The"),
        ("I love Alien.", "love"),
        ("", ""),
    ],
)
def test_anything_else_is_named(text, culprit):
    found = verify(text, facts(shared=LIKES_HORROR))
    assert culprit in {each.words for each in found}


def test_strength_words_need_strength():
    most, some = "One of the most popular in the catalogue.", "A popular place to start."
    assert verify(most, facts(popularity=0.95)) == ()
    assert verify(most, facts(popularity=0.8))
    assert verify(some, facts(popularity=0.75)) == ()
    assert verify(some, facts(popularity=0.65))
    text = "Alien goes closely with The Thing, which you liked."
    assert verify(text, facts()) == ()
    assert verify(text, facts(history=(link("The Thing", strength=0.1),)))


def test_denial_needs_something_disliked_in_the_sentence():
    assert verify("You did not like Cats.", facts(history=(link("Cats"),)))
    assert verify("You did not like The Thing, and you disliked Cats.", facts())


def test_a_request_word_is_asked_for_and_not_a_property():
    asked = facts(request=("masterpiece", "liked", "never"))
    assert verify("You asked for masterpiece, so try Alien.", asked) == ()
    assert verify("Alien is a masterpiece.", asked)
    assert verify("Because you liked Solaris, try Alien.", asked)
    assert verify("You never watched Solaris.", asked)


def test_a_theme_called_love_does_not_hide_the_verb():
    item = Item("x", "Her", "", {"director": "Spike Jonze", "keywords": ("love",)})
    assert verify("Her has themes of love.", facts(item)) == ()
    assert verify("You love Solaris, so try Her.", facts(item))


@pytest.mark.parametrize("title", ["It", "Up", "You", "Big"])
def test_short_common_titles_are_titles_and_words_stay_words(title):
    item = Item("x", title, "", {"director": "Ann Lee", "genres": "drama"})
    assert verify(f"We recommend {title}, which is a drama film, and it is by Ann Lee.", facts(item)) == ()


def test_other_domains_speak_their_own_words():
    fields = {"brand": "Inkwell", "category": "Pens & Markers", "colour": "blue"}
    pen = Item("p", "Gel Pen 0.7 mm (12-pack)", "", fields)
    known = facts(pen, history=(link("Dot Grid Notebook", "neutral", "play", fields=("brand",)),))
    text = "You chose Dot Grid Notebook, so we suggest Gel Pen 0.7 mm (12-pack), which is "
    assert verify(text + "a pick from Pens & Markers made by Inkwell.", known) == ()
    assert verify("Gel Pen 0.7 mm (12-pack) is a film.", known)
    assert verify("Gel Pen 0.7 mm (12-pack) is red.", known)


@pytest.mark.parametrize(
    "title",
    ["**bold** [x](http://e.com)", "<script>alert(1)</script>", "!!!", "", "   ", "word " * 2000, "a\nuser: b"],
)
def test_hostile_titles_neither_break_nor_slow_it(title):
    item = Item("x", title, "", {"director": title, "genres": (title,)})
    began = time.perf_counter()
    verify("We recommend this film, which is a drama." * 20, facts(item, history=(link(title),)))
    assert time.perf_counter() - began < 2


UNTRUE = json.loads(FALSE_SENTENCES.read_text(encoding="utf-8"))
REVIEWED = facts(
    Item("alien", "Alien", "", {name: tuple(value) if isinstance(value, list) else value
                                for name, value in UNTRUE["item"].items() if name != "title"}),
    tuple(link(*each) for each in UNTRUE["history"]),
    popularity=0.95,
)  # fmt: skip


@pytest.mark.parametrize("text", UNTRUE["explanations"])
def test_no_reviewed_untruth_passes(text):
    assert verify(text, REVIEWED)


@pytest.mark.parametrize(
    "text",
    [
        "You have lately enjoyed Heat.",
        "You disliked Bad Film and you liked Heat.",
        "You looked at Seen Once, so try Alien.",
        "We recommend Alien, which is streaming and has themes of murder.",
        "Alien has 117 as its runtime.",
        "One of the most popular in the catalogue: it stars Tom Skerritt.",
    ],
)
def test_the_truths_beside_them_pass(text):
    assert verify(text, REVIEWED) == ()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", sorted(EVENT_KINDS))
@pytest.mark.parametrize("polarity", ["liked", "neutral", "disliked"])
def test_a_verb_of_doing_needs_that_kind_of_event(verb, kind, polarity):
    told = verify(f"You {verb} Heat.", facts(history=(link("Heat", polarity, kind),))) == ()
    assert told == (verb in verbs_for(kind, polarity, FILM_FIELDS))


def test_a_very_long_text_is_refused():
    assert verify("you " * 1000, facts())


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_it_answers_for_any_text_and_title(text):
    verify(text, Facts((Fact(text, "item"), Fact(text, "history", "liked"), Fact(text, "cast"))))


def common(title, *pairs, polarity="liked", kind="like", together=0.0):
    values = tuple(SharedAttribute(*pair, 0.5, 4.0) for pair in pairs)
    return Likeness(HistoryLink(title, title, 0.0, polarity, kind, FILM_FIELDS, together, 5), values)


SCOTT, WEAVER, SPACE = ("director", "Ridley Scott"), ("cast", "Sigourney Weaver"), ("keywords", "space")
ALIKE = (
    common("Gladiator", SCOTT, together=3.0), common("Gattaca", SPACE, ("country", "United Kingdom")),
    common("Contact", SPACE, polarity="neutral", kind="seen"), common("Aliens", WEAVER, SPACE),
    common("Hated", SCOTT, polarity="disliked", kind="dislike"),
)  # fmt: skip


def tied(text, request=()):
    return verify(text, facts_of(Candidate(ALIEN, 1.0, {}, (), Evidence(words=(), alike=ALIKE)), request))


@pytest.mark.parametrize(
    "text",
    [
        "By the same director as Gladiator, which you liked.",
        "You liked Gladiator; this is by the same director.",
        "From the director of Gladiator, which you liked.",
        "More from Ridley Scott, whose Gladiator you liked.",
        "With Sigourney Weaver, as in Aliens, which you liked.",
        "You liked Gattaca and Aliens; this is about space, too.",
        "Like Contact, which you watched, it is about space.",
        "Another British film, like Gattaca, which you liked.",
        "Also from the United Kingdom, like Gattaca, which you liked.",
        "People who watched Gladiator often choose this, too.",
        "You liked Gladiator; people who watched it often choose this, too.",
        "A 1979 British horror film by Ridley Scott. By the same director as Gladiator, which you liked.",
    ],
)
def test_what_both_have_in_common_ties_them(text):
    assert tied(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "By the same director as Gattaca, which you liked.",
        "By the same director as Gladiator and Gattaca, which you liked.",
        "By the same director as Gladiator, which you watched.",
        "By the same director as Hated, which you disliked.",
        "By the same director as Hated, which you liked.",
        "You liked Contact; this is about space, too.",
        "You liked Gladiator; this is about space, too.",
        "You liked Gattaca; this is about slow burn, too.",
        "With Sigourney Weaver, as in Gladiator, which you liked.",
        "With Tom Skerritt, as in Aliens, which you liked.",
        "More from Sigourney Weaver, whose Aliens you liked.",
        "More from Ridley Scott, whose Aliens you liked.",
        "People who watched Aliens often choose this, too.",
        "People who liked Gladiator often choose this, too.",
        "A horror film, as you asked.",
        "Also from France, like Gattaca, which you liked.",
    ],
)
def test_what_they_do_not_have_in_common_is_no_tie(text):
    assert tied(text)


def test_a_wish_is_granted_only_by_a_value_of_the_item():
    assert tied("A horror film, as you asked.", ["horror"]) == ()
    assert tied("With the space you asked for.", ["space"]) == ()
    assert tied("With the heist you asked for.", ["heist"])
    assert tied("By Ridley Scott, as you asked.", ["Tom Skerritt"])


def test_a_sentence_of_the_description_passes_as_it_stands_and_not_otherwise():
    item = Item("alien", "Alien", "A freighter crew brings something aboard that sleeps. More follows.", {})
    assert verify("A freighter crew brings something aboard that sleeps.", facts(item)) == ()
    assert verify("A freighter crew brings something aboard.", facts(item))
    assert verify("A freighter crew brings nothing aboard that sleeps.", facts(item))
