"""From a team's files to items, users and events: formats, column names, types, times, presets; what cannot be read
becomes a reject with file, line and reason.

Knows files and the catalogue's records. Must not know the index, vectors or any database. A new file format
stands in `sources.py` with its reader, its columns and its row count; a public data set is a preset in `presets.py`.
"""
