"""Sixty generated conversations of three to eight turns: what their shelves break of what was asked for.

The sentences and the account of what must hold are those of `benchmarks/dialogue_conversations.py`, which knows nothing
of how messages are read. No language model and no real encoder takes part.
"""

import sys
from pathlib import Path

import pytest
from fakes import HashEmbedder

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))

from dialogue_conversations import hold, told
from dialogue_world import CATALOGUES, world

EACH = 20


@pytest.mark.parametrize("name", CATALOGUES)
def test_no_shelf_breaks_what_was_asked_for(name, tmp_path):
    with world(name, tmp_path, HashEmbedder()) as opened:
        counts = hold(opened, range(EACH))
    assert counts.violations == 0, told(counts.failures, 3)
    assert counts.unwanted == 0
