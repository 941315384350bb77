"""From a message and the state of its conversation to acts, a new state and a decision; and what is said back.

`reader` (marking, stances, acts) -> `state` -> `policy`; `manager` is the one door to them for a catalogue. Knows the
catalogue's schema, words and titles, and how languages speak as data of `knowledge`. Must not know users, storage or
pages. A new kind of constraint in a message is read by `quantities` or `wishing`, its words stand in
`knowledge/languages`, and `dialogue_state.Constraint` makes a filter of it; which attribute is meant is known from
`schema` and `retrieval/attribute_roles.py`.
"""
