"""Learning from a team's own log: held-out evaluation, examples, fits, tuning, and the adapters that come of it.

May know the agent: the encoder it trains is the one that serves. Must not know pages. A folder imports only from those
before it in this list (`tests/test_rooms.py`):

- `evaluation/`: measuring on held-out events; where a new metric goes is said there
- `examples/`: what a model is trained on
- `fitting/`: what is fitted without gradients in the language model
- `training/`: the optimisation of an adapter
- `adapters/`: made, compared, promoted, rolled back; `tune.py` and `watch.py`
"""
