"""An adapter's card says what its metadata says, and no more; a check is told for what it is worth."""

import pytest
from sommelier.finetune.adapters.model_card import model_card, remarks

METADATA_FILE = {
    "base": {"name": "Tiny", "sha256": "abcdef0123456789", "quantization": "nf4", "dtype": "bfloat16"},
    "parent": "shipped_adapter@12ab",
    "prompts": {"rank": "0123456789abcdef", "explain": "fedcba9876543210"},
    "training": {"method": "lora", "rank": 16, "learning_rate": 4e-4, "epochs": 1.0},
    "data": {
        "users": 1200, "choices": 1300, "examples": 2400, "tasks": {"rank": 1300, "explain": 1100}, "checked": 400,
        "first": "2025-03-01 10:00:00+00:00", "last": "2026-01-31 12:00:00+00:00", "withheld": 7, "ranked": 210,
    },
    "before": {"loss": 2.0, "ndcg": 0.4}, "after": {"loss": 1.5, "ndcg": 0.5},
}  # fmt: skip
GATE = {
    "against": "the bare model", "at": "2026-02-01T10:00:00", "verdict": "not worse",
    "findings": [{"what": "ranking", "verdict": "not worse", "why": "on 900 validation users NDCG@10 is 0.2"}],
}  # fmt: skip


def test_the_card_tells_what_the_metadata_tell():
    card = model_card("003", METADATA_FILE)
    for told in (
        "# Adapter 003", "Base model: Tiny, nf4 in bfloat16, sha256 abcdef012345", "Parent: shipped_adapter@12ab",
        "Training: lora, rank 16, learning rate 0.0004, epochs 1",
        "2,000 examples to learn from and 400 to check on; by task: 1,300 rank, 1,100 explain", "People: 1,200",
        "they are about: 1,300", "2025-03-01 to 2026-01-31", "On 400 examples", "210 of them rankings",
        "| ndcg | 0.4000 | 0.5000 |", "`sommelier adapters promote 003`", "rank `0123456789ab`", "## Limits",
    ):  # fmt: skip
        assert told in card
    assert "worse" not in card


def test_the_verdict_is_in_the_card():
    card = model_card("003", METADATA_FILE | {"gate": GATE})
    assert "Compared with the bare model on 2026-02-01: not worse." in card
    assert "- ranking: not worse, on 900 validation users NDCG@10 is 0.2" in card
    assert "adapters promote" not in card


@pytest.mark.parametrize("metadata", [{}, {"prompt": "abc"}, {"data": 5, "after": [], "base": None}])
def test_metadata_of_another_make_say_that_they_do_not_tell(metadata):
    card = model_card("001", metadata)
    assert "Base model: unknown" in card
    assert "Its metadata does not tell." in card
    assert "Its metadata has no figures." in card


@pytest.mark.parametrize(
    ("before", "after", "ranked", "said"),
    [
        ({"loss": 2, "ndcg": 0.4}, {"loss": 1, "ndcg": 0.5}, 30, []),
        ({"loss": 2, "ndcg": 0.4}, {"loss": 1, "ndcg": 0.5}, None, []),
        ({"loss": 2, "ndcg": 0.4}, {"loss": 1, "ndcg": 0.5}, 2, ["NDCG@10 on 2 rankings: says nothing, it takes 30"]),
        ({"loss": 1, "ndcg": 0.5}, {"loss": 1, "ndcg": 0.4}, 99, ["the check got worse: NDCG@10 0.5000 to 0.4000"]),
        ({"loss": 1}, {"loss": 2}, 0, ["the check got worse: the loss 1.0000 to 2.0000"]),
        ({}, {"loss": 2}, 0, []),
    ],
)
def test_a_check_is_told_for_what_it_is_worth(before, after, ranked, said):
    assert list(remarks(before, after, ranked)) == said
