"""Batch normalisation that keeps its statistics as each Keras did."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

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


class SampleNormalization(nn.Module):
    """Normalise the last axis of each sample by its own mean and variance.

        y = (x - mean) / (sqrt(variance + eps) + eps) * weight + bias

    Shapes:
        inputs, outputs: (..., features), weight, bias: (num_features,), which is features or 1;
        running_mean, running_var: the same, kept for their place alone.

    Source: BatchNormalization of Keras 1.2.2 in mode 1.
    """

    frozen: bool = False

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-3,
        scale: bool = True,
        center: bool = True,
        **factory: Any,
    ) -> None:
        """Make weights of 1, biases of 0, and statistics that nothing reads."""
        super().__init__()
        self.num_features, self.eps = num_features, eps
        self.scale, self.center = scale, center
        ones, zeros = torch.ones(num_features, **factory), torch.zeros(num_features, **factory)
        self.weight = nn.Parameter(ones) if scale else None
        self.bias = nn.Parameter(zeros) if center else None
        self.register_buffer("running_mean", zeros.clone())
        self.register_buffer("running_var", ones.clone())

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the normalised inputs."""
        variance, mean = torch.var_mean(inputs, -1, correction=0, keepdim=True)
        outputs = (inputs - mean) / (torch.sqrt(variance + self.eps) + self.eps)
        scaled = outputs if self.weight is None else outputs * self.weight
        return scaled if self.bias is None else scaled + self.bias


class BatchNorm1d(BatchNormalization, nn.BatchNorm1d):
    """Normalise (batch, channels) or (batch, channels, steps)."""


class BatchNorm2d(BatchNormalization, nn.BatchNorm2d):
    """Normalise (batch, channels, rows, columns)."""


class BatchNorm3d(BatchNormalization, nn.BatchNorm3d):
    """Normalise (batch, channels, depth, rows, columns), or an input of higher rank."""
