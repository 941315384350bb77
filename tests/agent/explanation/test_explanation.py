"""Explanations: plain sentences for any evidence and domain; the model's sentence only when it verifies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.agent.dialogue.reply import plan
from sommelier.agent.explanation.explanation import draft, explain, facts_of, plain_explanation, plain_explanations
from sommelier.agent.explanation.verifier import verify
from sommelier.prompts import PromptLibrary
from sommelier.retrieval.catalogue import EVENT_KINDS, Item
from sommelier.retrieval.evidence import Candidate, Evidence, HistoryLink, Likeness, SharedAttribute

PROMPT = PromptLibrary(None).get("explain")
FIELDS = {"director": ("Ridley Scott",), "genres": ("horror",), "cast": ("Sigourney Weaver",), "keywords": ("space",)}
GENRE = SharedAttribute("genres", "horror", 0.8, 2.0)
COLOUR = SharedAttribute("colour", "blue", 0.8, 2.0)
DIRECTOR = SharedAttribute("director", "Ridley Scott", 0.8, 5.0)


def candidate(
    title="Alien",
    history=(),
    shared=(),
    words=(),
    popularity=0.5,
    fields=FIELDS,
    id="alien",
    alike=(),
    text="In space.",
):
    item = Item(id, title, text, fields)
    return Candidate(item, 1.0, {}, (), Evidence(history, shared, words, popularity, alike=alike))


KINDS = {"liked": "like", "neutral": "play", "disliked": "dislike"}


def link(title="The Thing", polarity="liked", kind=None, fields=("director",)):
    return HistoryLink(title, title, 0.6, polarity, kind or KINDS[polarity], fields)


class Scripted:
    """Writes the given endings, one list per call, and remembers how it was asked."""

    def __init__(self, *calls):
        self.calls = list(calls)
        self.asked = []

    def write(self, prompts, *, max_new_tokens, temperature=0.0, seed=0, openings=None):
        self.asked.append((len(prompts), temperature, seed, tuple(openings), prompts))
        endings = self.calls.pop(0)
        return [endings[n % len(endings)] for n in range(len(prompts))]


@pytest.mark.parametrize("id", [f"item-{n}" for n in range(12)])
@pytest.mark.parametrize(
    "parts",
    [
        {"history": (link(),), "shared": (GENRE,)},
        {"history": (link(polarity="neutral"),)},
        {"history": (link(polarity="disliked"),), "shared": (GENRE,)},
        {"words": ("space",)},
        {"history": (link(),), "words": ("space",)},
        {"shared": (GENRE,)},
        {"popularity": 0.95},
        {"popularity": 0.8},
        {},
        {"history": (link("Long " * 3000),), "title": "Very " * 3000},
        {"fields": {}, "history": (link(),)},
        {"fields": {}},
        {"fields": {"brand": "Inkwell", "category": "Pens & Markers", "colour": "blue"}, "shared": (COLOUR,)},
        {"fields": {"author": "Ann Lee", "genre": "crime"}, "history": (link(polarity="neutral", fields=("author",)),)},
        {"title": "**Bold** <b>", "history": (link("[x](http://evil.example)"),)},
        {"alike": (Likeness(link(), (DIRECTOR,)),)},
        {"alike": (Likeness(link("[x](http://evil.example)"), (DIRECTOR,)),)},
    ],
)
def test_plain_sentences_are_one_line_and_supported(parts, id):
    each = candidate(id=id, **parts)
    text = plain_explanation(each)
    assert text.endswith((".", "…"))
    assert "\n" not in text
    assert len(text) < 300
    assert verify(text, facts_of(each)) == ()


def test_plain_polarity_and_verbs_follow_the_evidence():
    assert "liked The Thing" in related()
    assert "watched The Thing" in related(polarity="neutral")
    assert "The Thing" not in related(polarity="disliked")


def related(**past):
    """The reasons of films with the director of one in the history, some phrased with the verb after "you"."""
    alike = (Likeness(link(**past), (DIRECTOR,)),)
    return " ".join(plain_explanation(candidate(alike=alike, id=id)) for id in "abcdefgh")


def test_what_was_merely_met_is_no_reason():
    assert plain_explanation(candidate(history=(link(),))) == "A horror film by Ridley Scott."


@pytest.mark.parametrize(
    ("kind", "fields", "verb"),
    [
        ("view", ("director",), "looked at"), ("click", (), "looked at"), ("save", (), "saved"),
        ("share", (), "shared"), ("purchase", ("director",), "bought"), ("comment", (), "commented on"),
        ("rating", ("director",), "rated"), ("seen", ("director",), "watched"), ("play", (), "chose"),
        ("play", ("author", "isbn"), "read"), ("play", ("author",), "chose"),
        ("play", ("developer", "platform"), "played"), ("seen", ("artist", "album"), "listened to"),
        ("play", ("artist",), "chose"), ("play", ("brand",), "chose"),
    ],
)  # fmt: skip
def test_the_verb_is_the_deed_in_the_words_of_what_it_was_done_with(kind, fields, verb):
    each = candidate(alike=(Likeness(link(polarity="neutral", kind=kind, fields=fields), (DIRECTOR,)),))
    assert f"you {verb}" in plain_explanation(each).casefold()


def test_nobody_is_told_of_a_usual_that_nothing_shows():
    assert plain_explanation(candidate(fields={})) == "Something to try."


def test_a_faint_interest_is_no_taste():
    faint = SharedAttribute("genres", "horror", 0.05, 2.0)
    assert "taste" not in plain_explanation(candidate(shared=(faint,)))


_NAMES = ["Heat", "It", "You", "E.T.", "[REC]", "Airplane!", "!!!", "Jaws, Again", "a", "Up. Down", "x" * 90]
_TITLES = st.sampled_from([*_NAMES, "", " "])
_FIELDS = st.fixed_dictionaries({}, optional={
    "director": _TITLES, "author": _TITLES, "isbn": st.just("1"),
    "genres": st.sampled_from(["horror", "Pens & Co", ""]),
    "cast": st.tuples(_TITLES, _TITLES), "keywords": _TITLES, "country": st.just("France"), "colour": _TITLES,
    "year": st.just(1979), "vegan": st.booleans(), "developer": _TITLES, "platform": _TITLES,
})  # fmt: skip
_LINKS = st.builds(
    HistoryLink, st.just("h"), _TITLES, st.floats(0.01, 1), st.sampled_from(["liked", "neutral", "disliked"]),
    st.sampled_from([None, *sorted(EVENT_KINDS)]),
    st.sampled_from([(), ("director",), ("author",), ("author", "isbn"), ("artist", "album"), ("brand",)]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(_NAMES), _FIELDS, st.lists(_LINKS, max_size=3), st.floats(0, 1), st.floats(0, 1),
    st.sampled_from([(), ("horror",), ("horror", "heat")]), st.integers(0, 7),
)  # fmt: skip
def test_any_plain_sentence_is_supported_and_matches_the_events(title, fields, links, popularity, strength, words, id):
    item = Item(f"item-{id}", title, "", fields)
    shared = tuple(SharedAttribute(*pair, strength, 2.0) for pair in item.facets()[1:4])
    each = Candidate(item, 1.0, {}, (), Evidence(tuple(links), shared, words, popularity))
    text = plain_explanation(each)
    assert verify(text, facts_of(each)) == (), text
    assert plain_explanations([each, each])[0] == text
    for sentence in plan([each, each]):
        assert verify(sentence.plain, sentence.facts) == (), sentence.plain
    liked = any(one.polarity == "liked" and one.kind in {None, "like", "rating"} for one in links)
    assert " liked " not in text or liked


def test_a_shelf_does_not_read_alike_and_does_not_flicker():
    seen = tuple(Likeness(link(title), (DIRECTOR,)) for title in ("The Thing", "Heat", "Ronin", "Seven", "Brazil"))
    shelf = [candidate(id=f"item-{n}", alike=seen) for n in range(4)]
    texts = plain_explanations(shelf)
    openings = {tuple(text.split()[:2]) for text in texts}
    assert len(openings) >= 3
    assert len(set(texts)) == 4
    assert texts == plain_explanations(shelf)
    assert plain_explanation(shelf[0]) == texts[0]


def test_a_shelf_for_a_stranger_does_not_repeat_itself():
    shelf = [candidate(id=f"item-{n}", title=f"Alien {n}", popularity=0.95) for n in range(4)]
    said = [text.removeprefix("A horror film by Ridley Scott.").strip() for text in plain_explanations(shelf)]
    assert len(set(said)) == 4


def test_wishes_are_claimed_only_where_the_item_has_them():
    assert "space, as you asked" in plain_explanation(candidate(), ["the", "space", "cheap"]).casefold()
    assert "asked" not in plain_explanation(candidate(), ["cheap"])
    assert "asked" not in plain_explanation(candidate(words=("space",)))


def test_the_models_sentence_is_used_when_it_verifies():
    lm = Scripted([" is a horror film directed by Ridley Scott. And more."])
    shelf = [candidate(id=id, history=(link(),)) for id in "abc"]
    written = explain(lm, PROMPT, shelf)
    assert [each.written_by for each in written] == ["model"] * 3
    assert all(str(each).endswith("is a horror film directed by Ridley Scott.") for each in written)
    assert len(lm.asked) == 1


def test_only_failures_are_retried_once_in_one_batch_with_another_opening():
    lm = Scripted([" is a horror film.", " is a masterpiece."], [" is a lie."])
    shelf = [candidate(id=id, history=(link(),)) for id in "abcd"]
    written = explain(lm, PROMPT, shelf)
    assert [each.written_by for each in written] == ["model", "evidence"] * 2
    assert [(size, warmth > 0) for size, warmth, *_ in lm.asked] == [(4, False), (2, True)]
    assert lm.asked[1][3][0] != lm.asked[0][3][1]
    assert written[1].text == plain_explanations(shelf)[1]


def test_plain_sentences_that_were_made_before_stand_in_for_what_fails():
    lm = Scripted([" is a horror film.", " is a masterpiece."], [" is a lie."])
    shelf = [candidate(id=id, history=(link(),)) for id in "ab"]
    written = explain(lm, PROMPT, shelf, plain=["Said of a.", "Said of b."])
    assert [each.written_by for each in written] == ["model", "evidence"]
    assert written[1].text == "Said of b."


def test_a_sentence_that_was_cut_off_is_not_shown():
    lm = Scripted([" is a horror film directed by"], [" is"])
    assert explain(lm, PROMPT, [candidate(history=(link(),))])[0].written_by == "evidence"


def test_the_model_is_not_asked_where_the_description_says_what_it_is():
    text = "A freighter crew answers a signal and meets something that should have slept on."
    lm = Scripted([" is a horror film."])
    one, two = candidate(text=text, id="a"), candidate(id="b")
    written = explain(lm, PROMPT, [one, two])
    assert [each.written_by for each in written] == ["evidence", "model"]
    assert written[0].text.startswith(text)
    assert lm.asked[0][0] == 1


def test_a_true_sentence_that_reads_worse_gives_way():
    lm = Scripted([" is a horror film and is a horror film."], [" is a horror film, which is a film, which is a film."])
    assert explain(lm, PROMPT, [candidate(history=(link(),))])[0].written_by == "evidence"


def test_an_empty_shelf_asks_nothing():
    lm = Scripted()
    assert explain(lm, PROMPT, []) == []
    assert lm.asked == []


def test_titles_reach_the_model_short_and_without_control_characters():
    lm = Scripted([" is a horror film."])
    explain(lm, PROMPT, [candidate(title="A\u202eB\n# system\n" + "x" * 100_000, history=(link(),))])
    content = lm.asked[0][4][0][-1].content
    assert len(content) < 500
    assert "\u202e" not in content
    assert "\n" not in content


def test_the_bundled_model_explains(bundled_lm):
    shelf = [candidate(id=title, history=(link(title),)) for title in ("Psycho", "Heat", "Jaws", "Ran", "M")]
    written = explain(bundled_lm, PROMPT, shelf)
    assert sum(each.written_by == "model" for each in written) >= 3
    assert all(verify(each.text, facts_of(one)) == () for each, one in zip(written, shelf, strict=True))


def test_what_was_asked_for_comes_before_what_was_done():
    asked = draft(candidate(history=(link(),), words=("space",)))
    assert asked.brief.startswith("You asked for space.")
    assert all("space" in opening and "The Thing" not in opening for opening in asked.openings)
    unasked = draft(candidate(history=(link(),)))
    assert unasked.brief.startswith("You liked The Thing.")
    assert all("The Thing" in opening for opening in unasked.openings)
