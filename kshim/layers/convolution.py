"""Convolutions over one, two and three axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from torch import Tensor, nn

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg, parts
from kshim.core.axes import LAST_BEFORE_KERAS_3, channel_axis, spatial, with_sizes
from kshim.core.checks import data_format, numbers, one_of, true_or_false, whole_number
from kshim.core.eras import by_era, rule
from kshim.core.shapes import Shape, check_windows, known_axis, need_rank, window_length
from kshim.errors import ShapeError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import refuse_strides_with_dilation, with_channels_first
from kshim.layers.older import Forms, convolution_forms
from kshim.layers.spec import InputSpec
from kshim.layers.weights import Weight
from kshim.nn.convolution import CausalConv1d, SameConv1d, SameConv2d, SameConv3d

_PLAIN: dict[int, Any] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
_SAME: dict[int, Any] = {1: SameConv1d, 2: SameConv2d, 3: SameConv3d}


class Convolution(Layer):
    """Slide a learned kernel over the axes between batch and channels.

        y[p, j] = activation(sum_{o, i} x[p * stride + o * dilation, i] * kernel[o, i, j] + bias[j])

    Shapes (channels_last):
        x: (batch, *sizes, channels), y: (batch, *new sizes, filters)
        kernel: (*kernel_size, channels / groups, filters), bias: (filters,) or None

    Args:
        filters: how many channels come out.
        kernel_size, strides, dilation_rate: one number, or one for each axis.
        padding: valid (none), same (ceil(size / stride) come out), or in one dimension causal
            (no output sees a later step).
        groups: into how many parts channels and filters are split, each part for itself.

    Source: Keras 2.2.4 layers/convolutional.py, groups from tf.keras 2.15; older names from 1.2.2.
    """

    rank: int

    filters: int = arg(whole_number(at_least=1), was="nb_filter")
    kernel_size: tuple[int, ...] = arg(numbers(1))
    strides: tuple[int, ...] = arg(numbers(1), 1)
    padding: str = arg(one_of("valid", "same"), "valid", was="border_mode")
    data_format: str = arg(data_format, None, was="dim_ordering")
    dilation_rate: tuple[int, ...] = arg(numbers(1), 1)
    groups: int = arg(whole_number(at_least=1), 1, since="2.15")
    activation: Callable[[Tensor], Tensor] = arg(activations.get, None)
    use_bias: bool = arg(true_or_false, True, was="bias")
    kernel_initializer: Any = arg(initializers.of_weight, "glorot_uniform", was="init")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    kernel_regularizer: Any = arg(regularizers.get, None, was="W_regularizer")
    bias_regularizer: Any = arg(regularizers.get, None, was="b_regularizer")
    activity_regularizer: Any = arg(regularizers.get, None)
    kernel_constraint: Any = arg(constraints.get, None, was="W_constraint")
    bias_constraint: Any = arg(constraints.get, None, was="b_constraint")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; a kernel has gaps or skips cells, not both."""
        super().__init__(*args, **kwargs)
        if rule("dilated_strides_are_refused_at_once"):
            refuse_strides_with_dilation(self.who, self.strides, self.dilation_rate)

    def build(self, input_shape: Shape) -> None:
        """Make kernel and bias."""
        refuse_strides_with_dilation(self.who, self.strides, self.dilation_rate)
        need_rank(self.who, input_shape, self.rank + 2)
        axis = channel_axis(self.data_format)
        size = known_axis(self.who, input_shape, axis)
        _check_groups(self.who, self.groups, size, self.filters)
        self.conv = convolution(
            self, size, self.filters, self.kernel_size, groups=self.groups, bias=self.use_bias
        )
        # torch keeps (filters, channels, *sizes); Keras shows (*sizes, channels, filters).
        axes = (*range(2, self.rank + 2), 1, 0)
        self.kernel = self.weight("kernel", self.conv.weight, axes=axes)
        self.bias = self.weight("bias", self.conv.bias) if self.use_bias else None
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: size})

    def older_forms(self, weight: Weight) -> Forms:
        """Return the kernel as Keras 1 showed it."""
        if weight.key != "kernel":
            return {}
        return convolution_forms(weight, self.data_format, self.rank)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated sums."""
        outputs = with_channels_first(self.conv, inputs, self.data_format, self.rank)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch, how far the kernel can slide along each axis, and the filters."""
        sizes = spatial(input_shape, self.data_format)
        moves = zip(sizes, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        lengths = [
            window_length(size, window, self.padding, stride, dilation)
            for size, window, stride, dilation in moves
        ]
        check_windows(self.who, sizes, lengths)
        return with_sizes(input_shape[0], lengths, self.filters, self.data_format)


@LAYERS.register("Convolution1D")
class Conv1D(Convolution):
    """Slide a learned kernel over the steps of (batch, steps, channels).

    >>> Conv1D(filters=2, kernel_size=3)(Input((5, 4))).shape
    (None, 3, 2)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)
    keras_names: ClassVar[Any] = by_era({"1.2": "Convolution1D", "2.0": "Conv1D"})

    kernel_size: tuple[int, ...] = arg(numbers(1), was="filter_length")
    strides: tuple[int, ...] = arg(numbers(1), 1, was=("subsample_length", "subsample"))
    padding: str = arg(one_of("valid", "same", "causal"), "valid", was="border_mode")
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3)
    dilation_rate: tuple[int, ...] = arg(numbers(1), 1, was="atrous_rate")


@LAYERS.register("Convolution2D")
class Conv2D(Convolution):
    """Slide a learned kernel over the rows and columns of (batch, rows, columns, channels).

    >>> Conv2D(filters=2, kernel_size=3)(Input((5, 6, 4))).shape
    (None, 3, 4, 2)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)
    keras_names: ClassVar[Any] = by_era({"1.2": "Convolution2D", "2.0": "Conv2D"})

    kernel_size: tuple[int, ...] = arg(numbers(2), was=parts("nb_row", "nb_col"))
    strides: tuple[int, ...] = arg(numbers(2), 1, was="subsample")
    dilation_rate: tuple[int, ...] = arg(numbers(2), 1, was="atrous_rate")


