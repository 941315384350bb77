"""One folder, one process at a time, and a sentence when it cannot be opened."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from sommelier.agent.errors import ConfigError, WorkspaceError
from sommelier.agent.recommender import Recommender
from sommelier.agent.workspace import Workspace
from sommelier.agent.workspace_lock import MARKER, default_workspace, require_free
from sommelier.retrieval.catalogue import Event, Item

OPEN = """
import sys
from pathlib import Path
from sommelier.agent.workspace import Workspace
with Workspace(Path(sys.argv[1])) as workspace:
    print(workspace.memory.statistics.counts().items, flush=True)
    if len(sys.argv) > 2:
        sys.stdin.read()
"""


def process(folder, *more, **options):
    return subprocess.Popen([sys.executable, "-c", OPEN, str(folder), *more], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)  # fmt: skip


def test_what_was_stored_is_there_when_it_is_opened_again(tmp_path):
    with Workspace(tmp_path / "deep" / "shop", create=True) as first:
        first.memory.catalogue.upsert_items([Item("a", "A")])
        first.memory.events.add([Event("1", "ann", "a", "like")])
    with Workspace(tmp_path / "deep" / "shop") as second:
        assert second.memory.statistics.counts().events == 1
        assert second.index == tmp_path / "deep" / "shop" / "index"
        assert second.path(Path("adapters/x")) == tmp_path / "deep" / "shop" / "adapters" / "x"
        assert second.path(Path("/elsewhere")) == Path("/elsewhere")


def test_a_workspace_that_is_not_there_is_not_made_by_accident(tmp_path):
    with pytest.raises(WorkspaceError, match=r"no workspace in .*typo.*ingest --workspace"):
        Workspace(tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


def test_a_workspace_that_was_restored_without_its_locks_opens(tmp_path):
    with Workspace(tmp_path / "shop", create=True) as first:
        first.memory.catalogue.upsert_items([Item("a", "A")])
    restored = tmp_path / "restored"
    shutil.copytree(tmp_path / "shop", restored, ignore=shutil.ignore_patterns("*lock", "sommelier.db*"))
    for name in ("sommelier.db", "sommelier.db-wal"):
        if (tmp_path / "shop" / name).exists():
            shutil.copy(tmp_path / "shop" / name, restored)
    assert sorted(path.name for path in restored.iterdir()) == ["sommelier.db", MARKER]
    with Workspace(restored) as second:
        assert second.memory.catalogue.item("a").title == "A"


def test_the_marker_alone_makes_a_workspace(tmp_path):
    require_free(tmp_path, "both")
    with pytest.raises(WorkspaceError, match="no workspace in"):
        Workspace(tmp_path)
    (tmp_path / MARKER).touch()
    Workspace(tmp_path).close()


@pytest.mark.parametrize("old", ["lock", "sommelier.db", "sommelier.yaml"])
def test_a_workspace_of_before_there_were_markers_gets_one(tmp_path, old):
    (tmp_path / old).touch()
    Workspace(tmp_path).close()
    assert (tmp_path / MARKER).is_file()
    (tmp_path / old).unlink(missing_ok=True)
    Workspace(tmp_path).close()


def test_another_folder_is_not_taken_for_a_workspace(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "sommelier.db").mkdir()
    with pytest.raises(WorkspaceError, match="no workspace in"):
        Workspace(tmp_path)
    assert not (tmp_path / MARKER).exists()


def test_one_that_is_open_elsewhere_is_refused_before_anything_of_it_is_read(tmp_path):
    Workspace(tmp_path, create=True).close()
    (tmp_path / "sommelier.yaml").write_text("modle: x\n")
    with FileLock(tmp_path / "lock"), pytest.raises(WorkspaceError, match="open in another process"):
        Workspace(tmp_path)
    with FileLock(tmp_path / "lock"), pytest.raises(WorkspaceError, match="open in another process"):
        Recommender.open(tmp_path)


def test_a_file_is_no_workspace(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="file"):
        Workspace(tmp_path / "file", create=True)
    with pytest.raises(WorkspaceError, match="no workspace in"):
        Workspace(tmp_path / "file")


def test_a_second_process_gets_a_sentence_and_the_first_goes_on(tmp_path):
    with Workspace(tmp_path, create=True) as mine:
        other = process(tmp_path)
        _, error = other.communicate(timeout=120)
        assert other.returncode == 1
        assert "is open in another process (a running chat?); close that one first" in error
        mine.memory.catalogue.upsert_items([Item("a", "A")])
    other = process(tmp_path)
    printed, error = other.communicate(timeout=120)
    assert (printed, error) == ("1\n", "")


def test_a_process_that_was_killed_leaves_no_lock(tmp_path):
    Workspace(tmp_path, create=True).close()
    other = process(tmp_path, "stay", stdin=subprocess.PIPE)
    assert other.stdout.readline() == "0\n"
    with pytest.raises(WorkspaceError, match="open in another process"):
        Workspace(tmp_path)
    other.kill()
    other.communicate(timeout=60)
    Workspace(tmp_path).close()


@pytest.mark.parametrize("settings", ["modle: x\n", "database: nonsense\n", "database: mysql://here/x\n"])
def test_a_wrong_setting_releases_the_lock(tmp_path, settings):
    Workspace(tmp_path, create=True).close()
    (tmp_path / "sommelier.yaml").write_text(settings)
    with pytest.raises(ConfigError):
        Workspace(tmp_path)
    (tmp_path / "sommelier.yaml").unlink()
    Workspace(tmp_path).close()


def test_a_database_of_ones_own(tmp_path):
    Workspace(tmp_path / "w", create=True).close()
    (tmp_path / "w" / "sommelier.yaml").write_text(f"database: sqlite:///{tmp_path / 'own.db'}\n")
    with Workspace(tmp_path / "w") as workspace:
        workspace.memory.catalogue.upsert_items([Item("a", "A")])
    assert (tmp_path / "own.db").exists()


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"SOMMELIER_HOME": "/a/b", "XDG_DATA_HOME": "/data"}, "/a/b"),
        ({"SOMMELIER_HOME": "~/mine"}, "/srv/ann/mine"),
        ({"XDG_DATA_HOME": "/data"}, "/data/sommelier"),
        ({"SOMMELIER_HOME": "", "XDG_DATA_HOME": ""}, "/srv/ann/.local/share/sommelier"),
        ({}, "/srv/ann/.local/share/sommelier"),
    ],
)
def test_where_the_default_workspace_lies(monkeypatch, environment, wanted):
    for name in ("SOMMELIER_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"HOME": "/srv/ann"} | environment).items():
        monkeypatch.setenv(name, value)
    assert str(default_workspace()) == wanted


def test_a_lock_that_may_not_be_taken_is_told_in_a_sentence(tmp_path):
    (tmp_path / "lock").mkdir()  # as one of another user's: it cannot be opened for writing
    with pytest.raises(WorkspaceError, match=r"cannot lock the workspace .*run this as its owner"):
        Workspace(tmp_path, create=True)
