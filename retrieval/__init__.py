"""What could be recommended, and why: the catalogue, its index, candidates with their evidence.

May know files of a team, vectors and behaviour. Must not know language models, conversations, prompts or SQL.
A new file format goes into `readers/`; a new way to learn from behaviour into `behaviour/`; another vector store into
`vectors/`.
"""
