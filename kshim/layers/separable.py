"""Convolutions that look at each channel for itself, and mix channels afterwards or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from torch import Tensor, nn

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg, parts
from kshim.core.axes import channel_axis, spatial, with_sizes
from kshim.core.checks import data_format, numbers, one_of, true_or_false, whole_number
from kshim.core.eras import by_era
from kshim.core.shapes import Shape, check_windows, known_axis, need_rank, window_length
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import refuse_strides_with_dilation, with_channels_first
from kshim.layers.convolution import convolution
from kshim.layers.older import Forms, convolution_forms, kernel_forms
from kshim.layers.spec import InputSpec
from kshim.layers.weights import Weight

_PLAIN: dict[int, Any] = {1: nn.Conv1d, 2: nn.Conv2d}
# The torch of Keras 3 takes both; before it TensorFlow refused, or gave another shape.
_GAPS_AND_STRIDES = by_era({"1.2": False, "3": True})
_OF_OTHERS = ("groups", "filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint")


class ChannelwiseConvolution(Layer):
    """Slide kernels over the axes between batch and channels, each over one channel only.

    Shapes (channels_last):
        depthwise_kernel: (*kernel_size, channels, depth_multiplier)
    """

    rank: int
    filters: int
    strides: tuple[int, ...]
    kernel_size: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    depth_multiplier: int
    padding: str
    data_format: str
    use_bias: bool
    activation: Callable[[Tensor], Tensor]
    depthwise_initializer: Any
    kernel_word: ClassVar[Any] = by_era({"1.2": "depthwise_kernel"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; before Keras 3 a kernel has gaps or skips cells, not both."""
        super().__init__(*args, **kwargs)
        if not _GAPS_AND_STRIDES.value(self.era):
            refuse_strides_with_dilation(self.who, self.strides, self.dilation_rate)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Return the layer; what tf.keras writes of a plain convolution besides is left out."""
        known = {
            key: value
            for key, value in config.items()
            if key not in _OF_OTHERS or key in cls.arguments
        }
        return cls(**known)

    def build_depthwise(self, input_shape: Shape, bias: bool) -> int:
        """Make the kernels of the channels, and return how many channels they make."""
        need_rank(self.who, input_shape, self.rank + 2)
        axis = channel_axis(self.data_format)
        size = known_axis(self.who, input_shape, axis)
        made = size * self.depth_multiplier
        self.depthwise = convolution(self, size, made, self.kernel_size, groups=size, bias=bias)
        self.depthwise_kernel = self._kernel(size)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: size})
        return made

    def older_forms(self, weight: Weight) -> Forms:
        """Return the kernels as Keras 1 showed them."""
        if weight.key == "pointwise_kernel":
            return convolution_forms(weight, self.data_format, self.rank)
        if weight.key != "depthwise_kernel":
            return {}
        shape = (-1, self.depth_multiplier, *self.kernel_size)
        return kernel_forms(weight, self.data_format, {
            "channels_last": weight.to_keras,
            "channels_first": lambda tensor: tensor.view(shape).transpose(0, 1),
        })  # fmt: skip

    def lengths(self, input_shape: Shape) -> list[int | None]:
        """Return how far the kernels can slide along each axis."""
        sizes = spatial(input_shape, self.data_format)
        moves = zip(sizes, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        found = [
            window_length(size, window, self.padding, stride, dilation)
            for size, window, stride, dilation in moves
        ]
        check_windows(self.who, sizes, found)
        return found

    def _kernel(self, size: int) -> Weight:
        """Return the kernels in Keras's order: torch keeps (channels * multiplier, 1, *sizes)."""
        shape = (size, self.depth_multiplier, *self.kernel_size)
        kept = (size * self.depth_multiplier, 1, *self.kernel_size)
        axes = (*range(2, self.rank + 2), 0, 1)
        back = (self.rank, self.rank + 1, *range(self.rank))
        weight = Weight(
            self, "depthwise_kernel", self.depthwise, ("weight",),
            to_keras=lambda tensor: tensor.reshape(shape).permute(axes),
            to_torch=lambda tensor: (tensor.permute(back).reshape(kept),),
        )  # fmt: skip
        weight.word = self.kernel_word.value(self.era)
        return self.hold(weight, self.depthwise_initializer)


class DepthwiseConvolution(ChannelwiseConvolution):
    """Slide `depth_multiplier` kernels over each channel.

    Shapes (channels_last):
        x: (batch, *sizes, channels), y: (batch, *new sizes, channels * depth_multiplier)

    Source: Keras 2.2.4 layers/convolutional.py, tf.keras 2.15.
    """

    kernel_word: ClassVar[Any] = by_era({"1.2": "depthwise_kernel", "3": "kernel"})

    kernel_size: tuple[int, ...] = arg(numbers(1))
    strides: tuple[int, ...] = arg(numbers(1), 1)
    padding: str = arg(one_of("valid", "same"), "valid")
    depth_multiplier: int = arg(whole_number(at_least=1), 1)
    data_format: str = arg(data_format, None)
    dilation_rate: tuple[int, ...] = arg(numbers(1), 1)
    activation: Callable[[Tensor], Tensor] = arg(activations.get, None)
    use_bias: bool = arg(true_or_false, True)
    depthwise_initializer: Any = arg(initializers.of_weight, "glorot_uniform")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    depthwise_regularizer: Any = arg(regularizers.get, None)
    bias_regularizer: Any = arg(regularizers.get, None)
    activity_regularizer: Any = arg(regularizers.get, None)
    depthwise_constraint: Any = arg(constraints.get, None)
    bias_constraint: Any = arg(constraints.get, None)

    def build(self, input_shape: Shape) -> None:
        """Make kernels and bias."""
        self.build_depthwise(input_shape, bias=self.use_bias)
        self.bias = self.weight("bias", self.depthwise.bias) if self.use_bias else None

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated sums."""
        outputs = with_channels_first(self.depthwise, inputs, self.data_format, self.rank)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch, how far the kernels can slide, and the new channels."""
        size = known_axis(self.who, input_shape, channel_axis(self.data_format))
        made = size * self.depth_multiplier
        return with_sizes(input_shape[0], self.lengths(input_shape), made, self.data_format)


