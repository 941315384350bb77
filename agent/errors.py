"""The errors that the engine raises on purpose. Each message says what is wrong, with values, and what to do.

`CatalogueError` (retrieval) and `PromptError` (prompts) are their rooms' own; the front door treats all alike.
"""


class SommelierError(Exception):
    """Root of the engine's own errors."""


class ConfigError(SommelierError):
    """The workspace's `sommelier.yaml` is not usable."""


class MissingExtraError(SommelierError):
    """Something was asked for whose packages are not installed; the message has the command that installs them."""


class ModelError(SommelierError):
    """The language model cannot be loaded: missing, damaged, unreachable or too large."""


class WorkspaceError(SommelierError):
    """The workspace is missing, damaged or held by another process."""


class WorkspaceBusyError(WorkspaceError):
    """Another process has the workspace open."""


class UnknownItemError(SommelierError, KeyError):
    """An item id that is not in the catalogue."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""


class UnknownEventError(SommelierError, KeyError):
    """An event id that this user has no event of."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class InvalidEventError(SommelierError, ValueError):
    """An event that cannot be stored: unknown kind, NaN value, empty user."""
