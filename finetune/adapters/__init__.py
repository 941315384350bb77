"""The adapters of a workspace: made (`tune.py`), watched over, compared, promoted through a gate, rolled back.

The only folder that changes which adapter serves. Must not know how an answer is made or shown.
"""
