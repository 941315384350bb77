"""What the commands exit with when not with 0."""

PROBLEM = 2
"""Something kept the command from doing its work."""
REJECTED = 3
"""An ingest loaded the good rows and rejected others."""
ALERT = 4
"""`board --check` found a threshold crossed."""
STOPPED = 130
"""Ctrl-C, as shells have it."""
