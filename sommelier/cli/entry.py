"""The `sommelier` command: all groups of commands together, and how a problem is told."""

from __future__ import annotations

import os
import sys

import typer

from ..agent.errors import SommelierError
from ..prompts.prompt import PromptError
from ..retrieval.catalogue import CatalogueError
from . import adapters, conversation, doctor, evaluation, ingest, people, prompts, tuning
from .exit_codes import PROBLEM
from .rendering.consoles import err

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="The conversational recommender that a team runs itself.")  # fmt: skip
for group in (conversation, ingest, people, evaluation, tuning, doctor):
    app.add_typer(group.commands)
app.add_typer(prompts.commands, name="prompts")
app.add_typer(adapters.commands, name="adapters")


def main() -> None:
    """Run a command; a problem is one sentence on stderr and exit code 2."""
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    try:
        app()
    except (SommelierError, CatalogueError, PromptError) as error:
        err.print(f"sommelier: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(PROBLEM)
    except BrokenPipeError:  # the reader of our output went away, e.g. `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
