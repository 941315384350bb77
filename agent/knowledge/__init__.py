"""How a domain is spoken of: which verbs, nouns and facets films, games and goods are told with. Data and its rules.

Knows items and evidence. Must not know users, models or storage.
"""
