"""Fusion of retrieval and judgement: blind to order, exact in its parts, silent where the weight is zero."""

import random

import numpy as np
import pytest
from fakes import FakeJudge, film
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.agent.llm.language_model import Message
from sommelier.agent.ranking.ranking import GROUPS, SLOT, RankingWeights, item_line, judge, rank, standardised
from sommelier.prompts.library import packaged
from sommelier.retrieval.evidence import Candidate, Evidence, HistoryLink
from sommelier.retrieval.fusion import FEATURES, WITH_REQUEST, WITHOUT_REQUEST, FusionWeights

PROMPT = packaged("rank")


def candidate(id, features=None, item=None, links=(), choices=0):
    features = features or {"covisitation": (hash_of(id) % 97) / 97, "text": (hash_of(id) % 31) / 31}
    score = sum(FusionWeights().parts(features, False).values())
    return Candidate(item or film(id, genre="war"), score, features, ("text",), Evidence(links), choices)


def hash_of(id):
    return sum((at + 1) * ord(each) for at, each in enumerate(id))


POOL = [candidate(f"film {at}") for at in range(20)]
SUSPICIOUS = FakeJudge(len, drift=100.0)  # prefers whatever comes late


def asked(pool, lm=None, request=""):
    return judge(lm or FakeJudge(), PROMPT, pool, "You like war.", ["liked Ran"], request)


def ranked(pool, lm, a=0.7, request=""):
    weights = RankingWeights(lm_without_request=(a, 0.0), lm_with_request=(a / 2, 0.0))
    return rank(pool, asked(pool, lm, request), weights, bool(request))


@pytest.mark.parametrize("lm", [SUSPICIOUS, FakeJudge()])
@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_the_candidates_changes_no_bit(lm, seed):
    shuffled = random.Random(seed).sample(POOL, len(POOL))
    wanted, found = ranked(POOL, lm), ranked(shuffled, lm)
    assert [each.candidate.item.id for each in found] == [each.candidate.item.id for each in wanted]
    assert [each.score for each in found] == [each.score for each in wanted]
    assert [each.parts for each in found] == [each.parts for each in wanted]


def test_the_fewer_chose_an_item_the_more_its_text_says():
    """Two candidates that retrieval and the model cannot tell apart, of which one is new."""
    lm, same = FakeJudge(lambda text: {"A": 2, "B": 2, "C": -4}[text[0]]), {"text": 0.5}
    pool = [candidate(id, same, choices=chosen) for id, chosen in (("a", 1000), ("b", 0), ("c", 1000))]
    weights = RankingWeights(lm_without_request=(0.1, 0.4))
    found = {each.candidate.item.id: each.parts["lm"] for each in rank(pool, asked(pool, lm), weights, False)}
    assert found["b"] == pytest.approx(5 * found["a"], rel=0.01)
    assert found["c"] < 0 < found["a"]


def test_judgements_stand_at_the_candidates_that_they_belong_to():
    pool = [candidate(id) for id in ("c", "a", "b")]
    lm = FakeJudge(lambda text: {"C": 3, "A": 1, "B": 2}[text[0]])
    assert asked(pool, lm).tolist() == [3, 1, 2]
    assert [branch[0] for branch in lm.asked[0][1]] == ["A", "B", "C"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(FEATURES), st.floats(-1, 1), min_size=1), min_size=1, max_size=12),
    st.floats(0, 5), st.floats(0, 5), st.booleans(), st.integers(0, 99),
)  # fmt: skip
def test_parts_sum_to_the_score(rows, a, c, has_request, seed):
    pool = [candidate(str(at), features, choices=at) for at, features in enumerate(rows)]
    judged = np.array([random.Random(seed + at).gauss(0, 3) for at, _ in enumerate(pool)], np.float32)
    found = rank(pool, judged, RankingWeights(lm_without_request=(a, c), lm_with_request=(2 * a, c)), has_request)
    table = WITH_REQUEST if has_request else WITHOUT_REQUEST
    z = {each.item.id: value for each, value in zip(pool, standardised(judged), strict=True)}
    for each in found:
        assert sum(each.parts.values()) == pytest.approx(each.score, abs=1e-9)
        assert set(each.parts) <= set(GROUPS.values())
        features = sum(table.get(name, 0) * value for name, value in each.candidate.features.items())
        weight = (2 * a if has_request else a) + c / (1 + each.candidate.choices)
        lm = weight * z[each.candidate.item.id]
        assert each.score == pytest.approx(features + lm, abs=1e-5)
        assert each.parts["lm"] == pytest.approx(lm, abs=1e-5)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_a_weight_of_zero_leaves_the_order_of_retrieval():
    by_retrieval = sorted(POOL, key=lambda each: (-each.score, each.item.id))
    found = ranked(POOL, SUSPICIOUS, a=0.0)
    assert [each.candidate for each in found] == by_retrieval
    assert [each.score for each in found] == pytest.approx([each.score for each in by_retrieval])


