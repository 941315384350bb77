"""The operator's pages, in a browser, behind a token: the figures of `agent/analytics`. Knows Gradio.

Must not know the recommender. Another page for the operator goes here, beside `site.py`; what it counts goes into
`agent/analytics`.
"""
