"""Evaluation on held-out events and the fit of the ranking weights."""
