"""Candidates in, ranked items out: the model judges each, its judgement is fused with the retrieval score.

Knows profiles, candidates and the model's protocol. Must not store anything. A metric of rankings is not here:
measuring is `finetune/evaluation`.
"""
