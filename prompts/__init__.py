"""What the model is told: one Markdown file per model call, its checker, and the store that publishes edits."""

from .contracts import CONTRACTS
from .library import PromptLibrary
from .prompt import Prompt, PromptError

__all__ = ["CONTRACTS", "Prompt", "PromptError", "PromptLibrary"]
