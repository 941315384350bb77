"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

WorkspaceOption = Annotated[
    Optional[Path],  # noqa: UP045 - Typer reads the annotation on Python 3.10
    typer.Option("--workspace", "-w", help="Folder of the workspace. Default: the built-in film catalogue."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
TestOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(help="Test pairs to keep out of it all, as for `evaluate`."),
]
