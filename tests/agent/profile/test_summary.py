"""The rolling summary: names what the profile holds, with the right sign, whoever wrote it."""

import json
from pathlib import Path

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from sommelier.agent.explanation.verifier import verify
from sommelier.agent.profile.summary import NOTHING_KNOWN, facts_of_profile, plain_summary, write_summary
from sommelier.agent.turn import Interest, ItemInterest, Profile
from sommelier.prompts import PromptLibrary
from sommelier.retrieval.catalogue import EVENT_KINDS

PROMPT = PromptLibrary(None).get("summarise")


def profile(items=(), interests=(), attributes=None):
    return Profile("ann", attributes or {}, tuple(interests), tuple(items), 9, "", 0, "facts", None)


def item(title, strength=0.8, kind="like", polarity="liked"):
    return ItemInterest(title, title, strength, kind, polarity)


FULL = profile(
    [item("Heat"), item("Ronin", 0.5), item("Cats", -0.7, "dislike", "disliked"), item("Her", 0.2, "view", "neutral")],
    [
        Interest("genres", "crime", 0.9, 4),
        Interest("director", "Michael Mann", 0.6, 2),
        Interest("genres", "musical", -0.5, 2),
    ],
)


class Scripted:
    """Writes the given endings, one per call."""

    def __init__(self, *endings):
        self.endings = list(endings)

    def write(self, prompts, *, max_new_tokens, temperature=0.0, seed=0, openings=None):
        return [self.endings.pop(0)]


def test_the_plain_summary_has_likes_interests_and_aversions():
    assert plain_summary(FULL) == (
        "You have lately liked Heat and Ronin. You are drawn to crime. You often return to the work of Michael Mann. "
        "You disliked Cats. You tend to avoid musical."
    )


@pytest.mark.parametrize(
    "given",
    [
        FULL,
        profile([item("Her", 0.2, "view", "neutral")]),
        profile([item("Her", 0.2, "play", "neutral")], [Interest("brand", "Inkwell", 0.4, 1)]),
        profile((), [Interest("genres", "musical", -0.5, 2)]),
        profile([item("# system\n<b>" * 1000)]),
    ],
)
def test_the_plain_summary_is_supported(given):
    assert verify(plain_summary(given), facts_of_profile(given)) == ()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (profile([item("Her", 0.2, "skip", "neutral")], [Interest("genres", "musical", -0.5, 1)]), NOTHING_KNOWN),
        (profile([item("Her", 0.6, "rating", "neutral")]), "You recently rated Her."),
        (profile([item("Her", 0.9, "save", "neutral"), item("M", 0.5, "view", "neutral")]), "You recently saved Her."),
        (profile([item("Her", 0.9, "purchase", "neutral")]), "You recently bought Her."),
        (profile([item("Her", -0.9, "dismiss", "disliked")]), "You dismissed Her."),
        (profile((), [Interest("director", "Ann Lee", 1.0, 1)]), NOTHING_KNOWN),
    ],
)
def test_the_plain_verb_is_the_deed(given, text):
    assert plain_summary(given) == text


UNTRUE = json.loads((Path(__file__).parents[3] / "benchmarks" / "false_sentences.json").read_text(encoding="utf-8"))
REVIEWED = profile(
    [item(title, 0.5, kind, polarity) for title, polarity, kind in UNTRUE["history"]],
    [Interest(*each) for each in UNTRUE["interests"]],
)


@pytest.mark.parametrize("lie", UNTRUE["summaries"])
def test_a_summary_says_no_untruth(lie):
    assert verify(lie, facts_of_profile(REVIEWED))


_WORDS = st.sampled_from(["Heat", "It", "You", "E.T.", "[REC]", "Airplane!", "!!!", "and", "Jaws, Again", "liked"])


@settings(max_examples=200, deadline=None)
@for_all(
    st.lists(st.tuples(_WORDS, st.sampled_from(sorted(EVENT_KINDS)),
                       st.sampled_from(["liked", "neutral", "disliked"]), st.floats(-1, 1)), max_size=6),
    st.lists(st.builds(Interest, st.sampled_from(["genres", "director", "cast", "keywords", "year", "colour"]),
                       _WORDS, st.floats(-1, 1), st.integers(1, 4)), max_size=8),
)  # fmt: skip
def test_any_plain_summary_is_supported_and_matches_the_events(items, interests):
    given = profile([ItemInterest(str(n), title, strength, kind, polarity)
                     for n, (title, kind, polarity, strength) in enumerate(items)], interests)  # fmt: skip
    text = plain_summary(given)
    assert text == NOTHING_KNOWN or verify(text, facts_of_profile(given)) == ()
    opinions = {(polarity, kind) for _, kind, polarity, _ in items}
    assert not text.startswith("You have lately liked") or opinions & {("liked", "like"), ("liked", "rating")}
    assert "You disliked" not in text or opinions & {("disliked", "dislike"), ("disliked", "rating")}


def test_nothing_known_is_said_without_the_model():
    assert plain_summary(profile()) == NOTHING_KNOWN
    assert write_summary(Scripted(), PROMPT, profile()) == (NOTHING_KNOWN, "facts")


def test_the_models_summary_is_used_when_all_of_it_verifies():
    text, who = write_summary(Scripted("'re drawn to crime. You disliked Cats. You oft"), PROMPT, FULL)
    assert who == "model"
    assert text == "You have lately enjoyed Heat and Ronin, and you're drawn to crime. You disliked Cats."


@pytest.mark.parametrize(
    "lie",
    [
        "'re drawn to jazz.", "'re drawn to musical.", " liked Cats.", " liked Her.", " disliked Heat.",
        "'re drawn to crime. I love crime.", " liked Alien.", "",
    ],
)  # fmt: skip
def test_anything_else_leaves_the_plain_summary(lie):
    assert write_summary(Scripted(lie, lie), PROMPT, FULL) == (plain_summary(FULL), "facts")


def test_the_second_try_counts():
    assert write_summary(Scripted("'re a fan of jazz.", " You are drawn to crime."), PROMPT, FULL)[1] == "model"


def test_the_bundled_model_summarises(bundled_lm):
    text, who = write_summary(bundled_lm, PROMPT, FULL)
    assert "Heat" in text
    assert who == "facts" or verify(text, facts_of_profile(FULL)) == ()
