"""Ratings to learn from are asked as `interest` asks, of opinions that nothing which asks has seen."""

import random

import pytest
from fakes import FakeJudge, HashEmbedder, film
from sommelier.agent.config import Config
from sommelier.agent.llm.model_loading import open_model
from sommelier.agent.memory.memory import Memory
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.finetune.evaluation.cases import validation_cases
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.examples.opinion_pairs import earlier_opinions, hold_back
from sommelier.finetune.examples.rate_examples import rate_examples
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Night {at:02}", genre=("war", "crime")[at % 2]) for at in range(40)]


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """Forty people with twelve ratings each: they like what is even."""
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    rng = random.Random(5)
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.catalogue.upsert_items(FILMS)
        for user in range(40):
            store.events.add(
                Event(
                    f"{user}-{place}",
                    f"u{user:02}",
                    FILMS[at].id,
                    "rating",
                    value=2 + 3 * (at % 2 == 0),
                    position=place,
                )
                for place, at in enumerate(rng.sample(range(40), 12))
            )
        yield store


def made(memory, held, encoder, tmp_path, unseen):
    with IndexStore(memory, tmp_path / "index", HashEmbedder()).without(unseen) as index:
        pipeline = RankingPipeline(Config(), Retriever(index, HashEmbedder()), FakeJudge(), packaged("rank"))
        return list(rate_examples(pipeline, encoder, memory, held, lambda *_: None))


def test_they_come_before_what_calibrates_and_nobody_knows_them(memory):
    calibrating, _ = hold_back(memory, {}, Config(), "opinion")
    held, unseen = earlier_opinions(memory, {}, Config())
    later = {each.user: each for each in calibrating}
    assert len(held) == 40
    for each in held:
        log = memory.events.history(each.user)
        assert not set(each.items) & set(later[each.user].items)
        assert len(log) - unseen[each.user] == len(each.events)
        assert not set(each.items) & {event.item for event in log[: len(log) - unseen[each.user]]}
        assert set(each.items) & {event.item for event in log}


def test_the_choice_that_validates_is_not_learned_even_where_opinions_follow_it(memory):
    for user in range(10):
        liked = [Event(f"v{user}-{at}", f"v{user}", FILMS[at].id, "like", position=at) for at in range(8)]
        not_liked = [Event(f"v{user}-{at}", f"v{user}", FILMS[at].id, "dislike", position=at) for at in range(8, 12)]
        memory.events.add(liked + not_liked)
    held, _ = earlier_opinions(memory, {}, Config())
    validating = {case.user: case.target for case in validation_cases(memory, {})[0]}
    assert {"v0", "v9"} <= {each.user for each in held}
    assert not [each for each in held if validating[each.user] in each.items]


def test_what_is_withheld_is_not_learned(memory):
    withheld = {f"u{user:02}": memory.events.history(f"u{user:02}")[3].item for user in range(40)}
    held, unseen = earlier_opinions(memory, withheld, Config())
    assert not [each for each in held if set(each.items) & {withheld[each.user]}]
    assert all(count >= 9 for count in unseen.values())


def test_each_branch_has_the_answer_that_was_given(memory, tiny_lm, tmp_path):
    encoder = open_model(tiny_lm, quantize="none", device="cpu", cache=tmp_path / "models").encoder
    held, unseen = earlier_opinions(memory, {}, Config(), users=15)
    examples = made(memory, held, encoder, tmp_path, unseen)
    assert len(examples) == 15
    for each in examples:
        lines = [encoder.tokenizer.decode(branch) for branch in each.question.branches]
        assert list(each.liked) == [int(line.partition("Night ")[2][:2]) % 2 == 0 for line in lines]


def test_an_item_that_left_the_catalogue_is_not_asked_about(memory, tiny_lm, tmp_path):
    encoder = open_model(tiny_lm, quantize="none", device="cpu", cache=tmp_path / "models").encoder
    held, unseen = earlier_opinions(memory, {}, Config(), users=1)
    memory.catalogue.delete_items([held[0].items[0]])
    examples = made(memory, held, encoder, tmp_path, unseen)
    assert sum(len(each.liked) for each in examples) == len(held[0].items) - 1
