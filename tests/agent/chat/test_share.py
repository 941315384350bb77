"""Shelves to hand on: links that hold, pictures that stand alone, text without markup."""

import base64
import json
import xml.etree.ElementTree as ET

import pytest
from fake_engine import CALM, HOSTILE
from sommelier.agent.chat.share import fitting, pack, share_html, shelf_svg, shelf_text, unpack
from sommelier.retrieval.catalogue import Item


def link(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("ids", [["f1", "f2"], ["a,b&c=d", "映画", "?/#"], ["x" * 100]])
def test_a_link_carries_the_ids(ids):
    assert unpack(pack([Item(each, "t") for each in ids])) == ids
    assert all(each.isalnum() or each in "-_" for each in pack([Item(each, "t") for each in ids]))


@pytest.mark.parametrize(
    ("packed", "ids"),
    [
        (link(["a", "a", 7, None, ["b"], "c"]), ["a", "c"]),
        (link([str(at) for at in range(99)]), [str(at) for at in range(20)]),
        (link({"a": 1}), []), (link("a"), []), ("%%%", []), ("A", []), ("é", []), (None, []), (7, []), ("", []),
        (link("[" * 2000), []), ("W" * 5000, []),
    ],
)  # fmt: skip
def test_any_link_is_read_or_left(packed, ids):
    assert unpack(packed) == ids


def test_a_link_carries_as_many_as_it_can_and_the_sheet_says_so():
    long = [Item(f"{at:02}" + "B00" * 55, "t") for at in range(20)]
    carried = unpack(pack(long))
    assert 15 < len(carried) < 20
    assert carried == [each.id for each in long[: len(carried)]] == [each.id for each in fitting(long)]
    assert f"the first {len(carried)} of these 20 picks" in share_html(long)
    assert "of these" not in share_html(CALM)
    endless = [Item("x" * 4000, "t")]
    assert unpack(pack(endless)) == []
    assert "There is no link to these picks" in share_html(endless)
    assert 'data-copy="link"' not in share_html(endless)


def test_the_picture_is_one_inert_drawing():
    odd = [Item("odd", "a\uffff\ufffe\U0001ffff\U0010fffe\ufdd0b", "", {"director": "\uffff"})]
    assert "1. ab" in shelf_text(odd)
    for items in (CALM, HOSTILE, CALM * 3, (), odd):
        drawn = ET.fromstring(shelf_svg(items))
        tags = {each.tag.split("}")[1] for each in drawn.iter()}
        assert tags <= {"svg", "rect", "circle", "path", "text"}
        assert len([each for each in drawn.iter() if each.tag.endswith("}svg")]) == len(items) + 1


def test_text_is_a_line_per_item():
    assert shelf_text(CALM[:2]) == (
        "Picked with Sommelier\n1. The Lighthouse Keeper's Daughter (1998): drama, romance, Ines Valente\n"
        "2. Night Train to Trieste (1974): thriller, Paolo Riva"
    )
    assert len(shelf_text(HOSTILE)) < 1000


def test_a_hostile_sheet_is_inert():
    sheet = share_html(HOSTILE)
    assert "<script" not in sheet
    assert "<img" not in sheet
    assert sheet.count("<dialog") == 1
