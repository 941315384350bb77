"""From an event or a message to a turn: memory, profile, dialogue, ranking, explanation, and the doors before them.

May know the prompts and the retrieval; must not know the training, nor the command line. `recommender.py` is the public
object: it wires and delegates. Folders import only from those before them in this list, see `tests/test_rooms.py`:
`knowledge`, `llm`, `memory`, `explanation`, `profile`, `ranking`, `dialogue`, `ingest`, `analytics`, `turns`, then
`serving` and the pages `board` and `chat`, which know the recommender by the `ChatEngine` protocol alone.
"""
