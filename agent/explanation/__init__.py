"""A sentence per item from its evidence, and the verifier that checks what a model wrote against the facts.

Knows evidence, words and the model's protocol. Must not know users' logs or storage.
"""
