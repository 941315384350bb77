"""Full ranking: every item that a user has not chosen yet, one target each; Sommelier as it serves beside peers' lists
and baselines trained here."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from field_baselines import BASELINES, Trained, train
from field_log import Log
from field_page import Row, Section
from field_published import PUBLISHED
from field_workspace import Advance, fit_once
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.cases import case_of
from sommelier.finetune.evaluation.evaluation_files import read_pairs, read_peer
from sommelier.finetune.evaluation.report import Report
from sommelier.finetune.evaluation.tables import verdict
from sommelier.finetune.fitting.assessment import assess

COLUMNS = {"hr@1": "HR@1", "hr@10": "HR@10", "hr@20": "HR@20", "hr@50": "HR@50", "hr@100": "HR@100",
           "ndcg@10": "NDCG@10", "mrr": "MRR"}  # fmt: skip
OTHERS = 3
"""Of the other systems, so many are shown by group."""
OURS = {"retrieval": "Sommelier, retrieval", "fused": "Sommelier, fused", "lm": "Sommelier, LM's own order"}


@dataclass(frozen=True, slots=True)
class DataSet:
    """One folder of public data. `test` and `peers` are its files of targets and lists; an empty `test` is what the
    preset held out. `peers`: file name -> how it is shown."""

    name: str
    title: str
    preset: str
    test: str = ""
    peers: Mapping[str, str] | None = None
    note: str = ""


_LISTS = "{}, LLMRank's list"
DATA_SETS = {
    each.name: each
    for each in (
        DataSet("games", "Amazon Video Games, full ranking", "amazon-games", "test_open.tsv",
                {name: _LISTS.format(shown) for name, shown in
                 (("sasrec", "SASRec"), ("gru4rec", "GRU4Rec"), ("bpr", "BPR"), ("bm25", "BM25"), ("bert", "BERT"),
                  ("pop", "popularity"))},
                "LLMRank's lists are 100 items long, made by its authors' own trained models for these users."),
        DataSet("movielens", "MovieLens 1M, full ranking", "movielens-1m", "test_open.tsv",
                note="All here learned from every event but the target; the published models leave out one more."),
        DataSet("office", "Amazon Office Products, full ranking", "amazon-office",
                note="Users were split once by a committed seed into 20 % tune, 20 % validation and 60 % test. Some "
                "targets had been bought before: these are predicted at their first purchase, from what came before."),
    )
}  # fmt: skip


def full_ranking(
    data: DataSet, folder: Path, workspace: Workspace, users: int, minutes: float | None, advance: Advance
) -> Section:
    """Fit, train and compare on up to `users` test users. `minutes` bounds the training of the behaviour tower."""
    pairs = test_pairs(data, folder, workspace, users)
    fit_once(workspace, pairs, minutes, advance)
    held_back = {user: case_of(workspace.memory, user, item).held_back for user, item in pairs.items()}
    log = Log.of(workspace.memory, held_back)
    trained: list[Trained] = []
    for baseline in BASELINES:
        advance(f"training {baseline.name}", len(trained), len(BASELINES))
        trained.append(train(baseline, log, pairs))
    lists: dict[str, Mapping[str, Sequence[str]]] = {each.name: each.lists for each in trained}
    lists |= {shown: read_peer(folder / "peer_lists" / f"{name}.tsv") for name, shown in (data.peers or {}).items()}
    return _section(data, assess(workspace, pairs, lists, advance), log, trained)


def test_pairs(data: DataSet, folder: Path, workspace: Workspace, users: int) -> dict[str, str]:
    """User -> target for up to `users` test users, drawn with a fixed seed."""
    pairs = read_pairs(folder / data.test if data.test else workspace.folder / "test.tsv")
    chosen = random.Random(0).sample(sorted(pairs), min(users, len(pairs)))
    return {user: pairs[user] for user in sorted(chosen)}


def _section(data: DataSet, report: Report, log: Log, trained: Sequence[Trained]) -> Section:
    best = sorted(report.systems, key=lambda name: -report.systems[name]["ndcg@10"])
    rows = [_row(name, report) for name in best]
    tuned = "; ".join(f"{each.name} {_named(each.setting)}" for each in trained)
    notes = [data.note] if data.note else []
    notes.append(f"Settings chosen on validation users: {tuned}.")
    notes.append("The LM orders retrieval's first 20, so that beyond 20 its hit rates are retrieval's.")
    notes.append(verdict(report, "fused"))
    about = (f"{report.users:,} test users of {len(log.users):,}, {len(log.items):,} items, "
             f"{sum(map(len, log.histories)):,} choices to learn from.")  # fmt: skip
    compared = "NDCG@10 versus Sommelier's retrieval, 95 %"
    return Section(data.name, data.title, about, rows, compared, PUBLISHED[data.name], notes, _groups(report, best))


def _groups(report: Report, best: Sequence[str]) -> list[Row]:
    """NDCG@10 of ours and of the best of the others."""
    shown = [*OURS, *[name for name in best if name not in OURS][:OTHERS]]
    return [Row(f"{each.group.of}s: {each.group.name} ({each.group.size:,})",
                {OURS.get(name, name): each.systems[name]["ndcg@10"] for name in shown})
            for each in report.groups]  # fmt: skip


def _row(name: str, report: Report) -> Row:
    values = {shown: report.systems[name][key] for key, shown in COLUMNS.items()}
    versus = report.versus_retrieval.get(name)
    return Row(OURS.get(name, name), values, versus["ndcg@10"] if versus else None)


def _named(setting: Mapping[str, float]) -> str:
    return "(" + ", ".join(f"{name} {value:g}" for name, value in setting.items()) + ")"
