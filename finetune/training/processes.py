"""Which of several training processes this one is, and what they share, as `torchrun` and `accelerate` tell it."""

from __future__ import annotations

import os

PROCESSES = int(os.environ.get("WORLD_SIZE", "1"))
MAIN = os.environ.get("RANK", "0") == "0"
"""Whether this process makes and keeps what all of them train."""
SHARDED = os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
"""Whether each process is to hold a part of the weights only (FSDP): then every pass takes all processes."""
SHARDING = os.environ.get("FSDP_VERSION", "1")
"""Which version of FSDP shares them out."""
