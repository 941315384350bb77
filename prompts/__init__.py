"""What the model is told: one Markdown file per model call, its checker, and the store that publishes edits."""

from .contracts import CONTRACTS
from .prompt import Prompt, PromptError
from .store import PromptStore

__all__ = ["CONTRACTS", "Prompt", "PromptError", "PromptStore"]
