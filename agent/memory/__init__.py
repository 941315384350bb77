"""The truth in SQL: events, catalogue, summaries, turns and settings, one store each over one connection.

Knows tables and transactions; what is returned has been committed. Must not know files, vectors, profiles or models.
"""
