"""`doctor`: what is installed and configured here, and what to do about what is wrong."""

from __future__ import annotations

import typer

from ..agent.workspace_lock import default_workspace
from .exit_codes import PROBLEM
from .options import JsonOption, WorkspaceOption
from .rendering.findings import show_findings
from .rendering.results import show_result

commands = typer.Typer()


@commands.command()
def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Check this machine and a workspace; say what to do about what is wrong."""
    from ..agent.doctor import examine

    findings = examine((workspace or default_workspace()).expanduser())
    show_result(findings, as_json, lambda: show_findings(findings))
    if any(each.status == "wrong" for each in findings):
        raise typer.Exit(PROBLEM)
