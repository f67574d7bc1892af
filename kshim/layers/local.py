"""Locally connected layers: convolutions whose kernel is another one at every place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg, parts
from kshim.core.axes import channel_axis, spatial, with_sizes
from kshim.core.checks import data_format, numbers, one_of, true_or_false, whole_number
from kshim.core.eras import by_era
from kshim.core.shapes import Shape, check_windows, known_axis, need_rank, window_length
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.spec import InputSpec
from kshim.nn.local import MaskedLocal, SparseLocal, WindowedLocal

# Before tf.keras, lines had their channels last whatever they said.
_LINES_HAVE_FORMATS = by_era({"1.2": False, "2.15": True})


class LocallyConnected(Layer):
    """Slide over the axes between batch and channels, with a kernel of its own at every place.

        y[p, j] = activation(sum_{o, i} x[p * stride + o, i] * kernel[p, (o, i), j] + bias[p, j])

    Shapes (channels_last):
        x: (batch, *sizes, channels), y: (batch, *new sizes, filters), bias: (*new sizes, filters)
        kernel: (places, cells of a window, filters); with `implementation` 2
        (*sizes, channels, *new sizes, filters), with 3 one number for each pair that is connected

    Args:
        filters: how many channels come out.
        kernel_size, strides: one number, or one for each axis.
        padding: valid; or same (ceil(size / stride) come out), with `implementation` 2 or 3.
        implementation: the form of the kernel; the outputs are the same.

    Source: Keras 2.2.4 layers/local.py, implementation from tf.keras 2.15; older names from 1.2.2.
    """

    rank: int

    filters: int = arg(whole_number(at_least=1), was="nb_filter")
    kernel_size: tuple[int, ...] = arg(numbers(1))
    strides: tuple[int, ...] = arg(numbers(1), 1)
    padding: str = arg(one_of("valid", "same"), "valid", was="border_mode")
    data_format: str = arg(data_format, None, was="dim_ordering")
    activation: Callable[[Tensor], Tensor] = arg(activations.get, None)
    use_bias: bool = arg(true_or_false, True, was="bias")
    kernel_initializer: Any = arg(initializers.of_weight, "glorot_uniform", was="init")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    kernel_regularizer: Any = arg(regularizers.get, None, was="W_regularizer")
    bias_regularizer: Any = arg(regularizers.get, None, was="b_regularizer")
    activity_regularizer: Any = arg(regularizers.get, None)
    kernel_constraint: Any = arg(constraints.get, None, was="W_constraint")
    bias_constraint: Any = arg(constraints.get, None, was="b_constraint")
    implementation: int = arg(one_of(1, 2, 3), 1, since="2.15")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Check the padding against the implementation."""
        super().__init__(*args, **kwargs)
        if self.padding == "same" and self.implementation == 1:
            wanted = "valid, or same with implementation=2 or 3"
            raise ArgumentError("padding", wanted, self.padding, who=self.who)
        if self.rank == 1 and not _LINES_HAVE_FORMATS.value(self.era):
            self.data_format = "channels_last"

    def build(self, input_shape: Shape) -> None:
        """Make kernel and bias."""
        need_rank(self.who, input_shape, self.rank + 2)
        axis = channel_axis(self.data_format)
        channels = known_axis(self.who, input_shape, axis)
        self.local = module = self._module(self._sizes(input_shape), channels)
        self.kernel = self.weight("kernel", module.weight)
        self.bias = self.weight("bias", module.bias) if self.use_bias else None
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated sums."""
        return self.activation(self.local(inputs))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch, how far the windows can slide along each axis, and the filters."""
        sizes = spatial(input_shape, self.data_format)
        moves = zip(sizes, self.kernel_size, self.strides, strict=True)
        lengths = [window_length(size, cells, self.padding, step) for size, cells, step in moves]
        check_windows(self.who, sizes, lengths)
        return with_sizes(input_shape[0], lengths, self.filters, self.data_format)

    def _sizes(self, input_shape: Shape) -> tuple[int, ...]:
        """Return the sizes between batch and channels, all of which must be known."""
        sizes = spatial(input_shape, self.data_format)
        known = tuple(size for size in sizes if size is not None)
        if len(known) < len(sizes):
            raise ShapeError(
                f"{self.who}: the sizes of the inputs must be known to make weights, "
                f"got shape {tuple(input_shape)}."
            )
        return known

    def _module(self, sizes: tuple[int, ...], channels: int) -> Any:
        """Return the torch module with the kernel in the form that is asked for."""
        moves = zip(sizes, self.kernel_size, self.strides, strict=True)
        starts = [_starts(size, cells, step, self.padding) for size, cells, step in moves]
        check_windows(self.who, sizes, [len(axis) for axis in starts])
        given: Any = (sizes, channels, self.filters, self.kernel_size, starts)
        options: dict[str, Any] = {
            "channels_first": self.data_format == "channels_first", "bias": self.use_bias,
            "dtype": self.torch_dtype,
        }  # fmt: skip
        if self.implementation == 1:
            return WindowedLocal(*given, strides=self.strides, **options)
        return (MaskedLocal if self.implementation == 2 else SparseLocal)(*given, **options)


@LAYERS.register()
class LocallyConnected1D(LocallyConnected):
    """Slide over the steps of (batch, steps, channels), with a kernel for each place.

    >>> LocallyConnected1D(filters=2, kernel_size=3)(Input((5, 4))).shape
    (None, 3, 2)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)

    kernel_size: tuple[int, ...] = arg(numbers(1), was="filter_length")
    strides: tuple[int, ...] = arg(numbers(1), 1, was=("subsample_length", "subsample"))

    def sample_shape(self, input_dim: int, input_length: int | None) -> Shape:
        """Return (steps, channels), which Keras 1 calls input_length and input_dim."""
        return (input_length, input_dim)


@LAYERS.register()
class LocallyConnected2D(LocallyConnected):
    """Slide over rows and columns, with a kernel for each place.

    >>> LocallyConnected2D(filters=2, kernel_size=3)(Input((5, 6, 4))).shape
    (None, 3, 4, 2)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)

    kernel_size: tuple[int, ...] = arg(numbers(2), was=parts("nb_row", "nb_col"))
    strides: tuple[int, ...] = arg(numbers(2), 1, was="subsample")


def _starts(size: int, window: int, step: int, padding: str) -> list[int]:
    """Return the cells at which the windows begin, below 0 in the padding.

    The padding of tf.keras's locally connected layers is half a window in front, whatever the
    stride.
    """
    count = window_length(size, window, padding, step) or 0
    before = window // 2 if padding == "same" else 0
    return [place * step - before for place in range(count)]