class SeparableConvolution(ChannelwiseConvolution):
    """Slide kernels over each channel, then mix the channels cell by cell.

    Shapes (channels_last):
        x: (batch, *sizes, channels), y: (batch, *new sizes, filters)
        pointwise_kernel: (1, ..., channels * depth_multiplier, filters), bias: (filters,) or None

    Source: Keras 2.2.4 layers/convolutional.py; older names from 1.2.2.
    """

    filters: int = arg(whole_number(at_least=1), was="nb_filter")
    kernel_size: tuple[int, ...] = arg(numbers(1))
    strides: tuple[int, ...] = arg(numbers(1), 1, was="subsample")
    padding: str = arg(one_of("valid", "same"), "valid", was="border_mode")
    data_format: str = arg(data_format, None, was="dim_ordering")
    dilation_rate: tuple[int, ...] = arg(numbers(1), 1)
    depth_multiplier: int = arg(whole_number(at_least=1), 1)
    activation: Callable[[Tensor], Tensor] = arg(activations.get, None)
    use_bias: bool = arg(true_or_false, True, was="bias")
    depthwise_initializer: Any = arg(initializers.of_weight, "glorot_uniform", was="init")
    pointwise_initializer: Any = arg(initializers.of_weight, "glorot_uniform", was="init")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    depthwise_regularizer: Any = arg(regularizers.get, None)
    pointwise_regularizer: Any = arg(regularizers.get, None)
    bias_regularizer: Any = arg(regularizers.get, None, was="b_regularizer")
    activity_regularizer: Any = arg(regularizers.get, None)
    depthwise_constraint: Any = arg(constraints.get, None)
    pointwise_constraint: Any = arg(constraints.get, None)
    bias_constraint: Any = arg(constraints.get, None, was="b_constraint")

    def build(self, input_shape: Shape) -> None:
        """Make kernels and bias."""
        made = self.build_depthwise(input_shape, bias=False)
        self.pointwise = _PLAIN[self.rank](
            made, self.filters, 1, bias=self.use_bias, dtype=self.torch_dtype
        )
        axes = (*range(2, self.rank + 2), 1, 0)
        self.pointwise_kernel = self.weight("pointwise_kernel", self.pointwise.weight, axes=axes)
        self.bias = self.weight("bias", self.pointwise.bias) if self.use_bias else None

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated sums."""
        outputs = with_channels_first(
            lambda given: self.pointwise(self.depthwise(given)), inputs, self.data_format,
            self.rank,
        )  # fmt: skip
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch, how far the kernels can slide, and the filters."""
        lengths = self.lengths(input_shape)
        return with_sizes(input_shape[0], lengths, self.filters, self.data_format)


@LAYERS.register()
class DepthwiseConv1D(DepthwiseConvolution):
    """Slide kernels over the steps of each channel of (batch, steps, channels).

    >>> DepthwiseConv1D(kernel_size=3)(Input((5, 4))).shape
    (None, 3, 4)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)


@LAYERS.register()
class DepthwiseConv2D(DepthwiseConvolution):
    """Slide kernels over the rows and columns of each channel.

    >>> DepthwiseConv2D(kernel_size=3)(Input((5, 6, 4))).shape
    (None, 3, 4, 4)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)

    kernel_size: tuple[int, ...] = arg(numbers(2))
    strides: tuple[int, ...] = arg(numbers(2), 1)
    dilation_rate: tuple[int, ...] = arg(numbers(2), 1)


@LAYERS.register("SeparableConvolution1D")
class SeparableConv1D(SeparableConvolution):
    """Slide kernels over the steps of each channel, then mix the channels.

    >>> SeparableConv1D(filters=2, kernel_size=3)(Input((5, 4))).shape
    (None, 3, 2)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)

    padding: str = arg(one_of("valid", "same", "causal"), "valid", was="border_mode")
    data_format: str = arg(data_format, by_era({"1.2": "channels_last", "2.15": None}))


@LAYERS.register("SeparableConvolution2D")
class SeparableConv2D(SeparableConvolution):
    """Slide kernels over the rows and columns of each channel, then mix the channels.

    >>> SeparableConv2D(filters=2, kernel_size=3)(Input((5, 6, 4))).shape
    (None, 3, 4, 2)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)
    keras_names: ClassVar[Any] = by_era({"1.2": "SeparableConvolution2D", "2.0": "SeparableConv2D"})

    kernel_size: tuple[int, ...] = arg(numbers(2), was=parts("nb_row", "nb_col"))
    strides: tuple[int, ...] = arg(numbers(2), 1, was="subsample")
    dilation_rate: tuple[int, ...] = arg(numbers(2), 1)


SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
