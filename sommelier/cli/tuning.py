"""`tune` and `watch`: an adapter from a workspace's own log, once or as the log grows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..agent.config import TASKS, Method, Task
from ..finetune.evaluation.evaluation_files import read_pairs
from ..finetune.training.processes import MAIN
from .exit_codes import PROBLEM
from .opening import folder_of, progress, workspace_at
from .options import JsonOption, TestOption, WorkspaceOption
from .questions import agrees, replaces
from .rendering.results import show_result
from .rendering.tuning import show_tuned

if TYPE_CHECKING:
    from ..finetune.adapters.tune import Plan

commands = typer.Typer()


@commands.command()
def tune(
    workspace: WorkspaceOption = None,
    users: Annotated[int | None, typer.Option(min=1, help="Learn from so many people; default: all.")] = None,
    epochs: Annotated[float | None, typer.Option(min=0.01, help="How often each example is seen; default: 1.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=1e-7, help="At its highest, after warming up; default: 0.0004.")
    ] = None,
    tasks: Annotated[
        str | None, typer.Option(help=f"Some of {','.join(TASKS)}; default: those of sommelier.yaml.")
    ] = None,
    method: Annotated[
        Method | None,
        typer.Option(
            help="qlora trains over weights in NF4, whatever serves; dora splits off their lengths; default: lora."
        ),
    ] = None,
    search: Annotated[
        int | None, typer.Option(min=0, help="Try so many settings on a part of the examples first; default: 0.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Begin without asking, whatever it costs; without a terminal nobody is asked.")
    ] = False,
    since: Annotated[
        Literal["last"] | None, typer.Option(help="Go on from what serves, with what was logged since it was trained.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was cut off last, by its own options.")
    ] = False,
    test: TestOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train an adapter for the language model on the workspace's own log."""
    withheld = read_pairs(test) if test else {}
    recipe = {"method": method, "epochs": epochs, "learning_rate": learning_rate}
    options = {"users": users, "tasks": _tasks(tasks), "trials": search, "since_last": None if since is None else True}
    with workspace_at(workspace, "study" if MAIN else "look") as opened, progress() as stages:
        from ..finetune.adapters.tune import Plan, resumable_run
        from ..finetune.adapters.tune import tune as tuned_on

        plan = _planned(Plan.begun(opened) if resume else Plan(), recipe, options)
        if not resume and not replaces(resumable_run(opened), yes, stages):
            raise typer.Exit(PROBLEM)
        tuned = tuned_on(
            opened, withheld, plan, stages, resume=resume, agree=lambda cost: agrees(cost, yes or not MAIN, stages)
        )
    if MAIN:
        show_result(tuned, as_json, lambda: show_tuned(tuned))


@commands.command()
def watch(
    workspace: WorkspaceOption = None,
    after: Annotated[int, typer.Option(min=1, help="Tune when so many events came in since the last time.")] = 1000,
    hours: Annotated[float | None, typer.Option(min=0.01, help="Tune so long after the last time, too.")] = None,
    users: Annotated[int | None, typer.Option(min=1, help="Learn from so many people; default: all.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, do what is due, and stop.")] = False,
) -> None:
    """Keep the adapter up to date beside a running chat: tune on what is new, and promote what is not worse."""
    folder = folder_of(workspace)
    with progress() as stages:
        from ..finetune.adapters.tune import Plan
        from ..finetune.adapters.watch import Schedule
        from ..finetune.adapters.watch import watch as watching

        last = ""
        for said in watching(folder, Schedule(after, hours), Plan(users), stages, tell=stages.say):
            if said != last:
                stages.say(said)
            last = said
            if once:
                break


def _planned(begun: Plan, recipe: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """The plan with the options that were given."""
    training = {name: value for name, value in recipe.items() if value is not None}
    given = {name: value for name, value in options.items() if value is not None}
    return dataclasses.replace(begun, **given, training=dataclasses.replace(begun.training, **training))


def _tasks(listed: str | None) -> list[Task] | None:
    names = None if listed is None else [each.strip() for each in listed.split(",")]
    if names and (unknown := [each for each in names if each not in TASKS]):
        raise typer.BadParameter(f"there is no task {unknown[0]!r}; there are {', '.join(TASKS)}", param_hint="--tasks")
    return None if names is None else [task for task in TASKS if task in names]
