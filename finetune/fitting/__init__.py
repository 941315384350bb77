"""What is fitted to a log without gradients in the language model: ranking weights, the tower, calibrations.

Knows the evaluation. What it fits is what serves next; it must not train the language model.
"""
