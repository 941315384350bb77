"""Files for a workspace that another process has open: that process takes them in, between two of its turns."""

import json
import subprocess
import sys
import threading
import time

import pytest
from fakes import FakeJudge
from sommelier.agent.errors import UnknownItemError, WorkspaceBusyError, WorkspaceError
from sommelier.agent.ingest.desk import IngestDesk
from sommelier.agent.ingest.loading import load_files
from sommelier.agent.ingest.spool import Spool
from sommelier.agent.recommender import Recommender
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.catalogue import CatalogueError
from sommelier.retrieval.index import read_manifest

TEAS = [
    {"id": "sencha", "title": "Sencha", "text": "A grassy green tea.", "kind": "green"},
    {"id": "assam", "title": "Assam", "text": "A malty black tea.", "kind": "black"},
    {"id": "keemun", "title": "Keemun", "text": "A winey black tea.", "kind": "black"},
]
PUERH = {"id": "puerh", "title": "Pu-erh", "text": "An earthy fermented tea from Yunnan.", "kind": "dark"}


class MuteJudge(FakeJudge):
    """Judges, and writes nothing."""

    def write(self, prompts, **settings):
        return [""] * len(prompts)

    def stream(self, messages, **settings):
        return iter(())


def lines(path, rows):
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


@pytest.fixture
def shop(tmp_path):
    """A workspace with three teas, read by the real encoder."""
    load_files(tmp_path / "shop", items=lines(tmp_path / "teas.jsonl", TEAS))
    return tmp_path / "shop"


@pytest.fixture
def serving(shop):
    with Recommender.open(shop, lm=MuteJudge()) as recommender:
        yield recommender


