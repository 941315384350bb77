"""Keeps the libraries' progress bars and remarks off the terminal while Sommelier loads and trains a model itself."""

from __future__ import annotations

import logging as standard_logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from transformers.utils import logging


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Errors only, no bars, from transformers and bitsandbytes; what was set before is put back."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    bitsandbytes = standard_logging.getLogger("bitsandbytes")
    level = bitsandbytes.level
    logging.set_verbosity(standard_logging.ERROR)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    bitsandbytes.setLevel(standard_logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        bitsandbytes.setLevel(level)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def quiet_peft() -> Iterator[None]:
    """Without PEFT's remark that a base model has no folder in which it could look: the bundled one has none."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Could not find a config file")
        yield


def _other_than_kernel(record: standard_logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Failed to load CPU gemm_4bit_forward")


# Some CPUs could use an optional kernel. It is asked for while bitsandbytes is imported, which PEFT's import does too.
standard_logging.getLogger("bitsandbytes.backends.cpu.ops").addFilter(_other_than_kernel)
