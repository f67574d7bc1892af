"""A linear map along any axes, written as an equation of letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class EinsumDense(nn.Module):
    """Multiply inputs and a weight as an equation says, and add a bias.

    Shapes:
        weight: as the equation's second term, bias: any that stretches over the outputs

    Args:
        equation: inputs, weight, outputs, such as "abc,cd->abd"; "..." stands for any axes.
        shape: of the weight.
        bias_shape: None for no bias.

    Source: EinsumDense of Keras.
    """

    def __init__(
        self,
        equation: str,
        shape: Sequence[int],
        bias_shape: Sequence[int] | None = None,
        **factory: Any,
    ) -> None:
        """Make the weights, of zeros."""
        super().__init__()
        self.equation = equation
        self.weight = nn.Parameter(torch.zeros(tuple(shape), **factory))
        made = None if bias_shape is None else torch.zeros(tuple(bias_shape), **factory)
        self.bias = None if made is None else nn.Parameter(made)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the sums of products, and of the bias."""
        outputs = torch.einsum(self.equation, inputs, self.weight)
        return outputs if self.bias is None else outputs + self.bias

    def extra_repr(self) -> str:
        """Return the equation."""
        return f"{self.equation!r}"
