"""What is learned from what items say: the sentence encoder with its cache, and the words and facets of the catalogue.

Knows texts. Must not know events or users.
"""
