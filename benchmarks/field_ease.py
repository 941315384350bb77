"""EASE: a linear item-to-item model in closed form.

H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019: with the Gram matrix G = X'X of the binary
log X (users, items) and P = (G + l I)^-1, the weights are B = I - P diag(1/P_jj), whose diagonal is zero; a user is
scored as x B. One dense inverse: memory 2 n^2 floats, time n^3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from field_log import Floats, Matrix, Scorer
from scipy.linalg import lapack


def fit_ease(matrix: Matrix, setting: Mapping[str, float]) -> Scorer:
    """`setting` is {"l": ridge}, which must be positive. Raises ValueError when the matrix cannot be inverted."""
    weights = _weights(matrix, setting["l"])

    def score(rows: Sequence[int]) -> Floats:
        return np.asarray(matrix[list(rows)] @ weights, np.float32)

    return score


def _weights(matrix: Matrix, ridge: float) -> Floats:
    gram = np.asfortranarray((matrix.T @ matrix).toarray(), np.float32)
    gram[np.diag_indices_from(gram)] += ridge
    factor, failed = lapack.spotrf(gram, overwrite_a=True)
    inverse, broken = lapack.spotri(factor, overwrite_c=True)
    if failed or broken:
        raise ValueError(f"the item matrix with ridge {ridge:g} is not positive definite; use a larger ridge")
    _mirror(inverse)
    inverse /= -np.diag(inverse)[None, :].copy()
    np.fill_diagonal(inverse, 0.0)
    return np.asarray(inverse, np.float32)


def _mirror(upper: Floats, block: int = 1024) -> None:
    """Copy the upper triangle, which is all that LAPACK fills, below the diagonal; in blocks, to save memory."""
    for start in range(0, len(upper), block):
        stop = start + block
        corner = np.triu(upper[start:stop, start:stop])
        upper[start:stop, start:stop] = corner + np.triu(corner, 1).T
        upper[stop:, start:stop] = upper[start:stop, stop:].T
