"""One turn from message to log: what serves now, the shelf, the sentences over it, and the summary afterwards.

Wires the steps that other folders define, and stores what comes of them. Must not know pages, sessions or who is
answered next: that is `agent/serving`.
"""
