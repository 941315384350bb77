"""The command line: one file per group of commands, what they share, and `rendering`, how it is shown.

May know every room. Must not decide anything itself: a command reads its options, calls the engine and shows what
came of it. Libraries that take seconds to import are imported where a command needs them, so that help and refusals
come at once.
"""

from .entry import app, main

__all__ = ["app", "main"]
