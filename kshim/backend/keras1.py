"""Backend functions that only Keras 1 had.

Source: Keras 1.2.2 backend/tensorflow_backend.py.
"""

from __future__ import annotations

from typing import Any

from kshim.backend.comparing import less, less_equal
from kshim.backend.convolution import conv2d, conv2d_transpose
from kshim.backend.padding import spatial_2d_padding, temporal_padding
from kshim.backend.shaping import permute_dimensions
from kshim.core.checks import data_format as check_data_format
from kshim.errors import ArgumentError

_ORDERINGS = {"default": None, "tf": "channels_last", "th": "channels_first"}

lesser, lesser_equal = less, less_equal


def asymmetric_temporal_padding(x: Any, left_pad: int = 1, right_pad: int = 1) -> Any:
    """Return (batch, steps, features) with steps of zeros before and behind."""
    return temporal_padding(x, (left_pad, right_pad))


def asymmetric_spatial_2d_padding(
    x: Any, top_pad: int = 1, bottom_pad: int = 1, left_pad: int = 1, right_pad: int = 1,
    dim_ordering: str = "default",
) -> Any:  # fmt: skip
    """Return images with rows and columns of zeros around."""
    ends = ((top_pad, bottom_pad), (left_pad, right_pad))
    return spatial_2d_padding(x, ends, _format(dim_ordering))


def atrous_conv2d(
    x: Any, kernel: Any, rate: int = 1, border_mode: str = "valid", dim_ordering: str = "default",
    image_shape: Any = None, filter_shape: Any = None, filter_dilation: Any = None,
) -> Any:  # fmt: skip
    """Return a convolution whose window has gaps."""
    return conv2d(
        x, kernel, padding=border_mode, data_format=_format(dim_ordering),
        dilation_rate=(rate, rate),
    )  # fmt: skip


def deconv2d(
    x: Any, kernel: Any, output_shape: Any, strides: Any = (1, 1), border_mode: str = "valid",
    dim_ordering: str = "default", image_shape: Any = None, filter_shape: Any = None,
) -> Any:  # fmt: skip
    """Return a convolution taken backwards, of a shape.

    Shapes:
        kernel: (rows, columns, channels, filters), or (filters, channels, rows, columns) where
            channels come first
    """
    order = _format(dim_ordering)
    is_first = check_data_format(order) == "channels_first"
    turned = permute_dimensions(kernel, (2, 3, 0, 1) if is_first else (0, 1, 3, 2))
    return conv2d_transpose(x, turned, output_shape, strides, border_mode, order)


def _format(dim_ordering: str) -> str | None:
    if dim_ordering not in _ORDERINGS:
        raise ArgumentError("dim_ordering", "default, tf or th", dim_ordering)
    return _ORDERINGS[dim_ordering]
