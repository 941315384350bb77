"""Covers: the same for the same item, legible, inert, whatever the item is called."""

import re
import xml.etree.ElementTree as ET

import pytest
from fake_engine import CALM, HOSTILE
from sommelier.agent.chat.cover import HEIGHT, PALETTES, WIDTH, cover_svg
from sommelier.retrieval.catalogue import Item

TITLES = ["Heat", "W" * 10_000, "映画" * 30, "שלום עולם", "The Assassination of Jesse James by the Coward Robert Ford",
          "", "\u202e\x00", "a " * 200, "🎬" * 50]  # fmt: skip


def luminance(colour):
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_cover_is_the_same_every_time_and_neighbours_differ():
    assert cover_svg(CALM[0]) == cover_svg(CALM[0])
    assert len({cover_svg(each) for each in CALM}) == len(CALM)


def test_things_of_a_kind_have_the_same_colours():
    def ground(id, **attributes):
        return re.search(r'<rect width="200" height="300" fill="(#\w+)"', cover_svg(Item(id, id, "", attributes)))[1]

    assert len({ground(str(at), genres=("war", "drama")) for at in range(20)}) == 1
    assert len({ground("one", genres=(str(at),)) for at in range(40)}) > 4
    assert len({ground(str(at)) for at in range(40)}) > 4  # no facet: the item itself


@pytest.mark.parametrize("title", TITLES)
def test_any_title_fits_and_stays_text(title):
    drawn = ET.fromstring(cover_svg(Item("id", title, "", {"genres": (title,)})))
    lines = list(drawn.iter("text"))
    assert len(lines) <= 5
    for each in lines:
        assert 0 < float(each.get("y")) < HEIGHT
        assert 0 <= float(each.get("x")) <= WIDTH
    assert len(cover_svg(Item("id", title))) < 6000


def test_hostile_items_draw_shapes_and_text_only():
    for item in HOSTILE:
        tags = {each.tag for each in ET.fromstring(cover_svg(item)).iter()}
        assert tags <= {"svg", "rect", "circle", "path", "text"}
        assert "url(" not in cover_svg(item)


@pytest.mark.parametrize("palette", PALETTES)
def test_titles_are_legible(palette):
    light, dark = sorted((luminance(palette.ink), luminance(palette.ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
