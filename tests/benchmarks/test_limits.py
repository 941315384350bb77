"""The limits report: alterations that do what they say, and a page that says what was measured."""

import random
from datetime import UTC, datetime, timedelta

import alterations
import limits
import pytest
from fakes import FakeJudge, HashEmbedder, film
from limits_page import page
from sommelier.agent.config import Config
from sommelier.agent.memory.memory import Memory
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.finetune.evaluation.cases import validation_cases
from sommelier.finetune.evaluation.evaluation import judge_all
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event

NIGHT = datetime(2024, 3, 4, 1, tzinfo=UTC)
GENRES = ("comedy", "horror", "war", "musical")
FILMS = [film(f"f{at:02}", title=f"Great Film Number {at}", genre=GENRES[at % 4]) for at in range(40)]


def events(count):
    return [Event(f"e{at}", "ann", f"f{at:02}", "purchase", position=at) for at in range(count)]


@pytest.mark.parametrize("text", ["The Third Man", "Amélie", "ab longer cd", "Überraschung 1984"])
def test_a_typo_swaps_two_neighbours(text):
    altered = alterations.misspelt(text)
    assert altered != text
    assert sorted(altered) == sorted(text)
    assert sum(one != other for one, other in zip(text, altered, strict=True)) == 2
    assert altered == alterations.misspelt(text)


@pytest.mark.parametrize("text", ["", "Up", "It 2", "aaaa", "1984"])
def test_where_no_typo_fits_there_is_none(text):
    assert alterations.misspelt(text) == text


@pytest.mark.parametrize(
    ("count", "share", "left"), [(20, 0.1, 18), (20, 0.3, 14), (3, 0.1, 2), (1, 0.3, 1), (0, 0.1, 0)]
)
def test_lost_events(count, share, left):
    kept = alterations.without_some(events(count), share, seed=1)
    assert len(kept) == left
    assert [each for each in events(count) if each in kept] == kept


@pytest.mark.parametrize(("count", "added"), [(20, 2), (3, 1), (0, 0)])
def test_stray_events(count, added):
    found = alterations.with_strays(events(count), 0.1, ["f39"], seed=1)
    assert [each for each in found if not each.id.startswith("stray")] == events(count)
    assert [each.item for each in found if each.id.startswith("stray")] == ["f39"] * added


def walkers():
    draw = random.Random(8)
    for user in range(8):
        for place in range(12):
            item = (user + place * draw.choice([1, 1, 5])) % 40
            at, context = NIGHT + timedelta(hours=7 * place), {"device": ("phone", "tablet")[(user + place) % 2]}
            yield Event(f"{user}-{place}", f"u{user}", f"f{item:02}", "like", at=at, context=context)


def measured(tmp_path, monkeypatch, lm, films=FILMS, **settings):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as memory:
        memory.catalogue.upsert_items(films)
        memory.events.add(walkers())
        cases, held_back = validation_cases(memory, {})
        embedder = HashEmbedder()
        with IndexStore(memory, tmp_path / "index", embedder).without(held_back) as index:
            engine = RankingPipeline(Config(**settings), Retriever(index, embedder), lm, packaged("rank"))
            world = limits.World.of(engine, memory, embedder)
            return limits.limits_of("walks", world, list(judge_all(engine, memory, cases, lambda *_: None)))


class Counting(FakeJudge):
    """A judge that can count tokens too: words."""

    def count(self, text):
        return len(text.split())


def test_even_a_judge_with_a_position_bias_shows_none(tmp_path, monkeypatch):
    found = measured(tmp_path, monkeypatch, Counting(drift=0.5))
    assert found.reordered == 0  # candidates are packed in id order, whatever the order they come in
    again = found.moved[0]
    assert again.what == "nothing (asked again)"
    assert again.alike == {system: (1.0, pytest.approx(1.0)) for system in ("retrieval", "lm", "fused")}


def test_a_judge_that_likes_long_lines_is_found_out(tmp_path, monkeypatch):
    wordy = Counting(lambda text: float(len(text.split())))
    films = [film(f"f{at:02}", title="Great Film" + " Again" * (at % 4)) for at in range(40)]
    low, middle, _ = measured(tmp_path, monkeypatch, wordy, films).length
    assert 0.5 < low <= middle <= 1


def test_no_real_title_is_left_when_titles_are_made_up(tmp_path, monkeypatch):
    judge = Counting(lambda text: float(len(text)))
    found = measured(tmp_path, monkeypatch, judge)
    told = [" ".join([*branches, *(message.content for message in question.messages)])
            for question, branches in judge.asked]  # fmt: skip
    renamed = [text for text in told if "Great Film" not in text]
    assert len(renamed) == found.users
    # Titles are of one length and stay so, which is all that this judge looks at.
    assert found.renamed.difference["lm"] == (0.0, 0.0, 0.0)
    assert len(found.renamed.real) == len(found.renamed.made_up)


def test_the_page_says_what_was_measured(tmp_path, monkeypatch):
    found = measured(tmp_path, monkeypatch, Counting(), pool=12)
    for parts in found.parts.values():
        assert sum(part.share for part in parts.values()) == pytest.approx(1)
        assert sum(part.spread for part in parts.values()) == pytest.approx(1)
        assert parts["lm"].share == 0  # the shipped weight
    text = page([found], "python benchmarks/limits.py")
    assert "On walks the model's weight is zero" in text
    assert "| walks | 8 | 0 |" in text
    assert "a synonym in the request" in text
    assert "Nothing can be said of user groups" in text
    assert "{" not in text
    assert text.count("## ") == 9
