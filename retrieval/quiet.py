"""Keeps the libraries' progress bars and remarks off the terminal while Sommelier loads a model itself."""

from __future__ import annotations

import logging as standard_logging
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
    bitsandbytes.setLevel(standard_logging.ERROR)  # it asks for an optional kernel each time it is imported
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        bitsandbytes.setLevel(level)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