@LAYERS.register("Convolution3D")
class Conv3D(Convolution):
    """Slide a learned kernel over the three axes of (batch, depth, rows, columns, channels).

    >>> Conv3D(filters=2, kernel_size=3)(Input((5, 6, 7, 4))).shape
    (None, 3, 4, 5, 2)
    """

    rank = 3
    input_spec = InputSpec(ndim=5)
    keras_names: ClassVar[Any] = by_era({"1.2": "Convolution3D", "2.0": "Conv3D"})

    kernel_size: tuple[int, ...] = arg(
        numbers(3), was=parts("kernel_dim1", "kernel_dim2", "kernel_dim3")
    )
    strides: tuple[int, ...] = arg(numbers(3), 1, was="subsample")
    dilation_rate: tuple[int, ...] = arg(numbers(3), 1)


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D


def convolution(
    layer: Any, channels: int, filters: int, kernel_size: tuple[int, ...], **options: Any
) -> Any:
    """Return the torch module for a layer: torch's own where its padding will do.

    Args:
        layer: with rank, padding, strides and dilation_rate.
        options: groups and bias, as torch takes them.
    """
    given: Any = (channels, filters, kernel_size)
    moves = {"stride": layer.strides, "dilation": layer.dilation_rate}
    options |= {"dtype": layer.torch_dtype, **moves}
    if layer.padding == "causal":
        return CausalConv1d(*given, **options)
    if layer.padding == "valid":
        return _PLAIN[layer.rank](*given, **options)
    ends = even_padding(kernel_size, layer.strides, layer.dilation_rate)
    if ends is None:
        return _SAME[layer.rank](*given, **options)
    return _PLAIN[layer.rank](*given, padding=ends, **options)


def even_padding(
    kernel: tuple[int, ...], strides: tuple[int, ...], dilations: tuple[int, ...]
) -> tuple[int, ...] | None:
    """Return the cells that 'same' adds to both ends of each axis, or None where they differ."""
    totals = [(cells - 1) * spread for cells, spread in zip(kernel, dilations, strict=True)]
    fixed = all(step == 1 for step in strides) or not any(totals)
    if not fixed or any(total % 2 for total in totals):
        return None
    return tuple(total // 2 for total in totals)


def _check_groups(who: str, groups: int, size: int, filters: int) -> None:
    if size % groups or filters % groups:
        raise ShapeError(
            f"{who}: groups must divide the {size} channels of the inputs and the {filters} "
            f"filters, got {groups}."
        )
