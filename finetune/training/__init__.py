"""The optimisation of an adapter: losses over examples, the trainer, its cost, its curves, the search for settings.

Knows examples and PEFT. Must not know workspaces, gates or what serves.
"""
