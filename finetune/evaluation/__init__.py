"""Measuring on held-out events: cases, indexes that have not seen them, metrics, intervals, groups, reports.

Knows how a turn ranks. Must not change what serves. A new metric of ranks is added to
`summarise` in `metrics.py`, one of what is shown to `shown_metrics` in `report.py`;
`tables.py` prints those that it names.
"""
