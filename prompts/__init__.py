"""What the model is told: one Markdown file per model call, its checker, and the library that publishes edits.

Must not know who asks or what is recommended: a prompt is given values and becomes messages.
"""

from .contracts import CONTRACTS
from .library import PromptLibrary
from .prompt import Prompt, PromptError

__all__ = ["CONTRACTS", "Prompt", "PromptError", "PromptLibrary"]
