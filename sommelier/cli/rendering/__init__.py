"""How results look in a terminal or a file: tables, sentences, bars and lines.

May know the engine's results. Must not know options, nor open anything.
"""
