"""One database behind all stores: threads, connections, addresses and what is wrong with them."""

import threading

import pytest
from memory_events import event
from sommelier.agent.errors import ConfigError, WorkspaceError
from sommelier.agent.memory.memory import Memory


def test_threads_share_one_memory(memory):
    failures = []

    def write(number):
        try:
            for turn in range(20):
                memory.events.add([event(f"shared-{turn}"), event(f"own-{number}-{turn}", user=f"u{number}")])
                assert len(memory.events.history(f"u{number}")) == turn + 1
                memory.summaries.save("ann", "text", "facts", None)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert memory.statistics.counts().events == 20 + 6 * 20
    assert memory.summaries.latest("ann").version == 120


def test_second_connection_sees_what_was_committed(url):
    with Memory(url) as one, Memory(url) as two:
        one.events.add([event("1")])
        assert [each.id for each in two.events.history("ann")] == ["1"]
        two.events.add([event("2")])
        assert len(one.events.history("ann")) == 2


def test_nothing_is_written_or_read_once_it_is_closed(url):
    memory = Memory(url)
    memory.close()
    for late in (lambda: memory.events.add([event("e1")]), memory.statistics.counts):
        with pytest.raises(WorkspaceError, match="closed"):
            late()
    with Memory(url) as again:
        assert again.statistics.counts().events == 0


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql+nodriver://x/y"])
def test_unusable_url_is_a_config_error(url):
    with pytest.raises(ConfigError, match="database"):
        Memory(url)


def test_damaged_file_is_a_workspace_error(tmp_path):
    path = tmp_path / "sommelier.db"
    path.write_bytes(b"this is not a database" * 400)
    with pytest.raises(WorkspaceError, match=r"sommelier\.db cannot be used"):
        Memory(f"sqlite:///{path}")
