"""Made-up names keep their shape, mean nothing, and are the same wherever they stand."""

import re

import pytest
from sommelier.finetune.examples.renaming import made_up, renaming


@pytest.mark.parametrize("text", ["The Third Man (1949)", "WALL-E", "Amélie", "M", "8½", ""])
def test_made_up_titles_have_the_same_shape(text):
    altered = made_up(text)
    assert len(altered) == len(text)
    assert altered == made_up(text)
    assert [one.isalpha() for one in altered] == [one.isalpha() for one in text]
    assert [one.isupper() for one in altered] == [one.isupper() for one in text]
    assert [one for one in altered if not one.isalpha()] == [one for one in text if not one.isalpha()]


def test_made_up_titles_differ():
    titles = [
        f"{first} {second}" for first in ("Silver", "Golden", "Hidden") for second in ("River", "Harbour", "Fields")
    ]
    assert len({made_up(title) for title in titles}) == len(titles)


def test_a_name_is_renamed_alike_wherever_it_stands():
    names = [f"Harbour{letter} Lights" for letter in "abcdefghijklmnopqrst"]
    rename = renaming(names, "key")
    changed = [name for name in names if rename(name) != name]
    assert len(changed) >= 4
    for name in changed:
        told = rename(f"You liked {name}, so try {name}.")
        assert told == f"You liked {rename(name)}, so try {rename(name)}."


def test_another_key_gives_other_names():
    names = ["Solaris", "Stalker", "Brazil", "Playtime"]
    both = [renaming(names, key)(" ".join(names)) for key in ("one", "two")]
    assert both[0] != both[1]


def test_the_words_that_sentences_are_made_of_stay():
    names = ["The Good, the Bad and the Ugly", "You and Yes"] * 10
    for key in map(str, range(10)):
        told = renaming(names, key)("You may like the item and not that. Answer Yes or No.")
        assert re.sub(r"Good|Bad|Ugly", "", told) == "You may like the item and not that. Answer Yes or No."
