"""The language model: what is asked of one (`language_model.py`), and who answers: transformers in this process.

Knows tokens, weights, adapters and devices. Must not know what is asked about: no users, items, events or storage.
A remote model is another implementation of the protocol `LanguageModel` and belongs here, beside
`transformers_model.py`: it scores branches that do not see each other, and chooses under a grammar. A workspace names
its model in `sommelier.yaml` (`agent/config.py`), and `agent/serving_model.py` opens it.
"""
