"""The pages people talk to, in a browser (Gradio) and in a terminal.

Knows `agent/serving` and the `ChatEngine` protocol. Must not know models, storage or ranking.
"""
