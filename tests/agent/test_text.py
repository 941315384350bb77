"""Text from outside comes out on one line, safe, short, and never broken inside a character."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sommelier.agent.knowledge.phrases import shorten
from sommelier.agent.text import cut, percent

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1eb\U0001f1f7"
THUMB = "\U0001f44d\U0001f3fd"


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("Heat", 10, "Heat"),
        ("  two\n lines\t ", 20, "two lines"),
        ("The Lighthouse Keeper's Daughter", 20, "The Lighthouse…"),
        ("Lighthousekeepersdaughter", 10, "Lighthous…"),
        ("one two three", 8, "one two…"),
        ("Well, - and then", 8, "Well…"),
        (FAMILY * 3, 7, f"{FAMILY}…"),
        (FLAG * 4, 6, f"{FLAG * 2}…"),
        (f"Like {THUMB}{THUMB}{THUMB}", 10, f"Like {THUMB}{THUMB}…"),
        ("e\u0301" * 10, 6, "e\u0301e\u0301…"),
        ("a" + "\u0301" * 50, 5, "a\u0301\u0301\u0301…"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", 20, "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\u0600\u0661\u0662", 10, "\u0600\u0661\u0662"),
        ("live\u202egnp\u202c", 20, "livegnp"),
        ("so\u00adft \u200bzero\ufeff", 20, "soft zero"),
        ("half \ud800 and \x00nul \uffff", 30, "half and nul"),
        ("private \ue000use", 20, "private use"),
        ("", 5, ""),
    ],
)
def test_text_is_made_safe_and_short(text, longest, expected):
    assert cut(text, longest) == expected


@given(st.text(alphabet=st.characters(codec=None), max_size=300), st.integers(2, 40))
def test_whatever_comes_in_is_one_line_of_at_most_so_many_characters(text, longest):
    found = cut(text, longest)
    assert len(found) <= longest
    assert found == cut(found, longest)
    assert not {unicodedata.category(each) for each in found} & {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert not any(each in found for each in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\ufeff")


def test_a_title_in_a_sentence_is_cut_by_the_same_rule():
    title = f"A very long title that goes on {FAMILY} and on, until nobody remembers how it began"
    assert shorten(title) == cut(title, 60)


@pytest.mark.parametrize(("share", "said"), [(0, "0%"), (0.004, "under 1%"), (0.456, "46%"), (1, "100%")])
def test_a_share_that_is_small_is_not_nothing(share, said):
    assert percent(share) == said
