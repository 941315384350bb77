"""The sliced cross-entropy is the ordinary one."""

import pytest
import torch
from sommelier.retrieval.behaviour import cross_entropy as module
from sommelier.retrieval.behaviour.cross_entropy import cross_entropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize(("rows", "items"), [(1, 2), (7, 30), (300, 9000)])
def test_loss_and_gradients_equal_torchs_own(rows, items, smoothing):
    draw = torch.Generator().manual_seed(0)
    tensors = [torch.randn(shape, generator=draw).mul(scale).requires_grad_()
               for shape, scale in (((rows, 16), 1.0), ((items, 16), 0.3), ((items,), 0.3))]  # fmt: skip
    targets = torch.randint(0, items, (rows,), generator=draw)
    assert rows * items < module.CACHED or rows == 300  # the last case takes several slices
    loss = cross_entropy(*tensors, targets, smoothing)
    (3 * loss).backward()
    found = [each.grad.clone() for each in tensors]
    for each in tensors:
        each.grad = None
    hidden, weight, bias = tensors
    plain = torch.nn.functional.cross_entropy(hidden @ weight.T + bias, targets, label_smoothing=smoothing)
    (3 * plain).backward()
    assert loss.item() == pytest.approx(plain.item(), rel=1e-2)
    for mine, theirs in zip(found, tensors, strict=True):
        assert (mine - theirs.grad).norm() <= 0.02 * theirs.grad.norm()  # products are in bfloat16
