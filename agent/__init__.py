"""From an event or a message to a turn: memory, profile, dialogue, ranking, explanation, and the doors before them.

May know the prompts and the retrieval; must not know the training, nor the command line. `recommender.py` is the public
object: it wires and delegates. A folder imports only from those before it in this list (`tests/test_rooms.py`):

- `knowledge/`: how a domain is spoken of, as data
- `llm/`: the language model, and whoever else answers in its place
- `memory/`: the truth in SQL
- `explanation/`: a reason per item, and its verifier
- `profile/`: who a person is by what they did
- `ranking/`: what comes first
- `dialogue/`: what a message asks for, and what is said back
- `ingest/`: files into memory and index
- `analytics/`: figures for whoever runs a workspace
- `turns/`: one turn from message to log, wired from what stands before it
- `serving/`: everything between a door and the engine, which it knows by the `ChatEngine` protocol alone
- `board/`: the operator's pages
- `chat/`: the pages people talk to
"""
