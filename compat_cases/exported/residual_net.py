"""ResidualNet: a network in plain PyTorch; load its weights with load_state_dict.

Source: the model residual_net, with the formulas of Keras 2.15.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

Variance = Literal["unbiased", "biased", "keras2", "keras2_fused"]


class BatchNormalization(_BatchNorm):
    """Normalise each channel by its batch's statistics, or by their moving averages.

        running = (1 - momentum) * running + momentum * batch

    Takes inputs of any rank, and batches of a single value (their variance is 0).

    Shapes:
        inputs, outputs: (batch, num_features, *sizes)

    Args:
        scale: learn `weight`; without it `weight` is None.
        center: learn `bias`; without it `bias` is None.
        variance: the batch variance that enters `running_var`, of n values a channel:
            "unbiased" sum / (n - 1), torch's; "biased" sum / n;
            "keras2" sum / (n - 1 - eps); "keras2_fused" that times n / (n - 1).
        zero_debias: forget the starting values: after t batches the statistics are
            sum((1 - momentum)**(t - i) * batch_i) * momentum / (1 - (1 - momentum)**t),
            t being `num_batches_tracked`.
        tracks: without it, the batch's own statistics are taken at rest too, and none are kept.
        when_frozen: what training does while `frozen`: "inference" uses the moving averages,
            "batch" the batch's statistics, without updating the averages.

    Source: measured on Keras 2.2.4 (keras2, keras2_fused for 4-D inputs, zero_debias), Keras
    2.3.1 (the same without zero_debias), tf.keras 2.15 ("unbiased" for 4-D, else "biased").
    """

    frozen: bool = False
    momentum: float

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        scale: bool = True,
        center: bool = True,
        variance: Variance = "unbiased",
        zero_debias: bool = False,
        when_frozen: Literal["inference", "batch"] = "inference",
        tracks: bool = True,
        **factory: Any,
    ) -> None:
        """Make torch's parameters and buffers, less those not wanted."""
        super().__init__(num_features, eps, momentum, bias=center, **factory)
        if not scale:
            self.register_parameter("weight", None)
        self.variance = variance
        self.zero_debias = zero_debias
        self.when_frozen = when_frozen
        self.tracks = tracks

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the inputs, each channel with mean `bias` and deviation `weight`.

        Args:
            mask: True at the cells whose values count for a batch's statistics; spread over the
                inputs' shape.
        """
        if not self.tracks:
            return self._normalized(inputs, None, None, training=True)
        if not self.training or (self.frozen and self.when_frozen == "inference"):
            return self._normalized(inputs, self.running_mean, self.running_var, training=False)
        if self.frozen:
            return self._normalized(inputs, None, None, training=True)
        return self._tracked(inputs) if mask is None else self._masked(inputs, mask)

    def reset_parameters(self) -> None:
        """Put back the starting values."""
        self.reset_running_stats()
        for parameter, value in ((self.weight, 1.0), (self.bias, 0.0)):
            if parameter is not None:
                nn.init.constant_(parameter, value)

    def extra_repr(self) -> str:
        """Return what decides the numbers."""
        shown = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"
        return f"{shown}, variance={self.variance!r}, zero_debias={self.zero_debias}"

    def _tracked(self, inputs: Tensor) -> Tensor:
        """Normalise by the batch's statistics and move the averages towards them."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        count = inputs.numel() // self.num_features
        if self.variance == "unbiased" and not self.zero_debias and count > 1:
            return self._normalized(inputs, self.running_mean, self.running_var, training=True)
        # With momentum 1 torch leaves the batch's own statistics.
        mean, variance = torch.zeros_like(self.running_mean), torch.zeros_like(self.running_var)
        outputs = self._normalized(inputs, mean, variance, training=True, momentum=1.0)
        if count == 1:  # not in place: the gradient wants what torch left there
            variance = torch.zeros_like(variance)
        with torch.no_grad():
            share = self._share(self.num_batches_tracked)
            self.running_mean.lerp_(mean, share)
            self.running_var.lerp_(variance * self._correction(count), share)
        return outputs

    def _masked(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Normalise by the statistics of what the mask lets count, and move the averages."""
        assert self.running_mean is not None
        assert self.running_var is not None
        axes = [axis for axis in range(inputs.dim()) if axis != 1]
        counted = mask.to(inputs.dtype).expand_as(inputs)
        count = counted.sum(axes, keepdim=True)
        mean = (inputs * counted).sum(axes, keepdim=True) / count
        variance = ((inputs - mean) ** 2 * counted).sum(axes, keepdim=True) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean.flatten(), self.momentum)
            self.running_var.lerp_(variance.flatten(), self.momentum)
        outputs = (inputs - mean) * torch.rsqrt(variance + self.eps)
        scaled = outputs if self.weight is None else outputs * self.weight.view_as(mean)
        return scaled if self.bias is None else scaled + self.bias.view_as(mean)

    def _share(self, batches: Tensor) -> Tensor | float:
        """Return the part of the averages that the latest batch makes up."""
        if not self.zero_debias:
            return self.momentum
        old = math.log1p(-self.momentum) if self.momentum < 1 else -math.inf
        weights = -torch.expm1(batches * old)
        return (self.momentum / weights).to(self.running_mean)

    def _correction(self, count: int) -> float:
        """Return what the unbiased variance of that many values is multiplied by."""
        if self.variance == "unbiased" or count == 1:
            return 1.0
        if self.variance == "biased":
            return (count - 1) / count
        corrected = count / (count - 1 - self.eps)
        return corrected if self.variance == "keras2_fused" else corrected * (count - 1) / count

    def _normalized(
        self,
        inputs: Tensor,
        mean: Tensor | None,
        variance: Tensor | None,
        training: bool,
        momentum: float | None = None,
    ) -> Tensor:
        """Return torch's normalisation, which F.batch_norm refuses for a single value."""
        return torch.batch_norm(
            inputs,
            self.weight,
            self.bias,
            mean,
            variance,
            training,
            self.momentum if momentum is None else momentum,
            self.eps,
            torch.backends.cudnn.enabled,
        )


class BatchNorm2d(BatchNormalization, nn.BatchNorm2d):
    """Normalise (batch, channels, rows, columns)."""


def _at_least_zero(overlap: int, remainder: int) -> int:
    """Return the sum, or zero: asked of an unknown remainder only where it can matter."""
    if overlap >= 0:
        return overlap + remainder
    return torch.sym_max(overlap + remainder, 0)  # type: ignore[no-any-return, no-untyped-call]


def same_padding(
    sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> list[int]:
    """Return the cells to add along each axis, half of them (rounded down) at its start.

        total = max((ceil(size / stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)

    The odd cell goes to the end. A size may be unknown (a `torch.SymInt` while exporting).

    Source: TensorFlow's padding='same', as every Keras on TensorFlow uses it.
    """
    # (ceil(n / s) - 1) * s - n is (-n % s) - s, which holds for symbolic n without a branch.
    return [
        _at_least_zero((cells - 1) * spread + 1 - step, -size % step)
        for size, cells, step, spread in zip(sizes, kernel, stride, dilation, strict=True)
    ]


def _balanced(inputs: Tensor, totals: list[int]) -> tuple[Tensor, int | tuple[int, ...]]:
    """Return the inputs and the padding left to the convolution, which pads both ends alike.

    Only uneven padding, and padding not known while exporting, is written into the inputs.
    """
    if all(isinstance(total, int) and total % 2 == 0 for total in totals):
        return inputs, tuple(total // 2 for total in totals)
    ends = [end for total in reversed(totals) for end in (total // 2, total - total // 2)]
    return F.pad(inputs, ends), 0


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


class SameConv2d(SameConvolution, nn.Conv2d):
    """Convolve (batch, channels, rows, columns) with 'same' padding."""

    convolve = staticmethod(F.conv2d)


class ResidualNet(nn.Module):
    """Compute what the model residual_net computes."""

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.stem = nn.Conv2d(3, 8, (3, 3), padding=(1, 1))
        self.keeping_first = nn.Conv2d(8, 8, (3, 3), padding=(1, 1), bias=False)
        self.keeping_first_norm = BatchNorm2d(8, eps=0.001, momentum=0.01)
        self.keeping_second = nn.Conv2d(8, 8, (3, 3), padding=(1, 1), bias=False)
        self.keeping_second_norm = BatchNorm2d(8, eps=0.001, momentum=0.01)
        self.halving_first = SameConv2d(8, 16, (3, 3), stride=(2, 2), bias=False)
        self.halving_first_norm = BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.halving_second = nn.Conv2d(16, 16, (3, 3), padding=(1, 1), bias=False)
        self.halving_second_norm = BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.halving_skip = nn.Conv2d(8, 16, (1, 1), stride=(2, 2), bias=False)
        self.halving_skip_norm = BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.label = nn.Linear(16, 5)

    def forward(self, image: Tensor) -> Tensor:
        """Return the outputs."""
        stem = torch.relu(self.stem(torch.permute(image, (0, 3, 1, 2))))  # (batch, 8, 16, 16)
        keeping_first = self.keeping_first(stem)  # (batch, 8, 16, 16)
        keeping_first_norm = torch.relu(self.keeping_first_norm(keeping_first))
        keeping_second = self.keeping_second(keeping_first_norm)  # (batch, 8, 16, 16)
        keeping_second_norm = self.keeping_second_norm(keeping_second)  # (batch, 8, 16, 16)
        relu = torch.relu(keeping_second_norm + stem)  # (batch, 8, 16, 16)
        halving_first = self.halving_first(relu)  # (batch, 16, 8, 8)
        halving_first_norm = torch.relu(self.halving_first_norm(halving_first))  # (batch, 16, 8, 8)
        halving_second = self.halving_second(halving_first_norm)  # (batch, 16, 8, 8)
        halving_second_norm = self.halving_second_norm(halving_second)  # (batch, 16, 8, 8)
        halving_skip = self.halving_skip(relu)  # (batch, 16, 8, 8)
        halving_skip_norm = self.halving_skip_norm(halving_skip)  # (batch, 16, 8, 8)
        relu_2 = torch.relu(halving_second_norm + halving_skip_norm)  # (batch, 16, 8, 8)
        return torch.softmax(self.label(torch.mean(relu_2, (2, 3))), -1)  # (batch, 5)
