"""The operator's page, in a browser: the figures of `agent/analytics`, behind a token. Knows Gradio.

Must not know the recommender. Another page for the operator goes here.
"""
