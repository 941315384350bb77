"""What a model is trained on: rankings, ratings and texts from the log, told in several ways; kept on disk.

Knows the log and how prompts are encoded. Must not know optimisers or adapters.
"""
