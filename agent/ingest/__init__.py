"""Files into memory and index: the order of things, what is rejected, what is deleted, and when the index is built.

Knows memory and the readers of retrieval. Must not know profiles, rankings or pages. File
formats are read in `retrieval/readers`.
"""
