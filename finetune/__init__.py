"""Learning from a team's own log: held-out evaluation, examples, fits, tuning, and the adapters that come of it.

Imports the agent: the encoder it trains is the one that serves. Must not know pages. Folders import only from those
before them: `evaluation`, `examples`, `fitting`, `training`, `adapters`. A new metric goes into
`evaluation/metrics.py` and is printed by `evaluation/report.py`.
"""
