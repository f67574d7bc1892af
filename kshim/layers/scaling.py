"""Normalisation without a memory: by groups of channels, by length, by the root mean square."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kshim import constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.checks import number, several_whole_numbers, true_or_false, whole_number
from kshim.core.eras import rule
from kshim.core.shapes import Shape, check_axes, known_axis
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import behind_batch, permuted
from kshim.layers.spec import InputSpec
from kshim.nn.group_normalization import GroupNormalization as GroupModule


class Normalizer(Layer):
    """Change the scale of numbers; shape and mask stay."""

    supports_masking = True
    needs_float32 = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class GroupNormalization(Normalizer):
    """Give groups of channels of each sample the mean `beta` and the deviation `gamma`.

    Shapes:
        x, y: any rank from 2 up; gamma, beta: (size of the axis,)

    Args:
        groups: how many; they must divide the channels. -1 makes every channel a group.
        axis: of the channels.
        center, scale: whether there is a beta, a gamma.

        >>> GroupNormalization(groups=2)(Input((5, 4))).shape
        (None, 5, 4)

    Source: tf.keras 2.15 layers/normalization/group_normalization.py; arXiv 1803.08494.
    """

    groups: int = arg(whole_number(at_least=-1), 32)
    axis: int = arg(whole_number(), -1)
    epsilon: float = arg(number(0), 1e-3)
    center: bool = arg(true_or_false, True)
    scale: bool = arg(true_or_false, True)
    beta_initializer: Any = arg(initializers.of_weight, "zeros")
    gamma_initializer: Any = arg(initializers.of_weight, "ones")
    beta_regularizer: Any = arg(regularizers.get, None)
    gamma_regularizer: Any = arg(regularizers.get, None)
    beta_constraint: Any = arg(constraints.get, None)
    gamma_constraint: Any = arg(constraints.get, None)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module with scale and shift."""
        rank = len(input_shape)
        if self.axis in (0, -rank):
            raise ArgumentError("axis", "an axis behind the batch", self.axis, who=self.who)
        size, axis = known_axis(self.who, input_shape, self.axis), self.axis % rank
        self.groups = size if self.groups == -1 else self.groups
        if self.groups == 0 or size % self.groups:
            wanted = f"a divisor of the {size} channels"
            raise ArgumentError("groups", wanted, self.groups, who=self.who)
        self.order, self.back = behind_batch(axis, rank)
        self.norm = GroupModule(
            self.groups, size, self.epsilon, self.center, self.scale, dtype=self.torch_dtype
        )
        self.gamma = self.weight("gamma", self.norm.weight) if self.scale else None
        self.beta = self.weight("beta", self.norm.bias) if self.center else None
        self.input_spec = InputSpec(ndim=rank, axes={axis: size})

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the normalised inputs."""
        given = permuted(inputs, self.order)
        if mask is None or not rule("group_normalization_skips_masked_steps"):
            return permuted(self.norm(given), self.back)
        ones = (1,) * (inputs.dim() - mask.dim())
        spread = torch.reshape(mask, (*mask.shape, *ones))
        return permuted(self.norm(given, permuted(spread, self.order)), self.back)


@LAYERS.register()
class UnitNormalization(Normalizer):
    """Give vectors the length 1.

    Shapes:
        x, y: (batch, ...), the same

    Args:
        axis: one axis or several, along which a vector lies.

        >>> UnitNormalization()(Input((4,))).shape
        (None, 4)

    Source: tf.keras 2.15 layers/normalization/unit_normalization.py.
    """

    axis: Any = arg(several_whole_numbers, -1)

    def build(self, input_shape: Shape) -> None:
        """Check the axes."""
        check_axes(self.who, self.axis, input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the vectors, divided by their lengths."""
        # Keras divides by the root of max(sum of squares, 1e-12).
        axes = self.axis[0] if len(self.axis) == 1 else self.axis
        return functional.normalize(inputs, dim=axes, eps=1e-6)  # type: ignore[arg-type]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; one axis stands alone."""
        axis = self.axis[0] if len(self.axis) == 1 else list(self.axis)
        return super().get_config() | {"axis": axis}


@LAYERS.register()
class RMSNormalization(Normalizer):
    """Divide by the root mean square over some axes, and multiply with learned scales.

    Shapes:
        x, y: any rank from 2 up; scale: the sizes of the axes

    Args:
        axis: one axis or several, over which the mean is taken.

        >>> RMSNormalization()(Input((4,))).shape
        (None, 4)

    Source: Keras 3.15 layers/normalization/rms_normalization.py; arXiv 1910.07467.
    """

    axis: Any = arg(several_whole_numbers, -1)
    epsilon: float = arg(number(0), 1e-6)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module with the scales."""
        rank = len(input_shape)
        sizes = [known_axis(self.who, input_shape, axis) for axis in self.axis]
        axes = [axis % rank for axis in self.axis]
        order = (*(axis for axis in range(rank) if axis not in axes), *axes)
        self.order = None if order == tuple(range(rank)) else order
        self.back = None if self.order is None else tuple(map(order.index, range(rank)))
        self.norm = nn.RMSNorm(sizes, self.epsilon, dtype=self.torch_dtype)
        self.scale = self.weight("scale", self.norm.weight, initializer=initializers.Ones())
        self.input_spec = InputSpec(ndim=rank, axes=dict(zip(axes, sizes, strict=True)))

    def call(self, inputs: Tensor) -> Tensor:
        """Return the scaled inputs."""
        return permuted(self.norm(permuted(inputs, self.order)), self.back)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; one axis stands alone."""
        axis = self.axis[0] if len(self.axis) == 1 else list(self.axis)
        return super().get_config() | {"axis": axis}
