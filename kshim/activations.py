"""Activations: functions that a layer applies to each number of its output.

Each takes a tensor (or a symbol that stands for one) and returns one of the same shape.

Source: Keras 2.2.4 and tf.keras 2.15 activations.py, Keras 3.15 activations.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from kshim.core.config import to_config
from kshim.core.eras import rule
from kshim.core.registry import Registry, custom_object_scope
from kshim.errors import ShapeError

Activation: TypeAlias = Callable[..., Any]

ACTIVATIONS = Registry("activation")


def get(identifier: Any) -> Activation:
    """Return the activation that a name, a config, a function or None (linear) stands for.

    `hard_sigmoid` is the one of the era in force.

    Keras 2 warns of a layer: behind it, not in it, is its place.

    Raises:
        UnknownName: for a name in no table.
    """
    found: Activation = linear if identifier is None else ACTIVATIONS.make(identifier)
    is_layer = isinstance(found, torch.nn.Module) and hasattr(found, "get_config")
    if is_layer and rule("layer_for_activation_warns"):
        kind = type(found).__name__
        warnings.warn(f"activation: a {kind} is a layer; add it behind this one.", stacklevel=2)
    return _HARD_SIGMOIDS[rule("hard_sigmoid_slope")] if found is hard_sigmoid else found


def serialize(activation: Activation) -> Any:
    """Return the name of an activation function, or the config of an activation layer."""
    return to_config(activation)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Activation:
    """Return the activation that `serialize` described."""
    with custom_object_scope(custom_objects):
        return get(config)


@ACTIVATIONS.register()
def linear(x: Tensor) -> Tensor:
    """Return x as it is."""
    return x


@ACTIVATIONS.register()
def relu(
    x: Tensor,
    alpha: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
    negative_slope: float | None = None,
) -> Tensor:
    """Cut off what is not above the threshold.

    y = min(x, max_value) above the threshold, alpha * (x - threshold) elsewhere.

    Args:
        negative_slope: Keras 3's word for alpha.
    """
    alpha = alpha if negative_slope is None else negative_slope
    if max_value is None and not threshold:
        return functional.leaky_relu(x, alpha) if alpha else torch.relu(x)
    if max_value is not None and not (threshold or alpha):
        return functional.hardtanh(x, 0.0, max_value)
    # A given max_value also lifts what lies between a negative threshold and zero.
    above = x if max_value is None else torch.clamp(x, 0.0, max_value)
    return torch.where(x > threshold, above, alpha * (x - threshold))


@ACTIVATIONS.register()
def leaky_relu(x: Tensor, alpha: float = 0.2, negative_slope: float | None = None) -> Tensor:
    """Return x where it is positive, alpha * x elsewhere; Keras 3 says negative_slope."""
    return functional.leaky_relu(x, alpha if negative_slope is None else negative_slope)


@ACTIVATIONS.register()
def relu6(x: Tensor) -> Tensor:
    """Return x, cut off below 0 and above 6."""
    return functional.relu6(x)


@ACTIVATIONS.register()
def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Return x where it is positive, alpha * (exp(x) - 1) elsewhere."""
    return functional.elu(x, alpha)


@ACTIVATIONS.register()
def selu(x: Tensor) -> Tensor:
    """Return 1.0507 * elu(x, 1.6733): with lecun_normal weights it keeps mean 0, variance 1."""
    return torch.selu(x)


@ACTIVATIONS.register()
def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Return exp(x) divided by its sum along the axis.

    Raises:
        ShapeError: for x of another number of axes than the era takes: before Keras 3 of one, in
            Keras 1 of more than three.
    """
    (least, most), axes = rule("softmax_axes"), x.dim()
    # A tracer that knows no shapes gives no number.
    if isinstance(axes, int) and not least <= axes <= most:
        wanted = f"{least} or {most}" if most < math.inf else f"at least {least}"
        raise ShapeError(f"softmax: x must have {wanted} axes, got {axes}.")
    return torch.softmax(x, axis)


@ACTIVATIONS.register()
def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Return the logarithm of softmax."""
    return torch.log_softmax(x, axis)


@ACTIVATIONS.register()
def softplus(x: Tensor) -> Tensor:
    """Return log(exp(x) + 1)."""
    return functional.softplus(x)


@ACTIVATIONS.register()
def softsign(x: Tensor) -> Tensor:
    """Return x / (|x| + 1)."""
    return functional.softsign(x)


@ACTIVATIONS.register()
def tanh(x: Tensor) -> Tensor:
    """Return the hyperbolic tangent."""
    return torch.tanh(x)


@ACTIVATIONS.register()
def sigmoid(x: Tensor) -> Tensor:
    """Return 1 / (1 + exp(-x))."""
    return torch.sigmoid(x)


