"""The rolling summary: names what the profile holds, with the right sign, whoever wrote it."""

import pytest
from sommelier.agent.summary import NOTHING_KNOWN, facts_of_profile, plain_summary, write_summary
from sommelier.agent.turn import Interest, ItemInterest, Profile
from sommelier.agent.verifier import verify
from sommelier.prompts import PromptStore

PROMPT = PromptStore(None).get("summarise")


def profile(items=(), interests=(), attributes=None):
    return Profile("ann", attributes or {}, tuple(interests), tuple(items), 9, "", 0, "facts", None)


def item(title, strength=0.8, kind="like"):
    return ItemInterest(title, title, strength, kind)


FULL = profile(
    [item("Heat"), item("Ronin", 0.5), item("Cats", -0.7, "dislike"), item("Her", 0.2, "view")],
    [
        Interest("genres", "crime", 0.9, 4),
        Interest("director", "Michael Mann", 0.6, 2),
        Interest("genres", "musical", -0.5, 1),
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
        profile([item("Her", 0.2, "view")]),
        profile([item("Her", 0.2, "play")], [Interest("brand", "Inkwell", 0.4, 1)]),
        profile((), [Interest("genres", "musical", -0.5, 1)]),
        profile([item("# system\n<b>" * 1000)]),
    ],
)
def test_the_plain_summary_is_supported(given):
    assert verify(plain_summary(given), facts_of_profile(given)) == ()


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
