"""Convolutions whose padding depends on the input: 'same' with any stride, and causal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from kshim.nn.padding import same_padding


class SameConvolution(_ConvNd):
    """Convolve so that the output has ceil(size / stride) cells along each axis.

    Takes the arguments of torch's convolution of that rank, without `padding`.

    Shapes:
        inputs: (batch, in_channels, *sizes)
        output: (batch, out_channels, *ceil(sizes / stride))

    Source: padding='same' of Keras on TensorFlow: the odd cell of padding stands at the end.
    """

    convolve: Callable[..., Tensor]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        bias: bool = True,
        **factory: Any,
    ) -> None:
        """Make the weights of the convolution that torch has for this rank."""
        options: dict[str, Any] = {"dilation": dilation, "groups": groups, "bias": bias, **factory}
        super().__init__(in_channels, out_channels, kernel_size, stride, **options)  # type: ignore[arg-type]

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the convolution of the inputs, padded as their sizes ask."""
        totals = same_padding(inputs.shape[2:], self.kernel_size, self.stride, self.dilation)
        inputs, padding = _balanced(inputs, totals)
        return self.convolve(
            inputs, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )


class SameConv1d(SameConvolution, nn.Conv1d):
    """Convolve (batch, channels, steps) with 'same' padding."""

    convolve = staticmethod(F.conv1d)


class SameConv2d(SameConvolution, nn.Conv2d):
    """Convolve (batch, channels, rows, columns) with 'same' padding."""

    convolve = staticmethod(F.conv2d)


class SameConv3d(SameConvolution, nn.Conv3d):
    """Convolve (batch, channels, depth, rows, columns) with 'same' padding."""

    convolve = staticmethod(F.conv3d)


class CausalConv1d(nn.Conv1d):
    """Convolve (batch, channels, steps) so that no output sees a later step.

    Takes the arguments of `nn.Conv1d` and leaves its `padding` at 0: the input is padded with
    (kernel_size - 1) * dilation zeros at its start.

    Source: padding='causal' of Keras's Conv1D.
    """

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the convolution of the inputs and of zeros before them."""
        before = (self.kernel_size[0] - 1) * self.dilation[0]
        return super().forward(F.pad(inputs, (before, 0)))


def _balanced(inputs: Tensor, totals: list[int]) -> tuple[Tensor, int | tuple[int, ...]]:
    """Return the inputs and the padding left to the convolution, which pads both ends alike.

    Only uneven padding, and padding not known while exporting, is written into the inputs.
    """
    if all(isinstance(total, int) and total % 2 == 0 for total in totals):
        return inputs, tuple(total // 2 for total in totals)
    ends = [end for total in reversed(totals) for end in (total // 2, total - total // 2)]
    return F.pad(inputs, ends), 0
