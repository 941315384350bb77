"""`prompts`: drafts of the prompts, checked and published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from .exit_codes import PROBLEM
from .opening import folder_of
from .options import WorkspaceOption
from .rendering.consoles import err, note_on, out

if TYPE_CHECKING:
    from ..prompts.library import PromptLibrary

commands = typer.Typer(no_args_is_help=True, help="Edit, check and publish the prompts of a workspace.")


@commands.command()
def checkout(workspace: WorkspaceOption = None) -> None:
    """Write a draft of every prompt into the workspace, to be edited."""
    folder = folder_of(workspace)
    written = _library(folder).checkout()
    for path in written:
        note_on(out, str(path))
    if not written:
        note_on(out, f"Every prompt has a draft already, in {folder / 'prompts'}.")


@commands.command()
def check(workspace: WorkspaceOption = None) -> None:
    """Check the drafts without touching what conversations use."""
    folder = folder_of(workspace)
    problems = _library(folder).check()
    for problem in problems:
        note_on(err, str(problem))
    if problems:
        raise typer.Exit(PROBLEM)
    drafts = len(list((folder / "prompts").glob("*.md")))
    note_on(out, f"{drafts} drafts are well-formed." if drafts else "There are no drafts; `checkout` makes them.")


@commands.command()
def publish(workspace: WorkspaceOption = None) -> None:
    """Make the drafts what conversations use; refused as long as one of them has a mistake."""
    for name, version in _library(folder_of(workspace)).publish().items():
        note_on(out, f"{name} {version[:12]}")


def _library(folder: Path) -> PromptLibrary:
    from ..prompts.library import PromptLibrary

    return PromptLibrary(folder)
