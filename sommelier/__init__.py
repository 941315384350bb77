"""Sommelier: the conversational recommender that a team runs itself.

    from sommelier import Recommender

    with Recommender.open() as recommender:
        turn = recommender.chat("viewer-01", "something slow and strange")

The public names are those of `__all__`; the command line is in `sommelier.cli`. The rooms `agent`, `prompts`,
`retrieval` and `finetune` are folders at the top of the repository and may change without a word.
"""

import os

import lazy_loader

# Compute threads that wait sleep instead of spinning: on shared cores, spinning makes a turn take ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Each is imported when it is first used, see `__init__.pyi`: a command that only says what is wrong loads no torch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
