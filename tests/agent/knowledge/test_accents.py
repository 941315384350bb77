"""Words of a language are known without the accents that people leave out, too."""

import re

from sommelier.agent.knowledge.accents import loosely, with_plain_spellings


def test_an_expression_takes_letters_with_and_without_accents():
    pattern = re.compile(loosely("corté[áo]", "áé"))
    assert all(pattern.fullmatch(word) for word in ("cortéá", "corteá", "cortea", "corteo"))
    assert not pattern.fullmatch("cortii")


def test_tables_have_both_spellings():
    data = {"accents": "ñá", "families": {"niño": 6}, "words": {"or": "más o"}, "values": {"año": "x"}}
    wide = with_plain_spellings(data)
    assert wide["families"] == {"niño": 6, "nino": 6}
    assert wide["words"]["or"].split() == ["más", "o", "mas", "o"]
    assert wide["values"] == {"año": "x"}


def test_a_language_that_names_no_letters_is_left_alone():
    data = {"families": {"niño": 6}}
    assert with_plain_spellings(data) is data
