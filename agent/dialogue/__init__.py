"""From a message and the state of its conversation to acts, a new state and a decision; and what is said back.

`reader` (marking, stances, acts) -> `state` -> `policy`; `manager` is the one door to them for a catalogue. Knows the
catalogue's schema, words and titles, and how languages speak as data of `knowledge`. Must not know users, storage or
pages.

A new kind of constraint in a message: its words stand in `knowledge/languages/*.toml`; an amount is read by
`quantities.py` (its units in `units.py`, its role among those of `QuantityReader._amounts`), anything else by
`wishing.py`; which attribute plays the role is found by `schema.py`, or by `retrieval/attribute_roles.py` for year,
price, duration and rating; `Constraint` in `agent/dialogue_state.py` makes the filter; it has ranges
and values already.
"""
