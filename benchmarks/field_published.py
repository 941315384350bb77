"""Figures from the literature that the field table quotes, each with its source and protocol. Not measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from field_page import Published

_LEAVE_TWO_OUT = "full ranking, all 6,040 users; the last item is the test, the last but one for validation"
_OFFICE = "MiniOneRec's test split of the same data, a different one: theirs has other rows, and repeats are allowed"
_TWENTY = "Hou et al., ECIR 2024 (LLMRank): 20 candidates, 19 of them random; NDCG@10 x 100"

PUBLISHED: Mapping[str, Sequence[Published]] = {
    "games": (),
    "movielens": (
        Published("SASRec", "NDCG@10 .126", f"Kang and McAuley's model in such comparisons; {_LEAVE_TWO_OUT}"),
        Published("gSASRec", "NDCG@10 .173", f"Petrov and Macdonald, RecSys 2023; {_LEAVE_TWO_OUT}"),
        Published("SASRec+, full cross-entropy", "NDCG@10 .182",
                  f"Klenitskiy and Vasilev, RecSys 2023; {_LEAVE_TWO_OUT}"),
    ),
    "office": (
        Published("SASRec", "HR@10 .1120, NDCG@10 .0858", f"Kong et al. 2025 (MiniOneRec); {_OFFICE}"),
        Published("generative, TIGER's class", "HR@10 .13-.16, NDCG@10 .10-.12", f"Kong et al. 2025; {_OFFICE}"),
        Published("best", "HR@10 .1634, NDCG@10 .1242", f"Kong et al. 2025; {_OFFICE}"),
    ),
    "llmrank": (
        Published("popularity", "52.96", _TWENTY), Published("BPR", "66.27", _TWENTY),
        Published("SASRec", "75.92", _TWENTY), Published("GPT-3.5, best prompt", "53.50", _TWENTY),
        Published("GPT-4", "62.88", _TWENTY),
    ),
    "tallrec": (),
    "redial": (),
}  # fmt: skip
