"""`ingest`: files into a workspace."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from ..retrieval.catalogue import CatalogueError
from .exit_codes import REJECTED
from .opening import progress
from .options import JsonOption
from .rendering.ingest import show_ingest
from .rendering.ingest_stages import IngestStages
from .rendering.results import show_result

commands = typer.Typer()


@commands.command()
def ingest(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="Folder of the workspace; made if missing.")],
    folder: Annotated[Path | None, typer.Argument(help="Folder of a preset's files.")] = None,
    items: Annotated[Path | None, typer.Option(help="Items: CSV, TSV, JSON lines or Parquet.")] = None,
    events: Annotated[Path | None, typer.Option(help="Events, in any of these formats.")] = None,
    users: Annotated[Path | None, typer.Option(help="Users and their attributes.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="movielens-small, movielens-1m, amazon-games, amazon-office.")
    ] = None,
    mapping: Annotated[list[str] | None, typer.Option("--map", help="field=column, repeatable.")] = None,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="The items file is everything: delete the rest.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Load items, events and users, then bring the index up to date."""
    _check(preset, folder, (items, events, users))
    from ..agent.ingest.taker import require_free_or_taker

    require_free_or_taker(workspace.expanduser().resolve())
    from ..agent.ingest.loading import load_files, load_preset

    with progress() as stages, IngestStages(stages) as told:
        if preset and folder:
            report = load_preset(workspace, preset, folder, snapshot=snapshot, progress=told)
        else:
            report = load_files(
                workspace, items=items, events=events, users=users, mapping=mapping or (), snapshot=snapshot,
                progress=told,
            )  # fmt: skip
    show_result(report, as_json, lambda: show_ingest(report))
    if report.rejected:
        raise typer.Exit(REJECTED)


def _check(preset: str | None, folder: Path | None, files: Iterable[Path | None]) -> None:
    if preset and not folder:
        raise CatalogueError(
            f"--preset {preset} needs the folder that holds its files, e.g. `--preset {preset} FOLDER`"
        )
    if folder and not preset:
        raise CatalogueError(
            f"the folder {folder} needs --preset; single files are given as --items, --events, --users"
        )
    for path in (folder, *files):
        if path and not path.exists():
            raise CatalogueError(f"{path}: there is no such file or folder.")
