"""Keras 1's further dense layers: Highway, MaxoutDense and TimeDistributedDense.

Source: Keras 1.2.2 layers/core.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.checks import true_or_false, whole_number
from kshim.core.shapes import Shape, known_axis, need_rank
from kshim.layers.base import LAYERS, Layer
from kshim.layers.core import Dense
from kshim.layers.spec import InputSpec
from kshim.layers.weights import Weight


class OldDense(Layer):
    """Hold the arguments of a dense layer, in Keras 1's words."""

    init: Any = arg(initializers.of_weight, "glorot_uniform")
    W_regularizer: Any = arg(regularizers.get, None)
    b_regularizer: Any = arg(regularizers.get, None)
    activity_regularizer: Any = arg(regularizers.get, None)
    W_constraint: Any = arg(constraints.get, None)
    b_constraint: Any = arg(constraints.get, None)
    bias: bool = arg(true_or_false, True)

    input_spec = InputSpec(ndim=2)


@LAYERS.register()
class Highway(OldDense):
    """Mix the inputs as Dense does, and let a learned gate choose between that and the inputs.

        t = sigmoid(x W_carry + b_carry),  y = t * activation(x W + b) + (1 - t) * x

    Shapes:
        x, y: (batch, features), W, W_carry: (features, features), b, b_carry: (features,)

        >>> Highway()(Input((4,))).shape
        (None, 4)
    """

    activation: Callable[[Tensor], Tensor] = arg(activations.get, None)

    def build(self, input_shape: Shape) -> None:
        """Make the weights of mixture and gate."""
        need_rank(self.who, input_shape, 2)
        size = known_axis(self.who, input_shape, -1)
        self.linear = nn.Linear(size, size, bias=self.bias, dtype=self.torch_dtype)
        self.gate = nn.Linear(size, size, bias=self.bias, dtype=self.torch_dtype)
        both = (self.linear, ""), (self.gate, "_carry")
        for module, ending in both:
            self.weight(f"W{ending}", module.weight, axes=(1, 0), initializer=self.init)
        starts = initializers.Zeros(), initializers.Ones()
        for (module, ending), start in zip(both, starts, strict=True):
            if self.bias:
                self.weight(f"b{ending}", module.bias, initializer=start)
        self.input_spec = InputSpec(ndim=2, axes={-1: size})

    def call(self, inputs: Tensor) -> Tensor:
        """Return the mixture where the gate is open, the inputs where it is shut."""
        share = torch.sigmoid(self.gate(inputs))
        return self.activation(self.linear(inputs)) * share + (1 - share) * inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class MaxoutDense(OldDense):
    """Take the largest of several mixtures: y[j] = max_k(sum_i x[i] * W[k, i, j] + b[k, j]).

    Shapes:
        x: (batch, features), y: (batch, output_dim)
        W: (nb_feature, features, output_dim), b: (nb_feature, output_dim)

    Args:
        nb_feature: how many mixtures compete.

        >>> MaxoutDense(output_dim=3)(Input((4,))).shape
        (None, 3)
    """

    output_dim: int = arg(whole_number(at_least=1))
    nb_feature: int = arg(whole_number(at_least=1), 4)

    def build(self, input_shape: Shape) -> None:
        """Make the weights of all mixtures."""
        need_rank(self.who, input_shape, 2)
        size = known_axis(self.who, input_shape, -1)
        mixtures = (self.nb_feature, self.output_dim)
        whole = self.nb_feature * self.output_dim
        self.linear = nn.Linear(size, whole, bias=self.bias, dtype=self.torch_dtype)
        kernel = Weight(
            self, "W", self.linear, ("weight",),
            to_keras=lambda tensor: tensor.view(*mixtures, size).transpose(1, 2),
            to_torch=lambda matrices: (matrices.transpose(1, 2).reshape(whole, size),),
        )  # fmt: skip
        self.hold(kernel, self.init)
        if self.bias:
            bias = Weight(
                self, "b", self.linear, ("bias",),
                to_keras=lambda tensor: tensor.view(mixtures),
                to_torch=lambda rows: (rows.reshape(whole),),
            )  # fmt: skip
            self.hold(bias, initializers.Zeros())
        self.input_spec = InputSpec(ndim=2, axes={-1: size})

    def call(self, inputs: Tensor) -> Tensor:
        """Return the largest of the mixtures."""
        mixtures = torch.unflatten(self.linear(inputs), 1, (self.nb_feature, self.output_dim))
        return torch.amax(mixtures, 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (batch, output_dim)."""
        return (input_shape[0], self.output_dim)


@LAYERS.register()
class TimeDistributedDense(Dense):
    """Apply one Dense to every step of (batch, time, features).

    >>> TimeDistributedDense(units=3)(Input((5, 4))).shape
    (None, 5, 3)
    """

    input_spec = InputSpec(ndim=3)
    supports_masking = False

    def build(self, input_shape: Shape) -> None:
        """Make kernel and bias."""
        need_rank(self.who, input_shape, 3)
        super().build(input_shape)
        self.input_spec = InputSpec(ndim=3, axes={-1: known_axis(self.who, input_shape, -1)})

    def sample_shape(self, input_dim: int, input_length: int | None) -> Shape:
        """Return (time, features), which Keras 1 calls input_length and input_dim."""
        return (input_length, input_dim)