@ACTIVATIONS.register()
def hard_sigmoid(x: Tensor) -> Tensor:
    """Return 0.2 * x + 0.5, cut off below 0 and above 1: that of every era before Keras 3."""
    return torch.clamp(0.2 * x + 0.5, 0.0, 1.0)


def hard_sigmoid_of_keras_3(x: Tensor) -> Tensor:
    """Return x / 6 + 0.5, cut off below 0 and above 1."""
    return functional.hardsigmoid(x)


hard_sigmoid_of_keras_3.__name__ = "hard_sigmoid"  # one name in files for both
_HARD_SIGMOIDS: dict[float, Activation] = {0.2: hard_sigmoid, 1 / 6: hard_sigmoid_of_keras_3}


@ACTIVATIONS.register()
def exponential(x: Tensor) -> Tensor:
    """Return exp(x)."""
    return torch.exp(x)


@ACTIVATIONS.register()
def gelu(x: Tensor, approximate: bool = False) -> Tensor:
    """Return x times the share of a standard normal distribution that lies below x."""
    return functional.gelu(x, approximate="tanh" if approximate else "none")


@ACTIVATIONS.register("silu")
def swish(x: Tensor) -> Tensor:
    """Return x * sigmoid(x)."""
    return functional.silu(x)


silu = swish


@ACTIVATIONS.register()
def mish(x: Tensor) -> Tensor:
    """Return x * tanh(softplus(x))."""
    return functional.mish(x)


@ACTIVATIONS.register()
def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Return x where it is positive, alpha * (exp(x / alpha) - 1) elsewhere."""
    return functional.celu(x, alpha)


@ACTIVATIONS.register()
def glu(x: Tensor, axis: int = -1) -> Tensor:
    """Return the first half along an axis times the sigmoid of the other."""
    return functional.glu(x, axis)


@ACTIVATIONS.register()
def hard_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """Return x, but zero within the threshold on either side."""
    return functional.hardshrink(x, threshold)


@ACTIVATIONS.register()
def soft_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """Return x moved towards zero by the threshold, and zero within it."""
    return functional.softshrink(x, threshold)


@ACTIVATIONS.register()
def tanh_shrink(x: Tensor) -> Tensor:
    """Return x - tanh(x)."""
    return functional.tanhshrink(x)


@ACTIVATIONS.register("hard_swish")
def hard_silu(x: Tensor) -> Tensor:
    """Return x * hard_sigmoid(x), with the hard_sigmoid of Keras 3."""
    return functional.hardswish(x)


hard_swish = hard_silu


@ACTIVATIONS.register()
def hard_tanh(x: Tensor) -> Tensor:
    """Return x, cut off below -1 and above 1."""
    return functional.hardtanh(x)


@ACTIVATIONS.register()
def log_sigmoid(x: Tensor) -> Tensor:
    """Return the logarithm of the sigmoid."""
    return functional.logsigmoid(x)


@ACTIVATIONS.register()
def sparse_plus(x: Tensor) -> Tensor:
    """Return 0 up to -1, x from 1 on, and ((x + 1) / 2)² between."""
    curved = torch.square((torch.clamp(x, -1.0, 1.0) + 1) / 2)
    return torch.where(x < 1, curved, x)


@ACTIVATIONS.register()
def sparse_sigmoid(x: Tensor) -> Tensor:
    """Return (x + 1) / 2, cut off below 0 and above 1."""
    return (functional.hardtanh(x) + 1) / 2


@ACTIVATIONS.register()
def sparsemax(x: Tensor, axis: int = -1) -> Tensor:
    """Return max(x - t, 0), with t = (sum of the running sums of the k largest - 1) / k.

    The k largest are those with 1 + k * x_k above their running sum.

    Source: Keras 3.15, measured on torch. In arXiv 1602.02068 t takes the last running sum alone,
    so that the outputs sum to 1; Keras's do so for k = 1 only.
    """
    largest = torch.sort(x, axis, True)[0]
    sums = torch.cumsum(largest, axis)
    supports = 1 + torch.cumsum(torch.ones_like(x), axis) * largest > sums
    total = torch.sum(torch.where(supports, sums, 0.0), axis, keepdim=True)
    count = torch.sum(supports.to(torch.int64), axis, keepdim=True)
    return torch.clamp(x - (total - 1) / count, min=0.0)


@ACTIVATIONS.register()
def squareplus(x: Tensor, b: float = 4) -> Tensor:
    """Return (x + sqrt(x² + b)) / 2."""
    return (x + torch.sqrt(torch.square(x) + b)) / 2


@ACTIVATIONS.register()
def threshold(x: Tensor, threshold: float, default_value: float) -> Tensor:
    """Return x where it is above the threshold, the default value elsewhere."""
    return functional.threshold(x, threshold, default_value)
