"""Flat: how cuDNN's layers show the weights of an LSTM or GRU; conversions from and to torch's.

A block of the kernel, (features, units), holds torch's block, (units, features), row after row; a
block of the recurrent kernel is torch's. The bias of the inputs and that of the states lie end to
end.

Source: Keras 2.2.4 layers/cudnn_recurrent.py.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def flat_matrix(layer: Any, key: str) -> dict[str, Any]:
    """Return the ways between cuDNN's matrix and torch's, for kernel or recurrent_kernel."""
    units = layer.units

    def to_keras(tensor: Tensor) -> Tensor:
        blocks = torch.split(layer.in_keras_order(tensor), units)
        if key == "kernel":
            blocks = tuple(torch.reshape(block, (-1, units)) for block in blocks)
        return torch.cat(blocks, 1)

    def to_torch(matrix: Tensor) -> tuple[Tensor]:
        blocks = [torch.reshape(block, (units, -1)) for block in torch.split(matrix, units, 1)]
        return (layer.in_torch_order(torch.cat(blocks)),)

    return {"to_keras": to_keras, "to_torch": to_torch}


def flat_bias(layer: Any) -> dict[str, Any]:
    """Return the ways between cuDNN's bias and that, or those, of a layer."""

    def to_keras(*parts: Tensor) -> Tensor:
        both = parts if len(parts) > 1 else (parts[0], torch.zeros_like(parts[0]))
        return torch.cat([layer.in_keras_order(part) for part in both])

    def to_torch(bias: Tensor) -> tuple[Tensor, ...]:
        halves = tuple(layer.in_torch_order(half) for half in bias.chunk(2))
        return halves if _has_two_biases(layer) else (halves[0] + halves[1],)

    return {"to_keras": to_keras, "to_torch": to_torch}


def _has_two_biases(layer: Any) -> bool:
    """Return whether both biases learn, rather than their sum."""
    return bool(getattr(layer, "reset_after", False)) or bool(getattr(layer, "is_flat", False))
