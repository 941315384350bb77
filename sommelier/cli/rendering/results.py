"""A result as JSON, or shown to a person."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import typer


def show_result(value: object, as_json: bool, show: Callable[[], None]) -> None:
    """Print `value` as JSON, or have `show` print it for a person."""
    if as_json:
        typer.echo(json.dumps(_plain(value), indent=1, ensure_ascii=False))
    else:
        show()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any of our results
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, Path) else value
