"""What is said back: complete in every language, lists as the language writes them."""

from string import Formatter

import pytest
from sommelier.agent.dialogue.phrasing import joined, say
from sommelier.agent.knowledge.language import language_pack, languages


def variants(code, key):
    said = language_pack(code).table("say")[key]
    return [said] if isinstance(said, str) else said


def places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", sorted(languages()))
def test_a_language_says_all_that_english_says(code):
    assert set(language_pack(code).table("say")) == set(language_pack("en").table("say"))


@pytest.mark.parametrize("code", sorted(languages()))
def test_every_variant_has_the_places_of_english(code):
    english = language_pack("en").table("say")
    differing = {
        (key, said)
        for key in english
        for said in variants(code, key)
        if places(said) != places(variants("en", key)[0]) or not said.strip()
    }
    assert not differing


@pytest.mark.parametrize("code", sorted(languages()))
def test_there_are_variants_where_english_has_some(code):
    kinds = {key: isinstance(said, list) for key, said in language_pack(code).table("say").items()}
    assert kinds == {key: isinstance(said, list) for key, said in language_pack("en").table("say").items()}


@pytest.mark.parametrize(
    ("code", "both", "choice"),
    [
        ("en", "A, B and C", "A, B or C"),
        ("de", "A, B und C", "A, B oder C"),
        ("es", "A, B y C", "A, B o C"),
        ("fr", "A, B et C", "A, B ou C"),
        ("zh", "A、B和C", "A、B或C"),
        ("xx", "A, B and C", "A, B or C"),
    ],
)
def test_a_list_is_joined_as_the_language_does(code, both, choice):
    assert joined(iter("ABC"), code) == both
    assert joined(iter("ABC"), code, "or") == choice
    assert joined(["A"], code) == "A"
    assert joined([], code) == ""


@pytest.mark.parametrize(
    ("words", "last", "said"),
    [
        (["drama", "intriga"], "and", "drama e intriga"),
        (["drama", "“historia”"], "and", "drama e “historia”"),
        (["madera", "hierro"], "and", "madera y hierro"),
        (["comedia", "horror"], "or", "comedia u horror"),
        (["1970s", "1980s"], "or", "1970s o 1980s"),
        (["7", "8"], "or", "7 u 8"),
        (["Ida", "drama"], "and", "Ida y drama"),
    ],
)
def test_a_spanish_link_suits_what_follows(words, last, said):
    assert joined(words, "es", last) == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("de", "Heat dauert 103 Minuten."),
        ("es", "Heat dura 103 minutos."),
        ("fr", "Heat dure 103 minutes."),
        ("zh", "Heat 的时长是 103 分钟。"),
    ],
)
def test_facts_fill_the_places(code, said):
    assert say("duration", code, title="Heat", value=say("minutes", code, value="103")) == said
