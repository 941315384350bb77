"""EASE beside the formula of its paper, on a log whose answer is obvious."""

import numpy as np
import pytest
import scipy.sparse as sp
from field_ease import fit_ease

PAIRS = sp.csr_matrix(np.array([[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 1, 1, 0], [1, 0, 0, 0, 0]],
                               np.float32))  # fmt: skip


def test_it_is_the_closed_form_of_the_paper():
    draw = np.random.default_rng(1)
    dense = (draw.random((3000, 40)) < 0.1).astype(np.float32)
    inverse = np.linalg.inv(dense.T.astype(np.float64) @ dense + 5 * np.eye(40))
    weights = np.eye(40) - inverse / np.diag(inverse)
    score = fit_ease(sp.csr_matrix(dense), {"l": 5.0})
    np.testing.assert_allclose(score([0, 7]), dense[[0, 7]] @ weights, atol=1e-5)


def test_who_chose_one_of_a_pair_is_given_the_other():
    scores = fit_ease(PAIRS, {"l": 0.5})([4])[0]
    assert scores[1:].argmax() == 0
    assert scores[0] == 0, "an item says nothing about itself"


def test_blocks_do_not_change_the_inverse():
    dense = (np.random.default_rng(2).random((1500, 1100)) < 0.02).astype(np.float32)
    scores = fit_ease(sp.csr_matrix(dense), {"l": 20.0})(range(5))
    inverse = np.linalg.inv(dense.T.astype(np.float64) @ dense + 20 * np.eye(1100))
    np.testing.assert_allclose(scores, dense[:5] @ (np.eye(1100) - inverse / np.diag(inverse)), atol=1e-4)


def test_a_ridge_of_zero_is_refused():
    with pytest.raises(ValueError, match="larger ridge"):
        fit_ease(PAIRS, {"l": 0.0})
