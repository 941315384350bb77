"""What is installed only where it is wanted: the extras, what each brings, and one sentence where it is missing.

Must not import what it names, nor anything of ours but errors.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeAlias

from .errors import MissingExtraError

Extra: TypeAlias = Literal["languages", "plots", "postgres", "quantization", "serving", "train"]

MODULES: Mapping[Extra, tuple[str, ...]] = {
    "languages": ("lingua",),
    "plots": ("matplotlib",),
    "postgres": ("psycopg",),
    "quantization": ("bitsandbytes",),
    "serving": ("gradio", "fastapi", "starlette", "uvicorn"),
    "train": ("optuna", "tensorboardX"),
}
"""What may be imported where an extra is installed. `train` brings `plots`, too: a run ends with its curves."""


@contextmanager
def needs(extra: Extra, what: str) -> Iterator[None]:
    """Around imports that come with an extra; `what` names, as a sentence begins, who needs them.

    Raises MissingExtraError, with the command that installs the extra, where a module is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise _missing(extra, what, error.name or "") from error


def require(extra: Extra, what: str) -> None:
    """As `needs`, for packages that another library imports for us."""
    if missing := missing_modules(extra):
        raise _missing(extra, what, missing[0])


def missing_modules(extra: Extra) -> list[str]:
    """Those of an extra's modules that are not installed. Imports none of them."""
    return [each for each in MODULES[extra] if importlib.util.find_spec(each) is None]


def command(*extras: Extra) -> str:
    """What to type to install them."""
    return f"pip install 'sommelier[{','.join(extras)}]'"


def _missing(extra: Extra, what: str, module: str) -> MissingExtraError:
    return MissingExtraError(f"{what} needs {module}, which is not installed: `{command(extra)}`.")
