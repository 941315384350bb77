"""`adapters`: listed, shown, compared, promoted, rolled back and deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..finetune.adapters.workload import USERS
from ..finetune.evaluation.evaluation_files import read_pairs
from .opening import progress, workspace_at
from .options import JsonOption, TestOption, WorkspaceOption
from .rendering.adapters import show_adapters
from .rendering.consoles import err, note_on, out
from .rendering.gate import show_gate, show_tables
from .rendering.results import show_result

if TYPE_CHECKING:
    from ..finetune.adapters.registry import Registry
    from ..finetune.adapters.workload import Workload

AdapterName = Annotated[str, typer.Argument(help="The adapter's number, as `adapters list` shows it.")]
UsersOption = Annotated[
    int, typer.Option(min=2, help="Compare on so many validation users at most; it bounds what is written, too.")
]

commands = typer.Typer(no_args_is_help=True, help="The adapters of a workspace: compare, promote, roll back.")


@commands.command("list")
def list_(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every adapter, what it learned from and whether it serves."""
    with workspace_at(workspace, "look") as opened:
        from ..finetune.adapters.registry import Registry

        registry = Registry(opened)
        adapters = _listed(registry)
        unexpected_files = registry.unexpected_files()
    show_result(adapters, as_json, lambda: show_adapters(adapters, unexpected_files))


@commands.command()
def show(name: AdapterName, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """An adapter's model card: base model, what it learned, figures, verdict, limits; --json: the raw metadata."""
    with workspace_at(workspace, "look") as opened:
        from ..finetune.adapters.model_card import model_card
        from ..finetune.adapters.registry import Registry

        registry = Registry(opened)
        known = registry.find(name)
        metadata = registry.metadata(known)
    typer.echo(json.dumps(metadata, indent=1) if as_json else model_card(known, metadata))


@commands.command()
def compare(
    name: AdapterName, workspace: WorkspaceOption = None, test: TestOption = None, users: UsersOption = USERS
) -> None:
    """Compare an adapter with what serves: on validation users, and on what both write for some of them."""
    withheld = read_pairs(test) if test else {}
    with workspace_at(workspace, "study") as opened, progress() as stages:
        from ..finetune.adapters.registry import Registry

        registry = Registry(opened)
        known = registry.find(name)
        gate = registry.judge(known, withheld, stages, users, _tell_work)
    show_gate(gate)


@commands.command()
def promote(
    name: AdapterName,
    workspace: WorkspaceOption = None,
    test: TestOption = None,
    users: UsersOption = USERS,
    force: Annotated[bool, typer.Option("--force", help="Whatever the comparison says; it stays on record.")] = False,
) -> None:
    """Serve an adapter, if it is not worse than what serves, with weights fitted for it from 500 users on."""
    withheld = read_pairs(test) if test else {}
    with workspace_at(workspace, "study") as opened, progress() as stages:
        from ..finetune.adapters.registry import RefusedError, Registry

        registry = Registry(opened)
        known = registry.find(name)
        try:
            gate = registry.promote(known, withheld, stages, users=users, force=force, announce=_tell_work)
        except RefusedError as refused:
            show_tables(refused.gate)
            raise
    show_gate(gate)
    note_on(out, f"The adapter {known} serves from the next turn on.")


@commands.command()
def rollback(workspace: WorkspaceOption = None) -> None:
    """Serve what served before the present adapter."""
    with workspace_at(workspace, "look") as opened:
        from ..finetune.adapters.registry import Registry

        before = Registry(opened).rollback()
    note_on(out, f"Serving again: {before or 'what ships with the model'}.")


@commands.command()
def delete(name: AdapterName, workspace: WorkspaceOption = None) -> None:
    """Remove an adapter that does not serve."""
    with workspace_at(workspace, "study") as opened:
        from ..finetune.adapters.registry import Registry

        Registry(opened).delete(name)


def _listed(registry: Registry) -> list[dict[str, Any]]:
    serving = registry.serving
    return [{"adapter": name, "serves": name == serving} | _metadata(registry, name) for name in registry.names()]


def _metadata(registry: Registry, name: str) -> dict[str, Any]:
    """One adapter whose metadata is damaged must not hide the others."""
    from ..finetune.adapters.registry import AdapterError

    try:
        return registry.metadata(name)
    except AdapterError as error:
        return {"damaged": str(error)}


def _tell_work(work: Workload) -> None:
    note_on(err, f"{work}.")
