"""Texts to be written are asked for as when they serve, say nothing untrue, and can be written to their end."""

import random

import pytest
from fakes import FakeJudge, HashEmbedder, film
from sommelier.agent.config import Config
from sommelier.agent.explanation.explanation import checked, draft, messages
from sommelier.agent.explanation.verifier import verify
from sommelier.agent.memory.memory import Memory
from sommelier.agent.profile.summary import facts_of_profile
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.turn import Request
from sommelier.finetune.evaluation.cases import training_cases
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.examples.text_examples import TextMaker
from sommelier.prompts.library import PromptLibrary, packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event, User

GENRES, MOODS = ("war", "crime", "comedy"), ("slow", "grim", "tender", "wry")
FILMS = [film(f"f{at:02}", title=f"Night {at:02}", genre=GENRES[at % 3], mood=MOODS[at % 4]) for at in range(60)]


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    rng = random.Random(5)
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.catalogue.upsert_items(FILMS)
        for user in range(60):
            seen = rng.sample(FILMS[user % 3 :: 3], 6)
            kinds = ["like", "like", "like", "like", "dislike", "like"]
            store.events.add(
                Event(f"{user}-{at}", f"u{user:02}", each.id, kind, position=at)
                for at, (each, kind) in enumerate(zip(seen, kinds, strict=True))
            )
        yield store


@pytest.fixture
def encoder(bundled_lm):
    return bundled_lm.encoder  # the tiny model's writes letter by letter, and nothing would fit


@pytest.fixture
def made(memory, encoder, tmp_path, monkeypatch):
    """(task, what is asked, what is to be written) of each example, nothing renamed."""
    monkeypatch.setattr("sommelier.finetune.examples.text_examples.RENAMED", 0.0)
    cases, held_back = training_cases(memory, {})
    with IndexStore(memory, tmp_path / "index", HashEmbedder()).without(held_back) as index:
        pipeline = RankingPipeline(Config(), Retriever(index, HashEmbedder()), FakeJudge(), packaged("rank"))
        maker = TextMaker(pipeline, encoder, PromptLibrary(None), memory, share=1.0)
        told = [*maker.explanations(cases, lambda *_: None), *maker.summaries(cases, lambda *_: None)]
        yield pipeline, cases, told


def text(encoder, tokens):
    return encoder.tokenizer.decode(tokens, skip_special_tokens=True)


def test_there_are_texts_of_both_tasks_for_most_people(made):
    _, cases, told = made
    counts = {task: sum(each.task == task for each in told) for task in ("explain", "summarise")}
    assert min(counts.values()) > len(cases) / 2


def test_every_text_ends_within_what_its_prompt_may_write(made, encoder):
    for each in made[2]:
        assert each.answer[-1] == encoder.end
        assert encoder.end not in each.answer[:-1]
        assert len(each.answer) <= packaged(each.task).max_new_tokens


def test_explanations_are_true_and_go_on_from_the_opening_that_serves(made, encoder):
    pipeline, cases, told = made
    asked = {text(encoder, each.question.head + each.question.lead): text(encoder, each.answer)
             for each in told if each.task == "explain"}  # fmt: skip
    found = 0
    for case in cases:
        user_state = pipeline.read(User(case.user), case.events)
        for candidate in pipeline.candidates(user_state, Request(), 4):
            each = draft(candidate)
            for opening in each.openings:
                prompt = encoder.prompt(messages(packaged("explain"), each.brief), opening)
                answer = asked.get(text(encoder, prompt.head + prompt.tail))
                if answer:
                    found += 1
                    assert checked(opening + answer, each.facts) == opening + answer
    assert found > 5


def test_summaries_say_only_what_the_profile_knows(made, encoder):
    pipeline, cases, told = made
    facts = [facts_of_profile(pipeline.read(User(case.user), case.events).profile) for case in cases]
    summaries = [each for each in told if each.task == "summarise"]
    for each in summaries:
        written = text(encoder, each.question.lead).rpartition("assistant\n")[2] + text(encoder, each.answer)
        assert any(not verify(written, known) for known in facts), written