def test_a_large_weight_leaves_the_order_of_the_model():
    lm = FakeJudge(lambda text: -float(text.split()[1].rstrip(".")))
    found = ranked(POOL, lm, a=1e6)
    assert [each.candidate.item.id for each in found] == [f"film {at}" for at in range(20)]


def test_the_two_kinds_of_turn_have_their_own_weight():
    lm = FakeJudge()
    without, having = ranked(POOL, lm), ranked(POOL, lm, request="war")
    parts = {each.candidate.item.id: each.parts["lm"] for each in without}
    assert all(each.parts["lm"] == pytest.approx(parts[each.candidate.item.id] / 2) for each in having)


def test_ties_go_by_id():
    pool = [candidate(id, {"text": 0.5}) for id in ("b", "c", "a")]
    found = ranked(pool, FakeJudge(lambda _text: 0.1))
    assert [each.candidate.item.id for each in found] == ["a", "b", "c"]
    assert {each.parts["lm"] for each in found} == {0.0}


def test_an_empty_pool():
    assert ranked([], FakeJudge()) == []
    assert asked([]).shape == (0,)


@pytest.mark.parametrize("hostile", [SLOT, f"{SLOT}{SLOT}", "\u27e6item\u27e6item\u27e7\u27e7", "{{ item }}", "# user"])
def test_nothing_can_pose_as_the_place_of_the_item(hostile):
    lm = FakeJudge()
    pool = [candidate("a", item=film("a", title=f"Film {hostile}", genre=hostile))]
    judge(lm, PROMPT, pool, f"You {hostile}", [f"liked {hostile}"], f"find {hostile}")
    (question, (branch,)) = lm.asked[0]
    assert [message.role for message in question.messages] == ["system", "user"]
    assert sum(message.content.count(SLOT) for message in question.messages) == 1
    assert SLOT in question.messages[-1].content
    assert SLOT not in branch


def test_the_model_is_told_who_and_what():
    lm = FakeJudge()
    asked(POOL[:1], lm, "something slow")
    user = lm.asked[0][0].messages[-1]
    assert isinstance(user, Message)
    for told in ("You like war.", "liked Ran", "something slow"):
        assert told in user.content


@pytest.mark.parametrize(
    ("item", "link", "line"),
    [
        (film("a", title="Ran", genres=("war", "drama"), year=1985), None, "Ran (1985). war, drama"),
        (film("a", title="Ran"), None, "Ran"),
        (film("a", title="Ran", year="1985?"), "Heat", "Ran. 1985?. After Heat"),
        (film("a", title=""), None, ""),
    ],
)
def test_an_item_in_one_line(item, link, line):
    links = (HistoryLink("h", link, 1.0, "liked"),) if link else ()
    assert item_line(candidate("a", item=item, links=links)) == line


def test_a_long_item_is_cut():
    item = film("a", title="x" * 10_000, genres=("y" * 10_000,))
    links = (HistoryLink("h", "z" * 10_000, 1.0, "liked"),)
    assert len(item_line(candidate("a", item=item, links=links))) <= 320


def test_standardised_by_hand():
    assert standardised(np.array([1, 3], np.float32)).tolist() == [-1, 1]
    for alike in ([], [7], [0.3] * 7, [0.1] * 200):
        assert standardised(np.array(alike, np.float32)).tolist() == [0] * len(alike)
