"""How a database of an earlier version gets the layout of today, step by step, by Alembic.

One file in `versions/` a step; a step is never changed once it was released, nor taken back: there is no way down.
Knows the tables as they were then. Must not know the stores, nor the tables of today, which change.
"""
