"""The knobs for variety: nothing while they are 0, and what they promise otherwise."""

import numpy as np
import pytest
from fakes import FakeJudge, HashEmbedder, build, film
from sommelier.agent.config import Config
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.ranking.variety import varied
from sommelier.agent.turn import Request
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event, User

FILMS = [film(f"f{at:02}", text=f"{('space', 'heist', 'farce')[at // 8]} plot{at}") for at in range(24)]
LOG = [[f"f{at:02}" for at in range(start, start + 6)] for start in range(12) for _ in range(12 - start)]
ANN = User("ann")
PAST = [Event("1", "ann", "f02", "like"), Event("2", "ann", "f03", "like")]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    opened = build(tmp_path_factory.mktemp("variety"), FILMS, LOG)
    yield opened
    opened.close()


def shelf(index, n=8, **knobs):
    pipeline = RankingPipeline(Config(**knobs), Retriever(index, HashEmbedder()), FakeJudge(), packaged("rank"))
    return pipeline.rank(pipeline.read(ANN, PAST), Request(), n)


def ids(ranked):
    return [each.candidate.item.id for each in ranked]


def likeness(index, ranked):
    vectors = index.text[[index.position[each] for each in ids(ranked)]]
    return (vectors @ vectors.T)[np.triu_indices(len(ranked), 1)].mean()


def chosen(index, ranked):
    return np.mean([index.covisitation.counts[index.position[each]] for each in ids(ranked)])


def test_at_rest_the_knobs_change_nothing(index):
    whole = shelf(index, 20)
    assert varied(whole, index, Config(), 8) == whole[:8]
    assert shelf(index) == whole[:8]


def test_diversity_keeps_the_best_and_unlikens_the_rest(index):
    plain, mixed = shelf(index), shelf(index, diversity=0.7)
    assert ids(mixed)[0] == ids(plain)[0]
    assert likeness(index, mixed) < likeness(index, plain) - 0.05
    assert len(set(ids(mixed))) == 8


def test_novelty_prefers_what_fewer_have_chosen_and_says_so(index):
    plain, rare = shelf(index), shelf(index, novelty=1.0)
    assert chosen(index, rare) < chosen(index, plain)
    assert [each.score for each in rare] == sorted((each.score for each in rare), reverse=True)
    for each in rare:
        assert sum(each.parts.values()) == pytest.approx(each.score)
        assert each.parts["popularity"] <= 0


def test_asking_for_more_than_there_is(index):
    assert len(shelf(index, 100, diversity=0.5, novelty=0.5)) == len(FILMS) - 2
    assert varied([], index, Config(diversity=1.0, novelty=1.0), 5) == []
