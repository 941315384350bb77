"""Measuring on held-out events: cases, indexes that have not seen them, metrics, intervals, groups, reports.

Knows how a turn ranks. Must not change what serves. A new metric goes into `metrics.py`.
"""
