"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="Folder of the workspace. Default: the built-in film catalogue."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
TestOption = Annotated[
    Path | None,
    typer.Option(help="Test pairs to keep out of it all, as for `evaluate`."),
]
