"""Examples ask as the engine does, of candidates that know nothing of the choice; and as files they stay the same."""

import math
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fakes import FakeJudge, HashEmbedder, film
from sommelier.agent.config import Config
from sommelier.agent.llm.model_loading import open_model
from sommelier.agent.llm.prompt_encoding import EncodedQuestion
from sommelier.agent.memory.memory import Memory
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.turn import Request
from sommelier.finetune.evaluation.cases import training_cases
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.examples.example_file import load_examples, save_examples
from sommelier.finetune.examples.examples import RankExample, RateExample, TextExample
from sommelier.finetune.examples.rank_examples import ExampleRecipe, calibrated, rank_examples
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Film {at:02}", genre=("war", "crime")[at % 2], mood="slow") for at in range(60)]
PLAIN = ExampleRecipe(negatives=5, by_itself=0, with_request=0, truncated=0, dropout=0, renamed=0, synonyms=0)


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.catalogue.upsert_items(FILMS)
        store.events.add(walkers(120))
        yield store


@pytest.fixture
def store(memory, tmp_path):
    return IndexStore(memory, tmp_path / "index", HashEmbedder())


@pytest.fixture
def encoder(tiny_lm, tmp_path):
    return open_model(tiny_lm, quantize="none", device="cpu", cache=tmp_path / "models").encoder


def walkers(count):
    """People who step from a film to one of the next two."""
    rng = random.Random(5)
    for user in range(count):
        at = rng.randrange(40)
        for step in range(6):
            yield Event(f"{user}-{step}", f"u{user:03}", f"f{at:02}", "purchase", position=step)
            at += rng.choice([1, 1, 2])


def engine_over(index):
    return RankingPipeline(Config(pool=5), Retriever(index, HashEmbedder()), FakeJudge(), packaged("rank"))


@pytest.fixture
def made(memory, store, encoder):
    """Examples by a recipe, with the encoder's text of each branch."""

    def make(recipe=PLAIN, cases=None, newest=None):
        found, held_back = training_cases(memory, {})
        with store.without(held_back) as index:
            told = (engine_over(index), encoder, memory, cases or found, recipe, lambda *_: None)
            return list(rank_examples(*told, newest=newest))

    return make


def text(encoder, tokens):
    return encoder.tokenizer.decode(tokens)


def test_an_example_asks_what_serving_asks(memory, store, encoder, made):
    cases, held_back = training_cases(memory, {})
    examples = made(cases=cases[:1])
    with store.without(held_back) as index:
        pipeline = engine_over(index)
        user_state = pipeline.read(memory.catalogue.user(cases[0].user), cases[0].events)
        pool = pipeline.candidates(user_state, Request(), 200)
        question, lines = pipeline.question(user_state, Request(), pool)
        asked = encoder.question(question, lines)
    assert (examples[0].question.head, examples[0].question.lead) == (asked.head, asked.lead)
    assert set(examples[0].question.branches) <= set(asked.branches)
    assert f"Film {cases[0].target[1:]}" in text(encoder, examples[0].question.branches[examples[0].target])


def test_negatives_are_what_retrieval_thinks_best(memory, store, encoder, made):
    (case, *_), held_back = training_cases(memory, {})
    (example,) = made(cases=[case])
    with store.without(held_back) as index:
        pipeline = engine_over(index)
        user_state = pipeline.read(memory.catalogue.user(case.user), case.events)
        best = pipeline.candidates(user_state, Request(), 3 * 5 + 1)
    titles = {each.item.title for each in best} | {f"Film {case.target[1:]}"}
    named = [text(encoder, branch)[:8].strip() for branch in example.question.branches]
    assert len(set(named)) == len(example.offsets) == 6
    assert set(named) <= titles
    assert max(example.offsets) > 0


