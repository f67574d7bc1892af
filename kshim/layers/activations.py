"""Activations as layers of their own, some of them learned.

Source: Keras 2.2.4 layers/advanced_activations.py; Identity from tf.keras 2.15.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.checks import is_several, number, optional, several_whole_numbers
from kshim.core.eras import by_era, rule
from kshim.core.shapes import Shape, check_axes, known_axis
from kshim.errors import ArgumentError, MaskError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import behind_batch, permuted
from kshim.layers.spec import InputSpec
from kshim.layers.weights import Weight
from kshim.nn.activation import ElementPReLU

# Up to Keras 2.3 a Softmax took no masks.
_WANTS_WHOLE_MASK = by_era({"1.2": False, "2.15": True})


def slope(value: Any) -> float:
    """Take a number, also as Keras 2.2 writes it to files: {"type": "ndarray", "value": 0.3}."""
    plain = value["value"] if isinstance(value, Mapping) and "value" in value else value
    kept: float = number()(plain)
    return kept


def axes(value: Any) -> int | tuple[int, ...]:
    """Take an axis, or several, and keep one as it is told."""
    kept = several_whole_numbers(value)
    return kept if is_several(value) else kept[0]


def shared_axes(value: Any) -> int | tuple[int, ...] | None:
    """Take an axis, several, or none at all."""
    none = value is None or (is_several(value) and not len(value))
    return None if none else axes(value)


class Elementwise(Layer):
    """Change each number for itself; shape and mask stay.

    Shapes:
        x, y: (batch, ...), the same
    """

    supports_masking = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class Identity(Elementwise):
    """Return the inputs as they are; masks pass from Keras 3 on.

    >>> Identity()(Input((4,))).shape
    (None, 4)
    """

    keeps_dtype = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs; where masks do not pass, as tensors of their own."""
        if rule("identity_passes_masks") or not isinstance(inputs, Tensor):
            return inputs
        return inputs.view_as(inputs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask, where the era lets it pass."""
        return mask if rule("identity_passes_masks", self.era) else None


@LAYERS.register()
class LeakyReLU(Elementwise):
    """Return x where it is positive, alpha * x elsewhere.

    >>> LeakyReLU()(Input((4,))).shape
    (None, 4)
    """

    alpha: float = arg(slope, 0.3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the slope, which Keras 3 calls negative_slope."""
        words = {"alpha" if word == "negative_slope" else word: it for word, it in kwargs.items()}
        super().__init__(*args, **words)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated inputs."""
        return functional.leaky_relu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values, in the word of the era in force."""
        config = super().get_config()
        config[rule("leaky_slope_name")] = config.pop("alpha")
        return config


@LAYERS.register()
class ELU(Elementwise):
    """Return x where it is positive, alpha * (exp(x) - 1) elsewhere.

    >>> ELU()(Input((4,))).shape
    (None, 4)
    """

    alpha: float = arg(slope, 1.0)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated inputs."""
        return functional.elu(inputs, self.alpha)


@LAYERS.register()
class ThresholdedReLU(Elementwise):
    """Return x where it is above theta, 0 elsewhere.

    >>> ThresholdedReLU()(Input((4,))).shape
    (None, 4)
    """

    theta: float = arg(slope, 1.0)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated inputs."""
        return functional.threshold(inputs, self.theta, 0.0)


@LAYERS.register()
class ReLU(Elementwise):
    """Cut off what is not above the threshold.

    y = min(x, max_value) above the threshold, negative_slope * (x - threshold) elsewhere.

        >>> ReLU()(Input((4,))).shape
        (None, 4)
    """

    max_value: float | None = arg(optional(number(0)), None)
    negative_slope: float = arg(number(0), 0.0)
    threshold: float = arg(number(0), 0.0)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated inputs."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


@LAYERS.register()
class Softmax(Elementwise):
    """Return exp(x) divided by its sum along an axis, or along several together.

    Args:
        axis: one axis or several.

    Called with a `mask` of the inputs' shape, it leaves out what the mask marks False.

        >>> Softmax()(Input((4,))).shape
        (None, 4)

    Source: Keras 2.2.4 layers/advanced_activations.py, mask from tf.keras 2.15.
    """

    axis: Any = arg(axes, -1)

    def build(self, input_shape: Shape) -> None:
        """Check the axes."""
        check_axes(self.who, _listed(self.axis), input_shape)

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return shares that sum to 1."""
        if mask is None or mask.dim() != inputs.dim():
            return self._shares(inputs)
        far_below = _far_below(self.compute_dtype)
        if rule("softmax_cuts_masked"):
            shares = self._shares(torch.where(mask, inputs, far_below))
            return torch.where(mask, shares, 0.0)
        return self._shares(inputs + (1 - mask.to(inputs.dtype)) * far_below)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask; up to Keras 2.3 one of steps passes by.

        Raises:
            MaskError: from tf.keras on, when a mask of steps reaches the layer.
        """
        if mask is not None and mask.dim() != inputs.dim() and _WANTS_WHOLE_MASK.value(self.era):
            raise MaskError(
                f"{self.who}: a mask must have as many axes as the inputs ({inputs.dim()}), "
                f"got {mask.dim()}."
            )
        return mask

    def _shares(self, inputs: Tensor) -> Tensor:
        if isinstance(self.axis, int):
            return torch.softmax(inputs, self.axis)
        return torch.exp(inputs - torch.logsumexp(inputs, self.axis, keepdim=True))


@LAYERS.register()
class PReLU(Elementwise):
    """Return x where it is positive, alpha * x elsewhere, with learned slopes alpha.

    Shapes:
        x: (batch, *sizes), alpha: (*sizes), of size 1 along the shared axes

    Args:
        shared_axes: axes (counted from 1) along which the slope is the same.

        >>> PReLU()(Input((4,))).shape
        (None, 4)

    Source: Keras 2.2.4 layers/advanced_activations.py.
    """

    alpha_initializer: Any = arg(initializers.of_weight, "zeros", was="init")
    alpha_regularizer: Any = arg(regularizers.get, None)
    alpha_constraint: Any = arg(constraints.get, None)
    shared_axes: Any = arg(shared_axes, None)

    def build(self, input_shape: Shape) -> None:
        """Make the slopes."""
        shared = _listed(self.shared_axes)
        _check_axes(self.who, shared, len(input_shape))
        sizes = tuple(
            1 if axis in shared else known_axis(self.who, input_shape, axis)
            for axis in range(1, len(input_shape))
        )
        apart = [axis for axis in range(1, len(input_shape)) if axis not in shared]
        if len(apart) == 1:  # torch has this one, with the slopes' axis behind the batch
            self.order, self.back = behind_batch(apart[0], len(input_shape))
            self.prelu: Any = nn.PReLU(sizes[apart[0] - 1], dtype=self.torch_dtype)
        else:
            self.order = self.back = None
            self.prelu = ElementPReLU(sizes, dtype=self.torch_dtype)
        self.alpha = self._slopes(sizes)
        known = {axis: size for axis, size in enumerate(sizes, 1) if axis not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=known)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated inputs."""
        return permuted(self.prelu(permuted(inputs, self.order)), self.back)

    def _slopes(self, sizes: tuple[int, ...]) -> Weight:
        """Return the slopes in Keras's shape, which has sizes of 1."""
        kept = tuple(self.prelu.weight.shape)
        made = Weight(
            self, "alpha", self.prelu, ("weight",),
            to_keras=lambda tensor: tensor.reshape(sizes),
            to_torch=lambda tensor: (tensor.reshape(kept),),
        )  # fmt: skip
        return self.hold(made, self.alpha_initializer)


def _listed(value: int | tuple[int, ...] | None) -> tuple[int, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, int) else value


def _check_axes(who: str, shared: tuple[int, ...], rank: int) -> None:
    if any(not 0 < axis < rank for axis in shared):
        wanted = f"axes from 1 to {rank - 1}"
        raise ArgumentError("shared_axes", wanted, shared, who=who)


def _far_below(dtype: str) -> float:
    """Return a number whose exponential is zero."""
    return -65504.0 if dtype == "float16" else -1e9
