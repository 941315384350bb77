"""The operator's pages, in a browser, behind a token: the figures of `agent/analytics`. Knows Gradio.

Must not know the recommender. Another page for the operator is a route of `site.py`, behind its gate, or a section in
`board_html.py`; what it counts goes into `agent/analytics`.
"""
