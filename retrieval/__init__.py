"""What could be recommended, and why: the catalogue, its index, candidates with their evidence.

May know files of a team, vectors and behaviour. Must not know language models, conversations, prompts or SQL. The
records are in `catalogue.py`, hard constraints in `filters.py`, and `candidates.py` draws from `index.py`. A folder
imports only from those before it in this list (`tests/test_rooms.py`):

- `text/`: what is learned from what items say; another text encoder goes here
- `behaviour/`: what is learned from what people chose; another way to learn goes here
- `vectors/`: where vectors are kept; another vector store goes here
- `readers/`: a team's files as items, users and events; another file format or preset goes here
- `builtin/`: the built-in films
"""
