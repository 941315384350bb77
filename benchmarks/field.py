"""The field, one row per system: Sommelier beside peers and baselines on public research data, the same users, one run.

    python benchmarks/field.py --games DIR --movielens DIR --office DIR --redial DIR --inspired DIR --tallrec DIR \\
        --work FOLDER

A section is measured when the folder of its data is given (`--only NAME` narrows it to one), stored as JSON under the
work folder, and written with all others measured before into docs/benchmarks.md between two marker comments.
Workspaces stay in the work folder and are used again. Needs `pip install implicit==0.7.3` for full ranking.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from field_page import Row, Section, write_page
from field_published import PUBLISHED
from field_workspace import filled, refresh
from rich.console import Console
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.evaluation_files import read_peer
from sommelier.finetune.evaluation.setup import Setup

if TYPE_CHECKING:
    from field_redial import ReDial

STAGES = Console(stderr=True)
COMMAND = ("python benchmarks/field.py --games GAMES --movielens ML_1M --office OFFICE --redial REDIAL "
           "--inspired INSPIRED --tallrec TALLREC --users {users}")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """What every section is given."""

    work: Path
    users: int
    minutes: float | None
    redial: Path | None = None
    """ReDial's folder, whose films INSPIRED's dialogues are about."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is."""
        STAGES.print(f"{stage}: {done:,} of {total:,}", end="\r", highlight=False)


def ranking(name: str, folder: Path, run: Run) -> Section:
    """Full ranking on one data set."""
    from field_ranking import DATA_SETS, full_ranking  # the baselines' library is wanted here alone

    data = DATA_SETS[name]
    with filled(run.work / name, data.preset, folder) as workspace:
        return full_ranking(data, folder, workspace, run.users, run.minutes, run.advance)


def twenty(_name: str, folder: Path, run: Run) -> Section:
    """20 candidates, LLMRank's way, in the workspace of full ranking."""
    from field_ranking import DATA_SETS, test_pairs
    from field_twenty import rank_twenty
    from field_workspace import fit_once

    data = DATA_SETS["games"]
    with filled(run.work / "games", data.preset, folder) as workspace:
        pairs = test_pairs(data, folder, workspace, run.users)
        fit_once(workspace, pairs, run.minutes, run.advance)
        return rank_twenty(Setup.of(workspace), pairs, read_peer(folder / "peer_lists" / "random.tsv"), run.advance)


def liking(_name: str, folder: Path, _run: Run) -> Section:
    """Like or dislike: AUC and GAUC."""
    from tallrec import measure

    rows = measure(folder)
    about = (f"{rows[0]['questions']} questions of {rows[0]['people']} people: will they like this film? "
             "Intervals: bootstrap over people.")  # fmt: skip
    return Section("tallrec", "TALLRec's film questions, like or dislike", about, [_liking_row(row) for row in rows],
                   published=PUBLISHED["tallrec"])  # fmt: skip


def conversing(_name: str, folder: Path, run: Run) -> Section:
    """Conversational retrieval, also through the dialogue's rules, which is a section of its own."""
    from field_conversation import converse, door_section, section_of
    from field_redial import ReDial

    redial = ReDial.read(folder)
    with _talked_in(run, redial) as workspace:
        found, heard = converse(redial, Setup.of(workspace), run.advance)
    door_section(heard).save(run.work / "results")
    return section_of(found)


def conversing_elsewhere(_name: str, folder: Path, run: Run) -> Section:
    """The same on dialogues that nothing was fitted on."""
    from field_conversation import converse_elsewhere, inspired_section
    from field_inspired import Inspired
    from field_redial import ReDial

    if run.redial is None:
        raise SystemExit("INSPIRED's films are looked up among ReDial's: give --redial DIR too")
    redial = ReDial.read(run.redial)
    inspired = Inspired.read(folder, redial.items)
    with _talked_in(run, redial) as workspace:
        return inspired_section(converse_elsewhere(inspired, redial, Setup.of(workspace), run.advance), inspired)


def _talked_in(run: Run, redial: ReDial) -> Workspace:
    """The workspace of ReDial's films, mentions and turns."""
    from field_redial import logged

    workspace = Workspace(run.work / "redial", create=True)
    workspace.memory.catalogue.upsert_items(redial.items)
    workspace.memory.events.add(redial.events())
    if not workspace.memory.turns.said(1):
        for turn in logged(redial.turns, redial.dialogues):
            workspace.memory.turns.save(turn)
    refresh(workspace)
    return workspace


SECTIONS: Mapping[str, tuple[str, Callable[[str, Path, Run], Section]]] = {
    "games": ("games", ranking), "movielens": ("movielens", ranking), "office": ("office", ranking),
    "llmrank": ("games", twenty), "tallrec": ("tallrec", liking), "redial": ("redial", conversing),
    "inspired": ("inspired", conversing_elsewhere),
}  # fmt: skip
"""Section -> the option that gives its data, and what measures it."""
PAGE = ("games", "movielens", "office", "llmrank", "tallrec", "redial", "door", "inspired")
"""The sections in the order of the page."""


def main() -> None:
    """Measure what was asked for, then write the page from everything measured so far."""
    options = _options()
    run, folders = Run(options.work, options.users, options.minutes, options.redial), vars(options)
    results = options.work / "results"
    for name, (data, measure) in SECTIONS.items():
        if folders[data] is not None and options.only in (None, name):
            began = time.process_time()
            measured = measure(name, folders[data], run)
            replace(measured, minutes=(time.process_time() - began) / 60).save(results)
            STAGES.print(f"{name} measured", highlight=False)
    found = [section for name in PAGE if (section := Section.load(results, name))]
    write_page(options.page, found, COMMAND.format(users=options.users))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Sommelier beside peers and baselines, the same users, one run.")
    for name in ("games", "movielens", "office", "redial", "inspired", "tallrec"):
        parser.add_argument(f"--{name}", type=Path, metavar="DIR")
    parser.add_argument("--only", choices=tuple(SECTIONS), help="this section alone")
    parser.add_argument("--users", type=int, default=1000, help="test users at most, per data set")
    parser.add_argument("--minutes", type=float, help="bounds the training of each behaviour tower")
    parser.add_argument("--work", type=Path, default=Path("field"), help="workspaces and results are kept here")
    parser.add_argument("--page", type=Path, default=Path("docs/benchmarks.md"))
    options = parser.parse_args()
    if all(getattr(options, data) is None for data, _ in SECTIONS.values()):
        parser.error("give the folder of at least one data set, e.g. --redial DIR")
    if options.only and getattr(options, SECTIONS[options.only][0]) is None:
        parser.error(f"--only {options.only} needs --{SECTIONS[options.only][0]} DIR")
    return options


def _liking_row(row: Mapping[str, float | str]) -> Row:
    values = {shown: float(row[name]) for name, shown in (("auc", "AUC"), ("auc_low", "from"), ("auc_high", "to"),
                                                          ("gauc", "GAUC"), ("gauc_low", "GAUC from"),
                                                          ("gauc_high", "GAUC to"))}  # fmt: skip
    return Row(str(row["system"]), values)


if __name__ == "__main__":
    main()
