"""`evaluate` and `fit`: what the recommender is worth on a workspace's own log, and the weights that serve it best."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..finetune.evaluation.evaluation_files import read_pairs, read_peers
from .opening import progress, workspace_at
from .options import JsonOption, TestOption, WorkspaceOption
from .rendering.consoles import out
from .rendering.fit import show_fit
from .rendering.results import show_result

PEERS = "NAME=FILE, repeatable: another system's lists, lines of user, a tab, and item ids with spaces between."

commands = typer.Typer()


@commands.command()
def evaluate(
    test: Annotated[Path, typer.Option(help="CSV or TSV with user_id and item_id: the next item of each user.")],
    workspace: WorkspaceOption = None,
    peer: Annotated[list[str] | None, typer.Option(help=PEERS)] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare popularity, retrieval, the language model and their fusion (and peers) on held-out events."""
    pairs, peers = read_pairs(test), read_peers(peer or [])
    with workspace_at(workspace, "both") as opened, progress() as stages:
        stages.say(f"Evaluating on {len(pairs):,} test users: model and index are made ready first.")
        from ..finetune.evaluation.tables import show_report
        from ..finetune.fitting.assessment import assess

        report = assess(opened, pairs, peers, stages)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=1))
    else:
        show_report(report, out)


@commands.command()
def fit(
    workspace: WorkspaceOption = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, help="At most so long for the tower; default: as long as it takes.")
    ] = None,
    test: TestOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a workspace to its own log: choose and train the behaviour tower, weigh retrieval and language model."""
    withheld = read_pairs(test) if test else {}
    with workspace_at(workspace, "both") as opened, progress() as stages:
        stages.say(f"Fitting {opened.folder} to its own log: model and index are made ready first.")
        from ..finetune.fitting.fit import fit as fitted

        report = fitted(opened, withheld, minutes, stages)
    strength = report.strength and report.strength.as_json()
    plain = {"tower": report.tower, "weights": report.weights, "strength": strength}
    show_result(plain, as_json, lambda: show_fit(report))