def test_the_choice_and_what_came_after_are_in_nothing_that_an_example_says(memory, encoder, made):
    """A film that is chosen only as the choice to be learned, and after it, has no co-visitation and no popularity."""
    memory.catalogue.upsert_items([film("leak", title="The Leak", genre="war", mood="slow")])
    for user in range(120):
        name, count = f"u{user:03}", len(memory.events.history(f"u{user:03}"))
        chosen = enumerate(("leak", f"f{50 + user % 10}"), count)
        memory.events.add(Event(f"{user}-{at}", name, item, "purchase", position=at) for at, item in chosen)
    cases, _ = training_cases(memory, {})
    assert {case.target for case in cases} == {"leak"}
    for each in made(cases=cases):
        leak = text(encoder, each.question.branches[each.target])
        assert "The Leak" in leak
        assert "After" not in leak
        assert "Leak" not in text(encoder, each.question.head + each.question.lead)
        assert each.offsets[each.target] < max(each.offsets)


def test_by_itself_the_model_gets_no_help(encoder, made):
    for each in made(ExampleRecipe(negatives=5, by_itself=1, truncated=0)):
        assert set(each.offsets) == {0.0}
        assert not any("After" in text(encoder, branch) for branch in each.question.branches)
        assert len(each.question.branches) == 6


def test_a_request_is_asked_in_some(encoder, made):
    asked = made(ExampleRecipe(negatives=5, by_itself=0, with_request=1, truncated=0))
    assert all("They now ask for" in text(encoder, each.question.lead) for each in asked)
    assert not any("They now ask for" in text(encoder, each.question.lead) for each in made())


def test_dropped_attributes_go_unsaid_in_all_candidates(encoder, made):
    for each in made(ExampleRecipe(negatives=5, by_itself=0, with_request=0, truncated=0, dropout=1)):
        assert not any("slow" in text(encoder, branch) for branch in each.question.branches)


def words(encoder, example):
    """All that the example says: of the person, and of the items."""
    return [text(encoder, tokens) for tokens in (example.question.lead, *example.question.branches)]


@pytest.fixture
def some(memory):
    """Thirty cases."""
    return training_cases(memory, {})[0][:30]


def test_synonyms_are_told_of_the_person_and_of_the_items_alike(encoder, made, some):
    """The catalogue knows war and crime, and all of it is slow."""
    asking = replace(PLAIN, with_request=1.0)
    plain, told = made(asking, some), made(replace(asking, synonyms=1.0), some)
    kinds = {"war": {"military", "battlefield"}, "crime": {"gangster", "underworld"}, "slow": {"unhurried"}}
    for before, after in zip(plain, told, strict=True):
        said = [set(re.findall(r"[\w-]+", each)) for each in words(encoder, after)]
        for at, each in enumerate(words(encoder, before)):
            for kind in kinds.keys() & set(re.findall(r"[\w-]+", each)):
                assert kind not in said[at]
                assert kinds[kind] & said[at]
        assert all(sum(word in each for each in said) in {0, len(said)} for word in ("slow", "unhurried"))
        assert not any(others <= set.union(*said) for others in kinds.values() if len(others) > 1)


def test_synonyms_change_neither_what_was_chosen_nor_titles(encoder, made, some):
    plain, told = made(cases=some), made(replace(PLAIN, synonyms=1.0), some)
    assert told != plain
    for before, after in zip(plain, told, strict=True):
        assert (before.target, before.offsets, before.weight) == (after.target, after.offsets, after.weight)
        assert before.question.head == after.question.head
        said, other = words(encoder, before), words(encoder, after)
        titles = [re.findall(r"Film \d\d", each) for each in said]
        assert titles == [re.findall(r"Film \d\d", each) for each in other]
        assert any(titles)


def test_whether_synonyms_are_told_changes_nothing_else(made, some):
    """Of an example that is told without them, nor of what else is drawn for one that is told with them."""
    recipe = ExampleRecipe(negatives=5)
    none, few, all_of_them = (made(replace(recipe, synonyms=share), some) for share in (0, 0.3, 1.0))
    assert 0 < sum(one != other for one, other in zip(none, few, strict=True)) < len(none) / 2
    assert all(each in told for each, *told in zip(few, none, all_of_them, strict=True))
    assert [each.target for each in all_of_them] == [each.target for each in none]


