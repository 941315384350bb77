"""Figures for whoever runs a workspace: what happens, what rises, what is refused, how turns fare. No page here.

Knows the memory's statistics. Must not know models or HTML: the page that shows these figures is `agent/board`.
"""
