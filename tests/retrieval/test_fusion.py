"""Which weights a turn has."""

import pytest
from sommelier.retrieval.fusion import FEATURES, IN_CONVERSATION, WITH_REQUEST, FusionWeights, told


@pytest.mark.parametrize(
    ("request_text", "named", "share"),
    [
        ("", 0, 0.0), ("a clever heist", 0, 0.0), ("word " * 15, 0, 0.5), ("word " * 24, 0, 1.0),
        ("word " * 99, 9, 1.0),
        ("", 1, 0.5), ("word " * 15, 1, 1.0), ("", 2, 1.0),
    ],
)  # fmt: skip
def test_how_much_of_a_conversation_a_request_is(request_text, named, share):
    assert told(request_text, named) == pytest.approx(share)


def test_between_a_short_request_and_a_conversation_the_weights_are_too():
    weights = FusionWeights()
    assert weights.of(True) == WITH_REQUEST
    assert weights.of(True, 1.0) == pytest.approx({name: IN_CONVERSATION.get(name, 0.0) for name in
                                                   {**WITH_REQUEST, **IN_CONVERSATION}})  # fmt: skip
    half = weights.of(True, 0.5)
    assert half["request"] == pytest.approx((WITH_REQUEST["request"] + IN_CONVERSATION["request"]) / 2)
    assert half["conversations"] == pytest.approx(IN_CONVERSATION["conversations"] / 2)
    assert weights.of(False, 1.0) == weights.without_request, "who asks for nothing holds no conversation"
    assert IN_CONVERSATION.keys() <= set(FEATURES)


def test_in_a_conversation_words_weigh_less_and_what_is_loved_by_many_more():
    features = {"request": 0.5, "words": 0.5, "popularity": 0.5}
    short, whole = (FusionWeights.shipped(tower).parts(features, True, share)
                    for tower, share in (("factors", 0.0), ("factors", 1.0)))  # fmt: skip
    assert whole["request"] < short["request"]
    assert whole["words"] < short["words"]
    assert whole["popularity"] > short["popularity"]