def test_titles_that_are_named_like_a_kind_keep_their_names(memory, encoder, made, some):
    memory.catalogue.upsert_items([replace(each, title="War") if each.id == "f20" else each for each in FILMS])
    named = 0
    for before, after in zip(made(cases=some), made(replace(PLAIN, synonyms=1.0), some), strict=True):
        for said, other in zip(words(encoder, before), words(encoder, after), strict=True):
            titles = re.findall(r"(?:purchased|bought|After|liked) War\b|^\W*War\b", said)
            assert titles == re.findall(r"(?:purchased|bought|After|liked) War\b|^\W*War\b", other)
            named += len(titles)
    assert named


def test_the_same_case_gives_the_same_example(memory, made):
    cases, _ = training_cases(memory, {})
    recipe = ExampleRecipe(negatives=5)
    assert made(recipe, cases[:3]) == made(recipe, cases[:3])
    assert made(recipe, cases[1:2])[0] in made(recipe, cases[:3])


def test_offsets_are_as_sure_as_they_are_right():
    """Half of the choices are what retrieval prefers by 8, the others fall on one of the other two."""
    question = EncodedQuestion((1,), (2,), ((3,), (4,), (5,)))
    told = [RankExample(question, (0, 0, 1, 2)[at % 4], (8.0, 0.0, 0.0)) for at in range(40)]
    alone = RankExample(question, 1, (0.0, 0.0, 0.0))
    *scaled, last = calibrated([*told, alone])
    assert scaled[0].offsets == pytest.approx((math.log(2), 0.0, 0.0), abs=1e-3)  # e^x / (e^x + 2) is a half
    assert [each.target for each in scaled] == [each.target for each in told]
    assert last == alone
    assert calibrated([alone]) == [alone]


def test_a_choice_counts_by_what_was_done_and_how_long_ago(memory, encoder, made):
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rng = random.Random(1)
    for user, (kind, days) in enumerate([("purchase", 0), ("purchase", 365), ("play", 365)]):
        films = rng.sample(FILMS[:20], 5)
        for at, each in enumerate(films):
            did, day = kind if at == 3 else "purchase", start + timedelta(days + at)
            memory.events.add([Event(f"dated-{user}-{at}", f"dated-{user}", each.id, did, at=day)])
    cases = [case for case in training_cases(memory, {})[0] if case.user.startswith("dated")]
    recipe = replace(PLAIN, by_itself=1.0)
    newest = max(case.event.at for case in cases)
    weights = {case.user: each.weight for case, each in zip(cases, made(recipe, cases, newest), strict=True)}
    ancient = made(recipe, cases, newest + timedelta(40_000))
    assert sorted({each.weight for each in ancient}) == pytest.approx([0.03, 0.05])
    assert weights == pytest.approx({"dated-0": 0.5, "dated-1": 1.0, "dated-2": 0.6})
    purchases = [case for case in cases if case.user in {"dated-0", "dated-1"}]
    alike = made(replace(recipe, half_life_days=None), purchases, newest)
    assert {each.weight for each in alike} == {1.0}
    assert np.mean([each.weight for each in calibrated(made(recipe, cases, newest))]) == pytest.approx(1)


def test_what_was_rated_low_is_no_choice(memory, made):
    memory.events.add(
        Event(f"low-{at}", "low", f"f{at:02}", "rating", value=1 if at == 3 else 5, position=at) for at in range(5)
    )
    cases = [case for case in training_cases(memory, {})[0] if case.user == "low"]
    assert [case.target for case in cases] == ["f03"]
    assert made(replace(PLAIN, by_itself=1.0), cases) == []


def test_examples_come_back_from_a_file(tmp_path, made):
    question = EncodedQuestion((1, 2), (), ((3,), (4, 5)))
    others = [RateExample(question, (True, False)), TextExample(EncodedQuestion((1,), (2, 3), ((4, 5),)), "explain"),
              TextExample(EncodedQuestion((9,), (), ((8,),)), "summarise")]  # fmt: skip
    examples = [*others[:2], *made(ExampleRecipe(negatives=5)), *others[2:]]
    save_examples(tmp_path / "examples.npz", examples)
    assert load_examples(tmp_path / "examples.npz") == examples


def test_no_examples_make_an_empty_file(tmp_path):
    save_examples(tmp_path / "examples.npz", [])
    assert load_examples(tmp_path / "examples.npz") == []
