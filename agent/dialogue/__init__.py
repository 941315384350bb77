"""What a message asks for, and what is said back: from words to a typed request, and from a shelf to sentences.

Knows the catalogue's words and titles. Must not know storage or pages. A new kind of constraint in a message is read
here (`request.py`, with `negation.py` and `quantities.py`) and kept as a filter of `retrieval/filters.py`; which
attribute is a year, a price or a duration is known from `retrieval/attribute_roles.py`.
"""
