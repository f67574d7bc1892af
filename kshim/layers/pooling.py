"""Pooling: windows, or whole axes, come down to their largest or mean cell."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from kshim.core.arguments import arg
from kshim.core.axes import LAST_BEFORE_KERAS_3, channels, spatial, to_first, with_sizes
from kshim.core.checks import data_format, numbers, one_of, optional, true_or_false
from kshim.core.eras import rule
from kshim.core.shapes import Shape, check_windows, need_rank, window_length
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import with_channels_first
from kshim.layers.spec import InputSpec
from kshim.nn import pooling as same


class Pooling(Layer):
    """Let each window of each channel come down to one cell.

    Shapes (channels_last):
        x: (batch, *sizes, channels), y: (batch, *new sizes, channels)

    Args:
        pool_size: cells of the window, one number or one for each axis.
        strides: cells from one window to the next; None takes `pool_size`.
        padding: valid (whole windows only), or same (ceil(size / stride) come out; cells beyond
            the edge never count, but for averages of Keras 3 where one end has more of them).

    Source: Keras 2.2.4 layers/pooling.py; older names from 1.2.2.
    """

    rank: int
    valid_pool: Any
    same_pool: Any

    pool_size: tuple[int, ...] = arg(numbers(1), 2)
    strides: Any = arg(optional(numbers(1)), None)
    padding: str = arg(one_of("valid", "same"), "valid", was="border_mode")
    data_format: str = arg(data_format, None, was="dim_ordering")

    averages: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let windows without strides follow one another."""
        super().__init__(*args, **kwargs)
        self.strides = self.pool_size if self.strides is None else self.strides

    def build(self, input_shape: Shape) -> None:
        """Make the torch module."""
        need_rank(self.who, input_shape, self.rank + 2)
        kind = self.valid_pool if self.padding == "valid" else self.same_pool
        self.pool = kind(self.pool_size, self.strides, **self.pool_options())

    def pool_options(self) -> dict[str, bool]:
        """Return what the torch module takes besides: whether its padding repeats the edges."""
        padded = self.averages and self.padding == "same"
        return {"repeats_edges": True} if padded and rule("averages_repeat_edges", self.era) else {}

    def call(self, inputs: Tensor) -> Tensor:
        """Return one cell for each window."""
        return with_channels_first(self.pool, inputs, self.data_format, self.rank)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch, how many windows fit along each axis, and the channels."""
        sizes = spatial(input_shape, self.data_format)
        moves = zip(sizes, self.pool_size, self.strides, strict=True)
        lengths = [window_length(size, pool, self.padding, step) for size, pool, step in moves]
        check_windows(self.who, sizes, lengths)
        depth = channels(input_shape, self.data_format)
        return with_sizes(input_shape[0], lengths, depth, self.data_format)


class Pooling1D(Pooling):
    """Pool the steps of (batch, steps, channels)."""

    rank = 1
    input_spec = InputSpec(ndim=3)

    pool_size: tuple[int, ...] = arg(numbers(1), 2, was="pool_length")
    strides: Any = arg(optional(numbers(1)), None, was="stride")
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3)


class Pooling2D(Pooling):
    """Pool the rows and columns of (batch, rows, columns, channels)."""

    rank = 2
    input_spec = InputSpec(ndim=4)

    pool_size: tuple[int, ...] = arg(numbers(2), 2)
    strides: Any = arg(optional(numbers(2)), None)


class Pooling3D(Pooling):
    """Pool the three axes of (batch, depth, rows, columns, channels)."""

    rank = 3
    input_spec = InputSpec(ndim=5)

    pool_size: tuple[int, ...] = arg(numbers(3), 2)
    strides: Any = arg(optional(numbers(3)), None)


@LAYERS.register("MaxPool1D")
class MaxPooling1D(Pooling1D):
    """Take the largest cell of each window of steps.

    >>> MaxPooling1D()(Input((5, 4))).shape
    (None, 2, 4)
    """

    valid_pool, same_pool = nn.MaxPool1d, same.SameMaxPool1d


@LAYERS.register("MaxPool2D")
class MaxPooling2D(Pooling2D):
    """Take the largest cell of each window of rows and columns.

    >>> MaxPooling2D()(Input((5, 6, 4))).shape
    (None, 2, 3, 4)
    """

    valid_pool, same_pool = nn.MaxPool2d, same.SameMaxPool2d


@LAYERS.register("MaxPool3D")
class MaxPooling3D(Pooling3D):
    """Take the largest cell of each window of depth, rows and columns.

    >>> MaxPooling3D()(Input((5, 6, 7, 4))).shape
    (None, 2, 3, 3, 4)
    """

    valid_pool, same_pool = nn.MaxPool3d, same.SameMaxPool3d


@LAYERS.register("AvgPool1D")
class AveragePooling1D(Pooling1D):
    """Average the cells of each window of steps.

    >>> AveragePooling1D()(Input((5, 4))).shape
    (None, 2, 4)
    """

    averages = True
    valid_pool, same_pool = nn.AvgPool1d, same.SameAvgPool1d


@LAYERS.register("AvgPool2D")
class AveragePooling2D(Pooling2D):
    """Average the cells of each window of rows and columns.

    >>> AveragePooling2D()(Input((5, 6, 4))).shape
    (None, 2, 3, 4)
    """

    averages = True
    valid_pool, same_pool = nn.AvgPool2d, same.SameAvgPool2d


@LAYERS.register("AvgPool3D")
class AveragePooling3D(Pooling3D):
    """Average the cells of each window of depth, rows and columns.

    >>> AveragePooling3D()(Input((5, 6, 7, 4))).shape
    (None, 2, 3, 3, 4)
    """

    averages = True
    valid_pool, same_pool = nn.AvgPool3d, same.SameAvgPool3d


class GlobalPooling(Layer):
    """Let each channel come down to one cell.

    Shapes (channels_last):
        x: (batch, *sizes, channels)
        y: (batch, channels), or with `keepdims` (batch, 1, ..., 1, channels)

    Source: Keras 2.2.4 layers/pooling.py, keepdims from tf.keras 2.15.
    """

    rank: int

    data_format: str = arg(data_format, None, was="dim_ordering")
    keepdims: bool = arg(true_or_false, False, since="2.15")

    def call(self, inputs: Tensor) -> Tensor:
        """Return one cell for each channel."""
        if self.keepdims:
            return with_channels_first(self.whole, inputs, self.data_format, self.rank)
        if self.data_format == "channels_last":
            inputs = torch.permute(inputs, to_first(self.rank + 2))
        return self.whole(inputs)

    def whole(self, inputs: Tensor) -> Tensor:
        """Return one cell for each channel of inputs with channels behind the batch."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (batch, channels), with ones between them if `keepdims`."""
        depth = channels(input_shape, self.data_format)
        ones = [1] * (self.rank if self.keepdims else 0)
        return with_sizes(input_shape[0], ones, depth, self.data_format)

    def _pooled_axes(self) -> tuple[int, ...]:
        return tuple(range(2, self.rank + 2))


