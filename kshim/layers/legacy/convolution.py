"""Keras 1's names for dilated and transposed convolutions: AtrousConvolution, Deconvolution2D."""

from __future__ import annotations

from typing import Any, ClassVar

from kshim.core.arguments import arg, parts
from kshim.core.axes import spatial, with_sizes
from kshim.core.checks import numbers, optional, sizes
from kshim.core.eras import by_era
from kshim.core.shapes import Shape
from kshim.layers.base import LAYERS
from kshim.layers.convolution import Conv1D, Conv2D
from kshim.layers.transposed import Conv2DTranspose


@LAYERS.register("AtrousConv1D")
class AtrousConvolution1D(Conv1D):
    """Slide a learned kernel with gaps, `atrous_rate` - 1 cells wide, over the steps.

    >>> AtrousConvolution1D(filters=2, kernel_size=3)(Input((5, 4))).shape
    (None, 3, 2)
    """

    keras_names: ClassVar[Any] = by_era({"1.2": "AtrousConvolution1D", "2.0": "Conv1D"})


@LAYERS.register("AtrousConv2D")
class AtrousConvolution2D(Conv2D):
    """Slide a learned kernel with gaps, `atrous_rate` - 1 cells wide, over rows and columns.

    >>> AtrousConvolution2D(filters=2, kernel_size=3)(Input((5, 6, 4))).shape
    (None, 3, 4, 2)
    """

    keras_names: ClassVar[Any] = by_era({"1.2": "AtrousConvolution2D", "2.0": "Conv2D"})


@LAYERS.register("Deconv2D")
class Deconvolution2D(Conv2DTranspose):
    """Spread each cell through a learned kernel, over as many rows and columns as are told.

    Args:
        output_shape: the batch counted; without it, that of Conv2DTranspose.

        >>> layer = Deconvolution2D(filters=2, kernel_size=(3, 3), output_shape=(None, 7, 8, 2))
        >>> layer(Input((5, 6, 4))).shape
        (None, 7, 8, 2)

    Source: Keras 1.2.2 layers/convolutional.py; TensorFlow's conv2d_transpose.
    """

    keras_names: ClassVar[Any] = by_era({"1.2": "Deconvolution2D", "2.0": "Conv2DTranspose"})

    kernel_size: tuple[int, ...] = arg(numbers(2), was=parts("nb_row", "nb_col"))
    output_shape = arg(optional(sizes(1, count=4)), None, attribute="told_shape")

    def build(self, input_shape: Shape) -> None:
        """Make kernel and bias for inputs whose sizes lead to those that are told."""
        self.sizes = spatial(input_shape, self.data_format)
        super().build(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch, the sizes that are told, and the filters."""
        if self.told_shape is None:
            return super().compute_output_shape(input_shape)
        told = spatial(self.told_shape, self.data_format)
        return with_sizes(input_shape[0], told, self.filters, self.data_format)

    @property
    def keras_name(self) -> str:
        """Return the name in files; Keras 1's wherever Conv2DTranspose cannot stand for it."""
        return super().keras_name if self._is_usual() else type(self).__name__

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; the shape only where an unusual one was told."""
        config = super().get_config()
        if self._is_usual():
            del config["output_shape"]
        return config

    def _is_usual(self) -> bool:
        """Return whether the shape that was told, if any, is the one that Conv2DTranspose gives."""
        told: Any = getattr(self, "told_shape", None)
        if told is None:
            return True
        if not self.built:
            return False
        inputs = with_sizes(None, self.sizes, self.filters, self.data_format)
        usual = super().compute_output_shape(inputs)
        return spatial(usual, self.data_format) == spatial(told, self.data_format)

    def _cuts(self) -> list[int]:
        """Return how many cells of each axis do not come out; below 0 where some are added."""
        told = None if self.told_shape is None else spatial(self.told_shape, self.data_format)
        if told is None or None in (*told, *self.sizes):
            return super()._cuts()
        moves = zip(self.sizes, self.strides, self._whole(), told, strict=True)
        return [
            (int(size or 0) - 1) * step + reach - int(wanted or 0)
            for size, step, reach, wanted in moves
        ]
