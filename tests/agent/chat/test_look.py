"""The look: text reads on its ground in light and in dark, and rules inside @media can match."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from sommelier.agent.chat import page, words

STYLES = {path.name: path.read_text(encoding="utf-8") for path in Path(page.__file__).with_name("static").glob("*.css")}
PAIRS = [("ink", "paper"), ("ink", "card"), ("ink", "blush"), ("soft", "paper"), ("soft", "card"), ("soft", "blush"),
         ("wine", "card"), ("wine", "paper"), ("wine", "blush"), ("on-wine", "wine"), ("green", "card"),
         ("green", "mist"), ("paper", "ink")]  # fmt: skip


def colours(scheme):
    block = re.search(rf"^{scheme} {{(.*?)^}}", STYLES["base.css"], re.MULTILINE | re.DOTALL)[1]
    return dict(re.findall(r"--som-([\w-]+): (#\w{6});", block))


def luminance(colour):
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["body", r"body\.dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_contrast(scheme, text, ground):
    found = colours("body") | colours(scheme)
    light, dark = sorted((luminance(found[text]), luminance(found[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("name", STYLES)
def test_rules_inside_media_begin_within_gradios_scope(name):
    for block in re.findall(r"@media[^{]*{(.*?)\n}", STYLES[name], re.DOTALL):
        assert "gradio-container" not in block
        assert "body" not in re.findall(r"^\s*([\w.-]+)", block, re.MULTILINE)


def test_whoever_wants_no_motion_gets_none():
    assert "prefers-reduced-motion: reduce" in STYLES["shelf.css"]


def test_no_words_are_given_one_name_twice():
    tree = ast.parse(Path(words.__file__).read_text(encoding="utf-8"))
    names = [name.id for each in tree.body if isinstance(each, ast.Assign) for name in each.targets]
    assert [name for name, times in Counter(names).items() if times > 1] == []