def sommelier(*arguments):
    command = [sys.executable, "-c", "from sommelier.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def ids(shelf):
    return {each.item.id for each in shelf}


def test_the_command_in_another_process_hands_its_files_over(shop, serving, tmp_path):
    added = lines(tmp_path / "new.jsonl", [PUERH, {"title": "Without an id"}])
    done = sommelier("ingest", "-w", shop, "--items", added)
    assert done.returncode == 3, done.stderr
    assert "1 new" in done.stdout
    assert "rejected: 1" in done.stdout
    assert "Without an id" in (shop / "rejects.jsonl").read_text()
    serving.observe("ann", "puerh", "like")
    assert serving.catalogue_size == 4
    assert serving.item("puerh").title == "Pu-erh"
    assert ids(serving.recommend("bob", 4, filters={"kind": "dark"})) == {"puerh"}
    assert serving.recommend("cem", 1, request="an earthy fermented tea")[0].item.id == "puerh"
    assert ("dark", 1) in serving.facets()["kind"]
    assert [folder.name for folder in (shop / "index").iterdir() if folder.is_dir()] == [
        read_manifest(shop / "index")["folder"]
    ]
    again = sommelier("ingest", "-w", shop, "--items", added, "--json")
    report = json.loads(again.stdout)
    assert (again.returncode, report["items"]["unchanged"], report["rejected"]) == (3, 1, 1)


def test_a_file_that_cannot_be_read_is_told_where_it_was_asked_for(serving, shop, tmp_path):
    with pytest.raises(CatalogueError, match=r"none\.csv"):
        load_files(shop, items=tmp_path / "none.csv")
    assert serving.catalogue_size == 3


def test_a_turn_ends_with_the_index_that_it_began_with(serving, shop, tmp_path):
    stream = serving.stream("ann", "a black tea")
    first = next(stream)
    began_with = serving._serving.current.index.folder
    load_files(shop, items=lines(tmp_path / "new.jsonl", [PUERH]))
    assert serving._serving.current.index.folder != began_with
    assert began_with.exists()
    assert [type(part).__name__ for part in stream][-1] == "Finished"
    assert ids(first.recommendations) <= {each["id"] for each in TEAS}
    stream.close()
    del stream
    assert not began_with.exists()


def test_what_is_no_longer_in_the_file_is_gone_from_the_next_answer(serving, shop, tmp_path):
    serving.observe("ann", "assam", "like")
    assert serving.profile("ann").interests
    load_files(shop, items=lines(tmp_path / "two.jsonl", TEAS[::2]), snapshot=True)
    assert ids(serving.recommend("bob", 5)) == {"sencha", "keemun"}
    assert not serving.profile("ann").interests  # what was liked is not known any more
    with pytest.raises(UnknownItemError):
        serving.observe("bob", "assam", "like")


def test_several_threads_are_answered_while_items_come_in(serving, shop, tmp_path):
    problems, stop = [], threading.Event()

    def ask(user):
        while not stop.is_set():
            try:
                assert len(serving.recommend(user, 3)) == 3
            except Exception as error:
                problems.append(error)

    threads = [threading.Thread(target=ask, args=(user,)) for user in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for number in range(3):
        load_files(shop, items=lines(tmp_path / f"{number}.jsonl", [PUERH | {"id": f"tea-{number}"}]))
    stop.set()
    for thread in threads:
        thread.join()
    assert not problems
    assert serving.catalogue_size == 6


def test_a_process_that_takes_no_files_is_told_in_one_sentence(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("sommelier.agent.ingest.taker.ALIVE", 0.5)
    with (
        Workspace(shop, use="both"),
        pytest.raises(WorkspaceBusyError, match="open in another process, which does not take files") as caught,
    ):
        load_files(shop, items=lines(tmp_path / "new.jsonl", [PUERH]))
    assert "close that one, or wait, then ingest" in str(caught.value)
    assert "\n" not in str(caught.value)


HOLDER = """
import sys, time
from pathlib import Path
from sommelier.agent.ingest.desk import IngestDesk
from sommelier.agent.workspace import Workspace
workspace = Workspace(Path({shop!r}))
desk = IngestDesk(workspace, lambda progress: time.sleep(600), lambda: None)
desk.start()
print("open", flush=True)
time.sleep(600)
"""


def test_a_holder_that_is_killed_is_noticed_and_running_it_again_finishes(shop, tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER.format(shop=str(shop))], stdout=subprocess.PIPE, text=True)
    added, problems = lines(tmp_path / "new.jsonl", [PUERH]), []

    def send():
        try:
            load_files(shop, items=added)
        except WorkspaceError as error:
            problems.append(str(error))

    try:
        assert holder.stdout.readline() == "open\n"
        sender = threading.Thread(target=send)
        sender.start()
        deadline = time.monotonic() + 60
        while not list((shop / "handover").glob("*.progress.jsonl")) and time.monotonic() < deadline:
            time.sleep(0.05)
        began = time.monotonic()
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    sender.join(60)
    assert time.monotonic() - began < 30
    assert "ended before it had taken in the files; run this again" in problems[0]
    load_files(shop, items=added)
    with Recommender.open(shop, lm=MuteJudge()) as recommender:
        assert recommender.catalogue_size == 4


def test_closing_in_the_middle_leaves_the_job_and_says_so(shop, tmp_path):
    reached = threading.Event()

    def build(progress):
        reached.set()
        while True:
            time.sleep(0.05)
            progress(0, 1)

    with Workspace(shop) as workspace:
        desk = IngestDesk(workspace, build, lambda: None)
        desk.start()
        closer = threading.Thread(target=lambda: reached.wait(60) and desk.close())
        closer.start()
        with pytest.raises(WorkspaceError, match="was closed before it had taken in the files"):
            load_files(shop, items=lines(tmp_path / "new.jsonl", [PUERH]))
        closer.join()
    assert list(Spool.of(shop).root.iterdir()) == []


def test_only_the_user_of_the_workspace_may_hand_over(serving, shop):
    assert (shop / "handover").stat().st_mode & 0o077 == 0
