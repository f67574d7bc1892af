"""Transposed convolutions: what a convolution does to gradients, done to data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.axes import channel_axis, spatial, with_sizes
from kshim.core.checks import (
    data_format,
    numbers,
    one_of,
    optional,
    true_or_false,
    whole_number,
)
from kshim.core.shapes import Shape, known_axis, need_rank
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import refuse_strides_with_dilation, with_channels_first
from kshim.layers.older import Forms, kernel_forms
from kshim.layers.spec import InputSpec
from kshim.layers.weights import Weight
from kshim.nn.transposed import (
    TrimmedConvTranspose1d,
    TrimmedConvTranspose2d,
    TrimmedConvTranspose3d,
)

_PLAIN: dict[int, Any] = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_TRIMMED: dict[int, Any] = {
    1: TrimmedConvTranspose1d, 2: TrimmedConvTranspose2d, 3: TrimmedConvTranspose3d,
}  # fmt: skip


class TransposedConvolution(Layer):
    """Spread each input cell over the output through a learned kernel.

    Without `output_padding`, each axis grows from n to n * stride (padding same), or to
    n * stride + max(kernel - stride, 0) (padding valid).

    Shapes (channels_last):
        x: (batch, *sizes, channels), y: (batch, *new sizes, filters)
        kernel: (*kernel_size, filters, channels), bias: (filters,) or None

    Args:
        output_padding: cells added to the end of each axis, fewer than the stride; with it each
            axis grows to (n - 1) * stride + kernel - 2 * padding + output_padding.

    Source: Keras 2.2.4 layers/convolutional.py and utils/conv_utils.py.
    """

    rank: int

    filters: int = arg(whole_number(at_least=1), was="nb_filter")
    kernel_size: tuple[int, ...] = arg(numbers(1))
    strides: tuple[int, ...] = arg(numbers(1), 1, was="subsample")
    padding: str = arg(one_of("valid", "same"), "valid", was="border_mode")
    output_padding: Any = arg(optional(numbers(1, at_least=0)), None)
    data_format: str = arg(data_format, None, was="dim_ordering")
    dilation_rate: tuple[int, ...] = arg(numbers(1), 1)
    activation: Callable[[Tensor], Tensor] = arg(activations.get, None)
    use_bias: bool = arg(true_or_false, True, was="bias")
    kernel_initializer: Any = arg(initializers.of_weight, "glorot_uniform", was="init")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    kernel_regularizer: Any = arg(regularizers.get, None, was="W_regularizer")
    bias_regularizer: Any = arg(regularizers.get, None, was="b_regularizer")
    activity_regularizer: Any = arg(regularizers.get, None)
    kernel_constraint: Any = arg(constraints.get, None, was="W_constraint")
    bias_constraint: Any = arg(constraints.get, None, was="b_constraint")
    groups: int = arg(one_of(1), 1, saved=False)  # tf.keras writes it to files

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Check the strides, and the padding of the output against them."""
        super().__init__(*args, **kwargs)
        refuse_strides_with_dilation(self.who, self.strides, self.dilation_rate)
        more = self.output_padding or ()
        if any(cells >= step for cells, step in zip(more, self.strides, strict=False)):
            wanted = f"less than the strides {self.strides}"
            raise ArgumentError("output_padding", wanted, more, who=self.who)

    def build(self, input_shape: Shape) -> None:
        """Make kernel and bias."""
        need_rank(self.who, input_shape, self.rank + 2)
        axis = channel_axis(self.data_format)
        size = known_axis(self.who, input_shape, axis)
        self.conv = self._convolution(size)
        # torch keeps (channels, filters, *sizes); Keras shows (*sizes, filters, channels).
        axes = (*range(2, self.rank + 2), 1, 0)
        self.kernel = self.weight("kernel", self.conv.weight, axes=axes)
        self.bias = self.weight("bias", self.conv.bias) if self.use_bias else None
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: size})

    def older_forms(self, weight: Weight) -> Forms:
        """Return the kernel as Keras 1 showed it: like that of a plain convolution."""
        if weight.key != "kernel":
            return {}
        axes = (*range(2, self.rank + 2), 0, 1)
        return kernel_forms(weight, self.data_format, {
            "channels_last": lambda tensor: tensor.permute(axes),
            "channels_first": lambda tensor: tensor.transpose(0, 1),
        })  # fmt: skip

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated sums."""
        outputs = with_channels_first(self.conv, inputs, self.data_format, self.rank)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch, the longer axes, and the filters."""
        grown = zip(
            spatial(input_shape, self.data_format), self.strides, self._whole(), self._cuts(),
            strict=True,
        )  # fmt: skip
        lengths = [
            None if size is None else (size - 1) * step + reach - cut
            for size, step, reach, cut in grown
        ]
        return with_sizes(input_shape[0], lengths, self.filters, self.data_format)

    def _whole(self) -> list[int]:
        """Return how many cells one input cell reaches along each axis."""
        pairs = zip(self.kernel_size, self.dilation_rate, strict=True)
        return [(kernel - 1) * dilation + 1 for kernel, dilation in pairs]

    def _cuts(self) -> list[int]:
        """Return how many cells of each axis do not come out; below 0 where some are added."""
        reaches = self._whole()
        if self.output_padding is not None:
            half = [reach // 2 if self.padding == "same" else 0 for reach in reaches]
            return [2 * cut - more for cut, more in zip(half, self.output_padding, strict=True)]
        cuts = [reach - step for reach, step in zip(reaches, self.strides, strict=True)]
        return cuts if self.padding == "same" else [min(cut, 0) for cut in cuts]

    def _convolution(self, channels: int) -> Any:
        """Return torch's convolution, trimmed where the two ends are cut differently."""
        cuts = self._cuts()
        trim = [cut % 2 if cut > 0 else 0 for cut in cuts]
        options: dict[str, Any] = {
            "stride": self.strides, "dilation": self.dilation_rate, "bias": self.use_bias,
            "padding": [max(cut, 0) // 2 for cut in cuts],
            "output_padding": [max(-cut, 0) for cut in cuts], "dtype": self.torch_dtype,
        }  # fmt: skip
        given = (channels, self.filters, self.kernel_size)
        if any(trim):
            return _TRIMMED[self.rank](*given, trim=trim, **options)
        return _PLAIN[self.rank](*given, **options)


@LAYERS.register("Convolution1DTranspose")
class Conv1DTranspose(TransposedConvolution):
    """Spread each step of (batch, steps, channels) through a learned kernel.

    >>> Conv1DTranspose(filters=2, kernel_size=3)(Input((5, 4))).shape
    (None, 7, 2)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)


@LAYERS.register("Convolution2DTranspose")
class Conv2DTranspose(TransposedConvolution):
    """Spread each cell of (batch, rows, columns, channels) through a learned kernel.

    >>> Conv2DTranspose(filters=2, kernel_size=3)(Input((5, 6, 4))).shape
    (None, 7, 8, 2)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)

    kernel_size: tuple[int, ...] = arg(numbers(2))
    strides: tuple[int, ...] = arg(numbers(2), 1, was="subsample")
    output_padding: Any = arg(optional(numbers(2, at_least=0)), None)
    dilation_rate: tuple[int, ...] = arg(numbers(2), 1)


@LAYERS.register("Convolution3DTranspose", "Deconvolution3D", "Deconv3D")
class Conv3DTranspose(TransposedConvolution):
    """Spread each cell of (batch, depth, rows, columns, channels) through a learned kernel.

    >>> Conv3DTranspose(filters=2, kernel_size=3)(Input((5, 6, 7, 4))).shape
    (None, 7, 8, 9, 2)
    """

    rank = 3
    input_spec = InputSpec(ndim=5)

    kernel_size: tuple[int, ...] = arg(numbers(3))
    strides: tuple[int, ...] = arg(numbers(3), 1, was="subsample")
    output_padding: Any = arg(optional(numbers(3, at_least=0)), None)
    dilation_rate: tuple[int, ...] = arg(numbers(3), 1, since="2.15")


Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
Convolution3DTranspose = Deconvolution3D = Conv3DTranspose
