"""Which of several training processes this one is, as `torchrun` and `accelerate launch` tell it."""

from __future__ import annotations

import os

PROCESSES = int(os.environ.get("WORLD_SIZE", "1"))
MAIN = os.environ.get("RANK", "0") == "0"
"""Whether this process makes and keeps what all of them train."""
