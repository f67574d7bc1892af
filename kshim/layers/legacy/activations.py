"""Keras 1's learned activations that later Kerases dropped: SReLU and ParametricSoftplus.

Source: Keras 1.2.2 layers/advanced_activations.py.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from kshim import initializers
from kshim.core.arguments import arg
from kshim.core.checks import number
from kshim.core.shapes import Shape, known_axis
from kshim.errors import ArgumentError
from kshim.layers.activations import Elementwise, shared_axes
from kshim.layers.base import LAYERS
from kshim.layers.spec import InputSpec
from kshim.nn.activation import ScaledSoftplus, SShapedReLU


class Learned(Elementwise):
    """Change each number by weights of its place.

    Args:
        shared_axes: axes (counted from 1) along which the weights are the same.
    """

    shared_axes: Any = arg(shared_axes, None)

    def sizes(self, input_shape: Shape) -> tuple[int, ...]:
        """Return the shape of each weight."""
        given = self.shared_axes
        shared = (given,) if isinstance(given, int) else tuple(given or ())
        places = range(1, len(input_shape))
        if any(axis not in places for axis in shared):
            wanted = f"axes from 1 to {len(input_shape) - 1}"
            raise ArgumentError("shared_axes", wanted, given, who=self.who)
        known = {
            axis: known_axis(self.who, input_shape, axis) for axis in places if axis not in shared
        }
        self.input_spec = InputSpec(ndim=len(input_shape), axes=known)
        return tuple(known.get(axis, 1) for axis in places)


@LAYERS.register()
class SReLU(Learned):
    """Bend at two learned thresholds: straight between them, with learned slopes outside.

    Shapes:
        x, y: (batch, *sizes), t_left, a_left, t_right, a_right: (*sizes)

        >>> SReLU()(Input((4,))).shape
        (None, 4)
    """

    t_left_init: Any = arg(initializers.of_weight, "zero")
    a_left_init: Any = arg(initializers.of_weight, "glorot_uniform")
    t_right_init: Any = arg(initializers.of_weight, "glorot_uniform")
    a_right_init: Any = arg(initializers.of_weight, "one")

    def build(self, input_shape: Shape) -> None:
        """Make thresholds and slopes."""
        self.srelu = SShapedReLU(self.sizes(input_shape), dtype=self.torch_dtype)
        for key in ("t_left", "a_left", "t_right", "a_right"):
            start = getattr(self, f"{key}_init")
            self.weight(key, getattr(self.srelu, key), initializer=start)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated inputs."""
        outputs: Tensor = self.srelu(inputs)
        return outputs


@LAYERS.register()
class ParametricSoftplus(Learned):
    """Return alpha * log(1 + exp(beta * x)), both learned.

    Shapes:
        x, y: (batch, *sizes), alphas, betas: (*sizes)

        >>> ParametricSoftplus()(Input((4,))).shape
        (None, 4)
    """

    alpha_init: float = arg(number(), 0.2)
    beta_init: float = arg(number(), 5.0)

    def build(self, input_shape: Shape) -> None:
        """Make the weights."""
        self.softplus = ScaledSoftplus(self.sizes(input_shape), dtype=self.torch_dtype)
        for key, start in (("alphas", self.alpha_init), ("betas", self.beta_init)):
            tensor = getattr(self.softplus, key)
            self.weight(key, tensor, initializer=initializers.Constant(start))

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated inputs."""
        outputs: Tensor = self.softplus(inputs)
        return outputs