class GlobalMaxPooling(GlobalPooling):
    """Take the largest cell of each channel."""

    def whole(self, inputs: Tensor) -> Tensor:
        """Return the largest cell of each channel."""
        return torch.amax(inputs, self._pooled_axes(), keepdim=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """Average each channel."""

    def whole(self, inputs: Tensor) -> Tensor:
        """Return the mean of each channel."""
        return torch.mean(inputs, self._pooled_axes(), keepdim=self.keepdims)


@LAYERS.register("GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMaxPooling):
    """Take the largest step of each channel of (batch, steps, channels).

    >>> GlobalMaxPooling1D()(Input((5, 4))).shape
    (None, 4)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3)


@LAYERS.register("GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMaxPooling):
    """Take the largest cell of each channel of (batch, rows, columns, channels).

    >>> GlobalMaxPooling2D()(Input((5, 6, 4))).shape
    (None, 4)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)


@LAYERS.register("GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMaxPooling):
    """Take the largest cell of each channel of (batch, depth, rows, columns, channels).

    >>> GlobalMaxPooling3D()(Input((5, 6, 7, 4))).shape
    (None, 4)
    """

    rank = 3
    input_spec = InputSpec(ndim=5)


@LAYERS.register("GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAveragePooling):
    """Average the steps of each channel of (batch, steps, channels); masked steps do not count.

    >>> GlobalAveragePooling1D()(Input((5, 4))).shape
    (None, 4)
    """

    rank = 1
    input_spec = InputSpec(ndim=3)
    supports_masking = True
    data_format: str = arg(data_format, LAST_BEFORE_KERAS_3)

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the mean of the steps that count."""
        if mask is None:
            return super().call(inputs)
        steps = 1 if self.data_format == "channels_last" else 2
        counted = torch.unsqueeze(mask, 3 - steps).to(self.torch_dtype)
        total = torch.sum(inputs * counted, dim=steps, keepdim=self.keepdims)
        return total / torch.sum(counted, dim=steps, keepdim=self.keepdims)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return no mask: the steps are gone."""
        return


@LAYERS.register("GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAveragePooling):
    """Average each channel of (batch, rows, columns, channels).

    >>> GlobalAveragePooling2D()(Input((5, 6, 4))).shape
    (None, 4)
    """

    rank = 2
    input_spec = InputSpec(ndim=4)


@LAYERS.register("GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAveragePooling):
    """Average each channel of (batch, depth, rows, columns, channels).

    >>> GlobalAveragePooling3D()(Input((5, 6, 7, 4))).shape
    (None, 4)
    """

    rank = 3
    input_spec = InputSpec(ndim=5)


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
