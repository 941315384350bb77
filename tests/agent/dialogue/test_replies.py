"""Labelled conversations held through the public door: what replies and shelves must never have.

The rules are those of `benchmarks/replies.py`, for slips that are none by now. No language model and no real encoder
takes part; one person has a history, the others are new.
"""

import sys
from pathlib import Path

import pytest
from dialogue_labels import catalogue
from fakes import HashEmbedder, build
from sommelier.agent.recommender import Recommender
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.catalogue import User

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))

from replies_held import Mute, conversations, held
from replies_rules import RULES, slips_of

NEVER = set(RULES) - {"said back, misread", "another language", "the same opening in a row", "one reason for two items"}
"""The first two are the reader's; of the others a shelf may have one where the evidence leaves no choice."""
EACH = 6
SEED = 3
LIKED = 6


def turns(name, folder):
    items = catalogue(name)
    workspace = Workspace(folder, create=True)
    workspace.memory.catalogue.upsert_items(items)
    workspace.memory.catalogue.upsert_users([User("nora", {})])
    with Recommender(workspace, build(folder, items), HashEmbedder(), Mute()) as recommender:
        for item in items[:LIKED]:
            recommender.observe("nora", item.id, "like")
        return list(held(recommender, name, conversations(name)[:EACH], SEED))


@pytest.mark.parametrize("name", ["games", "office"])
def test_replies_have_no_slip_that_a_rule_sees(name, tmp_path):
    found = turns(name, tmp_path)
    slips = [(slip, str(turn)) for turn in found for slip in slips_of(turn) if slip.kind in NEVER]
    assert len(found) > 4 * EACH
    assert not slips, "\n".join(f"{slip}\n{turn}" for slip, turn in slips)
