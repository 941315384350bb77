"""Files that are handed over, and something goes wrong: nobody waits for ever, and nobody is told what is not so."""

import contextlib
import json
import os
import threading
import time

import pytest
from sommelier.agent.errors import ModelError, WorkspaceBusyError, WorkspaceError
from sommelier.agent.ingest.desk import IngestDesk
from sommelier.agent.ingest.ingest import ingest
from sommelier.agent.ingest.loading import load_files
from sommelier.agent.ingest.spool import Spool
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.catalogue import CatalogueError

TEAS = [{"id": each, "title": each.title(), "text": "A tea."} for each in ("sencha", "assam", "keemun")]
PUERH = {"id": "puerh", "title": "Pu-erh", "text": "An earthy fermented tea."}


def lines(path, rows):
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop"


class Sender(threading.Thread):
    """Loads files from a thread of its own, and keeps what that raised."""

    def __init__(self, shop, items, progress=None):
        super().__init__(daemon=True)
        self._shop, self._items, self._progress, self.error = shop, items, progress, None
        self.start()

    def run(self):
        try:
            load_files(self._shop, items=self._items, progress=self._progress)
        except BaseException as error:
            self.error = error

    def ended_with(self):
        self.join(20)
        assert not self.is_alive()
        return self.error


@pytest.fixture
def held(shop):
    """The workspace of the shop with three teas, open in this process, which takes files when a test lets it."""
    with Workspace(shop, create=True) as workspace:
        ingest(shop, workspace.memory, items=lines(shop / "teas.jsonl", TEAS))
        yield workspace


@contextlib.contextmanager
def desk_at(workspace, build=lambda _progress: None):
    desk = IngestDesk(workspace, build, lambda: None)
    desk.start()
    try:
        yield desk
    finally:
        desk.close()


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def spool_files(shop):
    return {path.name.partition(".")[2] for path in (shop / "handover").iterdir() if path.name != "heartbeat"}


def backdate(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_job_of_a_process_that_was_killed_is_answered_by_the_next_one_at_once(held, shop, tmp_path):
    spool = Spool.of(shop)
    spool.open()
    spool.beat()
    sender = Sender(shop, lines(tmp_path / "new.jsonl", [PUERH]))
    until(lambda: list(spool.take()))
    with desk_at(held):  # within the seconds in which the first one is not missed
        error = sender.ended_with()
    assert isinstance(error, WorkspaceError)
    assert "ended before it had taken in the files; run this again" in str(error)
    assert "puerh" not in held.memory.catalogue.item_ids()


def test_a_request_that_is_gone_without_an_answer_is_not_waited_for(held, shop, tmp_path):
    spool = Spool.of(shop)
    spool.open()
    spool.beat()
    sender = Sender(shop, lines(tmp_path / "new.jsonl", [PUERH]))
    until(lambda: list(spool.root.glob("*.request.json")))
    for path in spool.root.glob("*.request.json"):
        path.unlink()
    error = sender.ended_with()
    assert isinstance(error, WorkspaceError)
    assert "gave no answer, and may not have taken in the files; run this again" in str(error)


def test_an_answer_that_cannot_be_written_is_not_waited_for(held, shop, tmp_path):
    def build(progress):
        for name in Spool.of(shop).taken():
            (shop / "handover" / f"{name}.answer.tmp").mkdir()  # where the answer would be written

    with desk_at(held, build):
        error = Sender(shop, lines(tmp_path / "new.jsonl", [PUERH])).ended_with()
    assert isinstance(error, WorkspaceError)
    assert "gave no answer" in str(error)


def test_the_process_of_another_user_is_not_asked(held, shop, tmp_path, monkeypatch):
    with desk_at(held):
        another = os.getuid() + 1
        monkeypatch.setattr(os, "getuid", lambda: another)
        with pytest.raises(WorkspaceBusyError, match="open in the process of another user: ingest as that user"):
            load_files(shop, items=lines(tmp_path / "new.jsonl", [PUERH]))
    assert spool_files(shop) == set()


@pytest.mark.parametrize("opened_first", [True, False])
def test_a_request_that_nobody_follows_is_never_done(held, shop, tmp_path, opened_first):
    spool = Spool.of(shop)
    spool.open()
    job = {"items": str(lines(tmp_path / "one.jsonl", TEAS[:1])), "snapshot": True}
    name = spool.ask(job)
    backdate(shop / "handover" / f"{name}.request.json", 60)
    if opened_first:
        assert list(spool.take()) == []
    with desk_at(held):
        assert spool_files(shop) == set()
        time.sleep(0.6)  # two looks at the spool
    assert len(held.memory.catalogue.item_ids()) == 3


def test_whoever_waits_shows_it_before_and_after_the_request_is_taken(held, shop, tmp_path):
    spool = Spool.of(shop)
    spool.open()
    spool.beat()
    sender = Sender(shop, lines(tmp_path / "new.jsonl", [PUERH]))
    until(lambda: spool_files(shop) == {"request.json"})
    for ending in ("request", "taken"):
        (path,) = spool.root.glob(f"*.{ending}.json")
        backdate(path, 60)
        until(lambda path=path: time.time() - path.stat().st_mtime < 30)
        taken = list(spool.take())
    spool.beat()
    assert taken == []
    spool.reply(spool.taken()[0], {"type": "closing", "error": "enough"})
    assert str(sender.ended_with()) == "enough"


def test_jobs_that_wait_behind_one_are_told_of_the_closing_too(held, shop, tmp_path):
    def build(progress):
        while True:
            time.sleep(0.05)
            progress(0, 1)

    with desk_at(held, build):
        senders = [Sender(shop, lines(tmp_path / f"{n}.jsonl", [PUERH | {"id": str(n)}])) for n in range(3)]
        until(lambda: len(Spool.of(shop).taken()) == 3)
    assert all("was closed before it had taken in the files" in str(each.ended_with()) for each in senders)
    assert spool_files(shop) == set()


class Impatient:
    """Is told of the first stage of the index, and leaves as Ctrl-C does."""

    def begin(self, stage, total):
        if stage == "vectors":
            raise KeyboardInterrupt

    def advance(self, rows):
        pass


def test_whoever_leaves_takes_the_job_along(held, shop, tmp_path):
    left = threading.Event()

    def build(progress):
        try:
            while True:
                time.sleep(0.05)
                progress(0, 1)
        finally:
            left.set()

    with desk_at(held, build):
        sender = Sender(shop, lines(tmp_path / "new.jsonl", [PUERH]), Impatient())
        assert isinstance(sender.ended_with(), KeyboardInterrupt)
        assert left.wait(20)
        until(lambda: spool_files(shop) == set())


@pytest.mark.parametrize(
    ("raised", "expected", "text"),
    [
        (ModelError("no such model"), ModelError, "no such model"),
        (CatalogueError("no such column"), CatalogueError, "no such column"),
        (ZeroDivisionError("by zero"), WorkspaceError, r"the files could not be taken in: ZeroDivisionError"),
    ],
)
def test_an_error_there_is_the_same_error_here(held, shop, tmp_path, raised, expected, text):
    def build(progress):
        raise raised

    with desk_at(held, build), pytest.raises(expected, match=text) as caught:
        load_files(shop, items=lines(tmp_path / "new.jsonl", [PUERH]))
    assert type(caught.value) is expected
