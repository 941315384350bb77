"""What is trained is what serves: the same scores in both layouts, and gradients that reach what they should."""

import pytest
import torch
from sommelier.agent.llm.language_model import Message, Question
from sommelier.agent.llm.model_loading import open_model
from sommelier.finetune.examples.examples import RateExample
from sommelier.finetune.training.branch_training import PackedRows, branch_ends, length
from sommelier.finetune.training.losses import Readout, read

LINES = ["Solaris. drama", "Brazil (1985). comedy, satire. After Playtime", "Ran", "Stalker. " + "slow, " * 20]


def question(summary, yes="Yes", no="No"):
    messages = (
        Message("system", "Answer Yes or No."),
        Message("user", f"About them: {summary}\nWould they? [item]\nNow:"),
    )
    return Question(messages, "[item]", yes, no)


ASKED = [(question("You liked Solaris."), LINES), (question("You liked trains and " * 9), LINES[:1]),
         (question(""), LINES[::-1])]  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tiny_lm, tmp_path_factory):
    return open_model(tiny_lm, quantize="none", device="cpu", cache=tmp_path_factory.mktemp("cache"))


def scored(model, asked):
    examples = [RateExample(model.encoder.question(*each), (True,) * len(each[1])) for each in asked]
    with torch.no_grad():
        return [says for _, says in read(model.network, Readout.of(model), examples)]


def test_training_and_serving_give_the_same_scores(tiny):
    for trained, (asking, lines) in zip(scored(tiny, ASKED), ASKED, strict=True):
        assert trained.tolist() == pytest.approx(tiny.score(asking, lines).tolist(), abs=1e-4)


def test_with_the_bundled_model_they_differ_by_rounding_alone(bundled_lm):
    for trained, (asking, lines) in zip(scored(bundled_lm, ASKED), ASKED, strict=True):
        assert trained.dtype == torch.float32
        assert trained.tolist() == pytest.approx(bundled_lm.score(asking, lines).tolist(), abs=0.2)


def test_rows_are_as_wide_as_the_longest_and_short_questions_share_one(tiny):
    encoded = [tiny.encoder.question(*each) for each in ASKED]
    short = [tiny.encoder.question(question(""), LINES[:1])] * 3
    packed = PackedRows.of([*short[:2], *encoded, short[2]])
    longest = max(map(length, encoded))
    assert packed.ids.shape[1] == longest
    assert len(packed.ids) < 6
    for each, (row, start) in zip([*short[:2], *encoded, short[2]], packed.places, strict=True):
        told = packed.ids[row, start : start + length(each)]
        assert told.tolist() == [*each.head, *each.lead, *(token for branch in each.branches for token in branch)]
        assert told[branch_ends(each)].tolist() == [branch[-1] for branch in each.branches]


def test_another_question_in_the_batch_changes_nothing(tiny):
    alone, (together, *_) = scored(tiny, ASKED[:1])[0], scored(tiny, ASKED)
    assert alone.tolist() == pytest.approx(together.tolist(), abs=1e-5)


def test_a_branch_moves_only_its_own_gradient(tiny):
    """The score of one branch depends on its own tokens and the prefix's, and on nobody else's."""
    asking, lines = ASKED[0]
    encoded = tiny.encoder.question(asking, lines)
    packed = PackedRows.of([encoded])
    embedded = tiny.network.get_input_embeddings()(packed.ids).detach().requires_grad_(True)
    hidden = tiny.network.get_decoder()(
        inputs_embeds=embedded, attention_mask=packed.mask, position_ids=packed.positions, use_cache=False
    ).last_hidden_state
    (hidden[0, branch_ends(encoded)[1]] @ tiny.direction(asking)).backward()
    touched = embedded.grad[0].abs().sum(-1) > 0
    prefix, first, second = len(encoded.head) + len(encoded.lead), len(encoded.branches[0]), len(encoded.branches[1])
    assert touched[:prefix].all()
    assert not touched[prefix : prefix + first].any()
    assert touched[prefix + first : prefix + first + second].all()
    assert not touched[prefix + first + second :].any()
