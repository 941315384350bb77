"""Cards: what is shown, how it is cut, and that nothing from outside is markup."""

import re
from html.parser import HTMLParser

import pytest
from fake_engine import HOSTILE, FakeEngine
from sommelier.agent.chat import cards
from sommelier.agent.chat.openers import openers
from sommelier.agent.language_model import ModelCard
from sommelier.agent.turn import Interest, Profile
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.evidence import Evidence


class _Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


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
    assert cards.cut(text, longest) == expected
    assert len(cards.cut(text, longest)) <= longest


def test_a_hostile_shelf_has_the_same_tags_as_a_calm_one():
    calm = _Tags(cards.shelf_html(FakeEngine().recommend("u"), "mark", {}, busy=False))
    hostile = _Tags(cards.shelf_html(FakeEngine(HOSTILE).recommend("u"), "mark", {}, busy=False))
    assert hostile.tags <= calm.tags
    assert hostile.attributes <= calm.attributes
    assert not hostile.tags & {"script", "img", "a", "iframe"}


def test_buttons_carry_a_shelf_and_a_rank_and_no_item_id():
    shelf = FakeEngine((Item("secret-id", "A title"),)).recommend("u")
    page = cards.shelf_html(shelf, "mark", {"secret-id": "like"}, busy=False)
    assert "secret-id" not in page
    assert re.findall(r'data-rank="(\d+)"', page) == ["1", "1"]
    assert page.count('aria-pressed="true"') == 1


def test_messages_keep_their_lines_and_lose_their_markup():
    assert cards.inert_message("a <b>\nc & 'd'") == "a &lt;b&gt;\nc &amp; 'd'"
    assert len(cards.inert_message("x" * 9000)) == 4001


def test_facts_come_from_any_domain():
    game = Item("g", "A Game (2015)", "", {
        "release_year": 2015, "platform": ("PC", "Mac", "Linux", "Web"), "price": 19.9, "in_stock": True, "brand": "",
        "maker": "Ada", "age_rating": "12+", "weight": 3, "colour": "red",
    })  # fmt: skip
    assert cards.facts(game) == [
        ("Platform", "PC, Mac, Linux +1"), ("Price", "19.9"), ("Maker", "Ada"), ("Age rating", "12+"),
    ]  # fmt: skip
    assert cards.year(game) == ""
    assert cards.year(Item("g", "A Game", "", {"release_year": 2015.0})) == "2015"
    assert cards.year(Item("g", "A Game", "", {"yearly_sales": 2015})) == ""


def test_evidence_reads_as_short_lines():
    lines = cards.evidence_lines(FakeEngine().recommend("u")[0].evidence)
    assert lines[0] == "You liked The Lighthouse Keeper's Daughter (45% of the match)"
    assert lines[2] == "You disliked Paper Boats (under 1% of the match)"
    assert lines[-1] == "More popular than 87% of the catalogue"
    assert cards.evidence_lines(Evidence()) == ["More popular than 0% of the catalogue"]


def test_the_profile_names_its_author_and_shows_dislikes():
    interest = Interest("genres", "<i>horror</i>", -0.4, 2)
    profile = Profile("u", {"region": "north", "simulated": True}, (interest,), (), 1, "Likes calm.", 1, "model", None)
    page = cards.profile_html(profile, "<u>Ada</u>")
    assert "Written by the model, from 1 event" in page
    assert "−40%" in page  # noqa: RUF001
    assert "Region north" in page
    assert "Simulated" not in page
    assert not _Tags(page).tags & {"u"}


def test_the_model_line_names_quantization_adapter_and_device():
    card = ModelCard("org/Model-1B", None, "none", "mine", "cuda:0", "bfloat16")
    assert cards.model_line(card) == "Model-1B · bfloat16 · adapter mine · cuda:0"


def test_openers_come_from_the_catalogue():
    facets = {"director": [("Mei Tan", 3)], "genres": [("drama", 5), ("comedy", 9)], "keywords": [("x" * 80, 9)]}
    assert openers(facets) == [
        "What would you pick for me today?", "I'm in the mood for comedy", "Anything with Mei Tan?",
    ]  # fmt: skip
    assert openers({}) == ["What would you pick for me today?"]
    assert len(openers(FakeEngine(HOSTILE).facets())) <= 4
