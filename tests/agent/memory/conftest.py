"""An open memory on each kind of database."""

import pytest
from sommelier.agent.memory.memory import Memory


@pytest.fixture
def memory(url):
    with Memory(url) as store:
        yield store
