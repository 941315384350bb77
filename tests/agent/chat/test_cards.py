"""Cards: what is shown, how it is cut, and that nothing from outside is markup."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake_engine import CALM, HOSTILE, FakeEngine
from sommelier.agent.chat import words
from sommelier.agent.chat.facts import evidence_lines, facts, model_line, year
from sommelier.agent.chat.images import Images
from sommelier.agent.chat.item_state import ItemState
from sommelier.agent.chat.openers import openers
from sommelier.agent.chat.profile_panel import profile_html
from sommelier.agent.chat.shelf import shelf_html, waiting_html, welcome_html
from sommelier.agent.dialogue.manager import DialogueManager
from sommelier.agent.dialogue.state import request_of
from sommelier.agent.dialogue_state import DialogueState
from sommelier.agent.llm.language_model import ModelCard
from sommelier.agent.text import cut, inert_message, is_right_to_left
from sommelier.agent.turn import Interest, Profile
from sommelier.retrieval.attribute_roles import find_roles
from sommelier.retrieval.catalogue import Event, Item
from sommelier.retrieval.evidence import Evidence


def read(message, items):
    """What a message alone asks for."""
    return request_of(DialogueManager(items, find_roles(items)).step(message, DialogueState()).after)


class _Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


NOWHERE = Images(Path("no pictures here"))


def shown(items=CALM, standings=None, images=NOWHERE, busy=False):
    return shelf_html(FakeEngine(items).recommend("u"), "mark", standings or {}, "s", images, busy=busy)


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("short", 10, "short"),
        ("two  words\n\there", 40, "two words here"),
        ("one two three four", 12, "one two…"),
        ("W" * 10_000, 5, "WWWW…"),
        ("a\x00b\x1b[31m", 20, "a b [31m"),
        ("\u202egnp.exe", 20, "gnp.exe"),
        ("", 5, ""),
    ],
)
def test_cutting(text, longest, expected):
    assert cut(text, longest) == expected
    assert len(cut(text, longest)) <= longest


@pytest.mark.parametrize(
    ("text", "expected"), [("שלום", True), ("123 مرحبا", True), ("Heat שלום", False), ("…", False)]
)
def test_direction(text, expected):
    assert is_right_to_left(text) is expected


def test_a_hostile_shelf_has_the_same_tags_as_a_calm_one():
    calm, hostile = _Tags(shown()), _Tags(shown(HOSTILE))
    assert hostile.tags <= calm.tags | {"circle", "path"}  # covers differ in their shapes
    assert hostile.attributes <= calm.attributes | {"cx", "cy", "r", "direction"}
    assert not hostile.tags & {"script", "img", "a", "iframe", "style"}
    assert not {each for each in hostile.attributes if each.startswith("on")}
    assert len(shown(HOSTILE)) < 60_000


def test_buttons_carry_a_shelf_and_a_rank_and_no_item_id():
    page = shown((Item("secret-id", "A title"),), {"secret-id": ItemState("like")})
    assert "secret-id" not in page
    assert re.findall(r'data-kind="(\w+)" data-shelf="mark" data-rank="1"', page) == [
        "share", "open", "like", "save", "seen", "dismiss", "more",
    ]  # fmt: skip
    assert page.count('aria-pressed="true"') == 1


def test_a_card_says_what_was_done_and_offers_the_way_back_for_a_while():
    def card(ago, session="s"):
        at = datetime.now(UTC) - timedelta(seconds=ago)
        last = Event("e", "u", "f1", "save", None, at, None, {"session": session})
        return shown(CALM[:1], {"f1": ItemState(save=last, last=last)})

    assert "Kept in your saved list" in card(1)
    assert 'data-kind="undo"' in card(1)
    assert 'data-kind="undo"' not in card(11)
    assert 'data-kind="undo"' not in card(1, session="another tab")


def test_the_score_is_split_into_four_and_whatever_else_counted():
    page = shown(CALM[:1])
    assert re.findall(r"<dt>(Behaviour|Text|Your request|Language model)", page) == [
        "Behaviour", "Text", "Your request", "Language model",
    ]  # fmt: skip
    assert "−0.12" in page  # noqa: RUF001
    assert "Strongest match here" in page
    assert "It is no probability" in page


def test_a_part_that_would_show_as_nothing_is_left_out():
    (first,) = FakeEngine(CALM[:1]).recommend("u")
    page = shelf_html((replace(first, parts={"popularity": 0.2, "person": -0.001}),), "mark", {}, "s", NOWHERE)
    assert "Popularity" in page
    assert "People like you" not in page
    assert "Language model" in page


def test_strength_is_a_share_of_the_best_and_never_less_than_nothing():
    first, *_, last = FakeEngine().recommend("u")
    shelf = (replace(first, score=2.0), replace(last, score=1.0, rank=2), replace(last, score=-1.0, rank=3))
    page = shelf_html(shelf, "mark", {}, "s", NOWHERE, busy=False)
    assert re.findall(r'class="som-strength".*?--share:([\d.]+)', page) == ["1.000", "0.500", "0.000"]
    assert "50% of the first pick" in page


def test_waiting_holds_the_places_of_the_cards():
    assert waiting_html(3).count('class="som-card"') == 3
    assert 'aria-busy="true"' in shown(busy=True)
    assert _Tags(welcome_html()).tags >= {"h2", "ul", "svg"}


def test_messages_keep_their_lines_and_lose_their_markup():
    assert inert_message("a <b>\nc & 'd'") == "a &lt;b&gt;\nc &amp; 'd'"
    assert len(inert_message("x" * 9000)) == 4001


def test_facts_come_from_any_domain():
    game = Item("g", "A Game (2015)", "", {
        "release_year": 2015, "platform": ("PC", "Mac", "Linux", "Web"), "price": 19.9, "in_stock": True, "brand": "",
        "maker": "Ada", "age_rating": "12+", "weight": 3, "colour": "red",
    })  # fmt: skip
    assert facts(game) == [
        ("Platform", "PC, Mac, Linux +1"), ("Price", "19.9"), ("Maker", "Ada"), ("Age rating", "12+"),
    ]  # fmt: skip
    assert year(game) == ""
    assert year(Item("g", "A Game", "", {"release_year": 2015.0})) == "2015"
    assert year(Item("g", "A Game", "", {"yearly_sales": 2015})) == ""


def test_the_profile_shows_kinds_before_many_of_one_kind_the_strongest_first():
    cast = tuple(Interest("cast", name, 0.3, 1) for name in ("Ann", "Bob", "Cem", "Dee"))
    interests = (*cast, Interest("genres", "drama", 0.9, 4), Interest("director", "Eve", -0.5, 2))
    page = profile_html(Profile("u", {}, interests, (), 4, "You like drama.", 1, "facts", None), "You")
    shown = re.findall(r"<dt><bdi>(.*?)</bdi>", page)
    assert shown == ["drama", "Ann", "Bob", "Eve"]


def test_evidence_reads_as_short_lines():
    lines = evidence_lines(FakeEngine().recommend("u")[0].evidence)
    assert lines[0] == "You liked The Lighthouse Keeper's Daughter (45% of the match)"
    assert lines[2] == "You disliked Paper Boats (under 1% of the match)"
    assert lines[-1] == "More popular than 87% of the catalogue"
    assert evidence_lines(Evidence(popularity=0.4)) == []  # that few choose it is no reason


def test_the_profile_names_its_author_and_shows_dislikes():
    interest = Interest("genres", "<i>horror</i>", -0.4, 2)
    profile = Profile("u", {"region": "north", "simulated": True}, (interest,), (), 1, "Likes calm.", 1, "model", None)
    page = profile_html(profile, "<u>Ada</u>")
    assert "Written by the model, from 1 event" in page
    assert "−40%" in page  # noqa: RUF001
    assert "Region: north" in page
    assert "Simulated" not in page
    assert not _Tags(page).tags & {"u"}


def test_the_model_line_names_quantization_adapter_and_device():
    card = ModelCard("org/Model-1B", None, "none", "mine", "cuda:0", "bfloat16")
    assert model_line(card) == "Model-1B · bfloat16 · adapter mine · cuda:0"
    assert (
        model_line(replace(card, adapter="shipped_adapter@1a2b")) == "Model-1B · bfloat16 · adapter as shipped · cuda:0"
    )
    assert model_line(replace(card, adapter=None)) == "Model-1B · bfloat16 · cuda:0"


def test_openers_come_from_the_catalogue():
    facets = {"director": [("Mei Tan", 3)], "genres": [("drama", 5), ("comedy", 9)], "keywords": [("x" * 80, 9)]}
    assert openers(facets) == [
        "What would you pick for me today?", "I'm in the mood for comedy", "Anything with Mei Tan?",
    ]  # fmt: skip
    assert openers({}) == ["What would you pick for me today?"]
    assert read(openers({})[0], CALM).text == ""  # the profile decides, not a word of the question
    assert len(openers(FakeEngine(HOSTILE).facets())) <= 4


@pytest.mark.parametrize(
    "title", ["The Third Man", "Heat", "Amélie", "Mission: Impossible", "Don't Look Now", "No Exit"]
)
def test_more_like_this_is_read_as_an_example(title):
    request = read(words.MORE_LIKE.format(title=title), (*CALM, Item("id", title, "", {"year": 1950})))
    assert request.examples == ("id",)
    assert request.exclude == {"id"}
