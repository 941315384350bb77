"""Who a person is by what they did: history, interests, opinions, the rolling summary, and how interests drift.

Knows events and the catalogue's facets. Must not know rankings, requests or pages.
"""
