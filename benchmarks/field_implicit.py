"""Item-kNN, ALS and BPR by the library `implicit` (`pip install implicit==0.7.3`), scored over all items.

Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008 (ALS);
S. Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from field_log import Floats, Matrix, Scorer
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from implicit.utils import ParameterWarning
from threadpoolctl import threadpool_limits

SEED = 0
ALS_ITERATIONS, BPR_ITERATIONS = 15, 100


def fit_item_knn(matrix: Matrix, setting: Mapping[str, float]) -> Scorer:
    """`setting`: "neighbours" of each item that are kept, and "bm25", 1 for BM25 weights and 0 for plain cosines."""
    kind = BM25Recommender if setting["bm25"] else CosineRecommender
    model = _fitted(lambda: kind(K=int(setting["neighbours"]), num_threads=1), matrix)

    def score(rows: Sequence[int]) -> Floats:
        return np.asarray((matrix[list(rows)] @ model.similarity).toarray(), np.float32)

    return score


def fit_als(matrix: Matrix, setting: Mapping[str, float]) -> Scorer:
    """`setting`: "factors", "regularization", and "alpha", the confidence in a choice."""
    return _factorised(
        lambda: AlternatingLeastSquares(
            factors=int(setting["factors"]), regularization=setting["regularization"], alpha=setting["alpha"],
            iterations=ALS_ITERATIONS, num_threads=1, random_state=SEED,
        ),
        matrix,
    )  # fmt: skip


def fit_bpr(matrix: Matrix, setting: Mapping[str, float]) -> Scorer:
    """`setting`: "factors", "learning_rate" and "regularization". One thread, for the same result each time."""
    return _factorised(
        lambda: BayesianPersonalizedRanking(
            factors=int(setting["factors"]), learning_rate=setting["learning_rate"],
            regularization=setting["regularization"], iterations=BPR_ITERATIONS, num_threads=1, random_state=SEED,
        ),
        matrix,
    )  # fmt: skip


def _factorised(make: Callable[[], Any], matrix: Matrix) -> Scorer:
    model = _fitted(make, matrix)

    def score(rows: Sequence[int]) -> Floats:
        return np.asarray(model.user_factors[list(rows)] @ model.item_factors.T, np.float32)

    return score


def _fitted(make: Callable[[], Any], matrix: Matrix) -> Any:  # noqa: ANN401 - the library has no types
    with threadpool_limits(1, "blas"), warnings.catch_warnings():  # the library asks for one thread of BLAS
        warnings.simplefilter("ignore", ParameterWarning)  # about a conversion between its own steps
        model = make()
        model.fit(matrix, show_progress=False)
    return model
