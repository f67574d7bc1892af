"""Noise while training, and dropout that drops whole channels or keeps selu's statistics."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, number, optional, sizes, whole_number
from kshim.core.shapes import Shape, noise_over
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import with_channels_first
from kshim.layers.seeds import seeds_of_dropout
from kshim.layers.spec import InputSpec
from kshim.nn import noise
from kshim.nn.dropout import Dropout


def below_one(value: Any) -> float:
    """Take a number from 0 to below 1."""
    rate: float = number(0, 1)(value)
    if rate == 1:
        raise ArgumentError("value", "a number of at least 0 and below 1", value)
    return rate


class Noise(Layer):
    """Let a torch module change the inputs while training; at rest they pass.

    Shapes:
        x, y: (batch, ...), the same

    Source: Keras 2.2.4 layers/noise.py and core.py; older names from 1.2.2.
    """

    rate: float
    seed: int | None
    supports_masking = True
    acts_otherwise_in_training = True

    def build(self, input_shape: Shape) -> None:
        """Make the torch module."""
        self.noise = self.module(input_shape)

    def module(self, input_shape: Shape) -> nn.Module:
        """Return the torch module."""
        raise NotImplementedError

    @property
    def seeds_taken(self) -> int:
        """Return how many seeds a call takes from numpy's stream up to Keras 2.3."""
        return seeds_of_dropout(self.rate, self.seed)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the inputs, changed while training."""
        outputs: Tensor = self.noise(inputs)
        return outputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class GaussianNoise(Noise):
    """Add normal noise of mean 0 while training.

    Args:
        stddev: the deviation of the noise.

        >>> GaussianNoise(stddev=0.5)(Input((4,))).shape
        (None, 4)
    """

    stddev: float = arg(number(0), was="sigma")
    seed: int | None = arg(optional(whole_number()), None, since="2.15")

    @property
    def seeds_taken(self) -> int:
        """Return how many seeds a call takes from numpy's stream: one, whatever the deviation."""
        return int(self.seed is None)

    def module(self, input_shape: Shape) -> nn.Module:
        """Return the torch module."""
        return noise.GaussianNoise(self.stddev, self.seed)


@LAYERS.register()
class GaussianDropout(Noise):
    """Multiply with normal noise of mean 1 and deviation sqrt(rate / (1 - rate)) while training.

    Args:
        rate: as Dropout's: the noise has the deviation that dropping this share would make.

        >>> GaussianDropout(rate=0.5)(Input((4,))).shape
        (None, 4)
    """

    rate: float = arg(below_one, was="p")
    seed: int | None = arg(optional(whole_number()), None, since="2.15")

    def module(self, input_shape: Shape) -> nn.Module:
        """Return the torch module."""
        return noise.GaussianDropout(self.rate, self.seed)


@LAYERS.register()
class AlphaDropout(Noise):
    """Drop a share of the inputs while training so that mean and variance stay: for selu.

    Args:
        rate: the share that is dropped.
        noise_shape: the shape of what is drawn; sizes of 1 share one draw along that axis.

        >>> AlphaDropout(rate=0.5)(Input((4,))).shape
        (None, 4)
    """

    rate: float = arg(below_one)
    noise_shape: Shape | None = arg(optional(sizes(1)), None)
    seed: int | None = arg(optional(whole_number()), None)

    def module(self, input_shape: Shape) -> nn.Module:
        """Return the torch module."""
        shared = noise_over(self.who, self.noise_shape, input_shape)
        if shared is None and self.seed is None:
            return nn.AlphaDropout(self.rate)
        return noise.SharedAlphaDropout(self.rate, shared, self.seed)


class SpatialDropout(Noise):
    """Set whole channels to zero while training, and scale the rest up.

    Args:
        rate: the share of channels that is dropped.
    """

    rank: int
    dropout: type[nn.Module]

    rate: float = arg(number(0, 1), was="p")
    seed: int | None = arg(optional(whole_number()), None, since="3")
    # Files of every Keras carry it, at None: the class is Dropout's there.
    noise_shape: Shape | None = arg(optional(sizes(1)), None, since="3")

    def module(self, input_shape: Shape) -> nn.Module:
        """Return the torch module."""
        if self.seed is None:
            return self.dropout(self.rate)
        return Dropout(self.rate, (None, None, *[1] * self.rank), self.seed)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the inputs, some channels dropped while training."""
        form = getattr(self, "data_format", "channels_last")
        return with_channels_first(self.noise, inputs, form, self.rank)


@LAYERS.register()
class SpatialDropout1D(SpatialDropout):
    """Drop whole channels of (batch, steps, channels).

    >>> SpatialDropout1D(rate=0.5)(Input((5, 4))).shape
    (None, 5, 4)
    """

    rank, dropout = 1, nn.Dropout1d
    input_spec = InputSpec(ndim=3)


@LAYERS.register()
class SpatialDropout2D(SpatialDropout):
    """Drop whole channels of (batch, rows, columns, channels).

    >>> SpatialDropout2D(rate=0.5)(Input((5, 6, 4))).shape
    (None, 5, 6, 4)
    """

    rank, dropout = 2, nn.Dropout2d
    input_spec = InputSpec(ndim=4)
    data_format: str = arg(data_format, None, was="dim_ordering")


@LAYERS.register()
class SpatialDropout3D(SpatialDropout):
    """Drop whole channels of (batch, depth, rows, columns, channels).

    >>> SpatialDropout3D(rate=0.5)(Input((5, 6, 7, 4))).shape
    (None, 5, 6, 7, 4)
    """

    rank, dropout = 3, nn.Dropout3d
    input_spec = InputSpec(ndim=5)
    data_format: str = arg(data_format, None, was="dim_ordering")
