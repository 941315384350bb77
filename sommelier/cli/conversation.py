"""`chat` and `board`: the pages, and a conversation in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..agent.errors import ConfigError
from ..agent.extras import require
from .exit_codes import ALERT
from .opening import recommender_at, workspace_at
from .options import WorkspaceOption
from .rendering.consoles import err, note_on, out
from .rendering.results import show_result
from .unknown_users import tell_if_unknown

if TYPE_CHECKING:
    from ..agent.analytics.alerts import Finding
    from ..agent.analytics.board import Board

NOBODY = "you"
"""Who talks in a terminal unless it is said."""

commands = typer.Typer()


@commands.command()
def chat(
    workspace: WorkspaceOption = None,
    terminal: Annotated[
        bool,
        typer.Option(
            "--terminal", help="Talk here instead of in a browser; /help there lists /drop, /undo, /edit, /why."
        ),
    ] = False,
    user: Annotated[str, typer.Option(help="Who is talking (terminal only).")] = NOBODY,
    port: Annotated[int | None, typer.Option(help="Port of the page; default: the first free one from 7860.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    dev: Annotated[bool, typer.Option("--dev", help="Follow prompt drafts as they are edited.")] = False,
    builtin: Annotated[
        bool, typer.Option("--builtin", help="Put the built-in films into a workspace that has no items yet.")
    ] = False,
) -> None:
    """Talk to the recommender, in a browser or here."""
    if not terminal:  # said before the catalogue and the model are loaded, which takes a minute at first
        require("serving", "The chat page")
    with recommender_at(workspace, dev=dev, builtin=builtin) as recommender:
        if terminal:
            from ..agent.chat.terminal import run

            if user != NOBODY:
                tell_if_unknown(recommender, user, "this begins with everybody's favourites")
            run(recommender, user)
            return
        from ..agent.board.site import BoardSite
        from ..agent.chat.server import serve

        board = recommender.board
        with board.alarm.watching():
            serve(recommender, port=port, open_browser=browser, board=BoardSite(board))


@commands.command()
def board(
    workspace: WorkspaceOption = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the thresholds once, tell, and stop.")] = False,
    port: Annotated[int, typer.Option(help="Port of the page.")] = 7850,
    as_json: Annotated[bool, typer.Option("--json", help="What --check found, machine-readable.")] = False,
) -> None:
    """Show whoever runs a workspace what happens in it; a running chat has the same page at /board."""
    with workspace_at(workspace, "look") as opened:
        from ..agent.analytics.board import Board

        if not check:
            _serve(Board.of(opened), port)
            return
        if not opened.config.alerts.thresholds:
            raise ConfigError(_no_threshold(opened.folder))
        findings = Board.of(opened).alarm.check()
    show_result(findings, as_json, lambda: _show(findings))
    if any(each.crossed for each in findings):
        raise typer.Exit(ALERT)


def _serve(board: Board, port: int) -> None:
    from ..agent.board.site import serve_board

    with board.alarm.watching():
        serve_board(board, lambda link: note_on(err, f"The board is at {link} (Ctrl-C stops it)"), port)


def _no_threshold(folder: Path) -> str:
    example = "alerts: {p95_seconds: 5, fallback_rate: 0.2}"
    return f"no threshold is set in {folder / 'sommelier.yaml'}; set one, for example {example}"


def _show(findings: list[Finding]) -> None:
    for each in findings:
        note_on(out, f"{'ALERT' if each.crossed else 'ok   '} {each.text}")
    if not findings:
        note_on(out, "There is not enough to compare the thresholds with.")
