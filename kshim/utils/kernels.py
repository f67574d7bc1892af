"""Kernels of convolutions written by other backends, and the lengths that windows leave.

Theano turns kernels round before it slides them; TensorFlow and torch do not.

Source: Keras 2.2.4 utils/conv_utils.py, utils/layer_utils.py; Keras 1.2.2 utils/np_utils.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.checks import data_format as normalize_data_format
from kshim.core.checks import one_of
from kshim.core.shapes import window_length
from kshim.errors import ArgumentError, WrongWord
from kshim.layers.convolution import Convolution
from kshim.layers.transposed import Conv2DTranspose

__all__ = [
    "conv_input_length", "conv_output_length", "convert_all_kernels_in_model",
    "convert_dense_weights_data_format", "convert_kernel", "deconv_length",
    "normalize_data_format", "normalize_padding", "normalize_tuple",
]  # fmt: skip


def convert_kernel(kernel: Any) -> NDArray[Any]:
    """Return a kernel turned round along its window's axes: from Theano's to TensorFlow's, or back.

    Shapes:
        kernel: (*window, channels, filters)
    """
    array = np.asarray(kernel)
    if not 3 <= array.ndim <= 5:
        raise ArgumentError("kernel", "of 3 to 5 axes", array, who="convert_kernel")
    return np.flip(array, tuple(range(array.ndim - 2))).copy()


def convert_all_kernels_in_model(model: Any) -> None:
    """Turn the kernels of all convolutions of a model round."""
    for layer in model.layers:
        if isinstance(layer, Convolution | Conv2DTranspose):
            layer.kernel.assign(convert_kernel(layer.kernel.numpy()))


def convert_dense_weights_data_format(
    dense: Any, previous_feature_map_shape: Any, target_data_format: str = "channels_first"
) -> None:
    """Put the rows of a Dense kernel in the order in which Flatten would lay images out.

    Args:
        dense: the layer behind Flatten.
        previous_feature_map_shape: the shape of one image before Flatten, in the new format.
        target_data_format: the format images have from now on.
    """
    kernel, *rest = dense.get_weights()
    to_first = normalize_data_format(target_data_format) == "channels_first"
    first, second, third = previous_feature_map_shape
    sizes = (second, third, first) if to_first else (third, first, second)
    order = (2, 0, 1) if to_first else (1, 2, 0)
    rows = kernel.reshape(*sizes, -1).transpose(*order, 3)
    dense.set_weights([rows.reshape(kernel.shape), *rest])


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """Return how many steps a window makes over an axis.

    Raises:
        WrongWord: for another padding than same, valid, causal, full.
    """
    _check_padding(padding, ("same", "valid", "causal", "full"))
    return window_length(input_length, filter_size, padding, stride, dilation)


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """Return the length of an axis over which a window makes so many steps.

    Raises:
        WrongWord: for another padding than same, valid, full.
    """
    if output_length is None:
        return None
    _check_padding(padding, ("same", "valid", "full"))
    ends = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * ends + filter_size


def _check_padding(padding: str, known: tuple[str, ...]) -> None:
    if padding not in known:
        raise WrongWord("padding", f"one of {', '.join(known)}", padding)


def deconv_length(
    dim_size: int | None,
    stride_size: int,
    kernel_size: int,
    padding: str,
    output_padding: int | None = None,
    dilation: int = 1,
) -> int | None:
    """Return the length of an axis after a transposed convolution."""
    if dim_size is None:
        return None
    reach = (kernel_size - 1) * dilation + 1
    if output_padding is not None:
        ends = {"same": reach // 2, "valid": 0, "full": reach - 1}[padding]
        return (dim_size - 1) * stride_size + reach - 2 * ends + output_padding
    more = {"same": 0, "valid": max(reach - stride_size, 0), "full": 2 - stride_size - reach}
    return dim_size * stride_size + more[padding]


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """Return a whole number n times, or `n` of them as they are.

    Raises:
        ValueError: naming the argument `name`.
    """
    if isinstance(value, int):
        return (value,) * n
    numbers = tuple(value) if hasattr(value, "__iter__") and not isinstance(value, str) else ()
    if len(numbers) != n or not all(_is_whole(one) for one in numbers):
        raise ArgumentError(name, f"{n} whole numbers", value)
    return numbers


def normalize_padding(value: str) -> str:
    """Return the name of a padding in small letters."""
    return str(one_of("valid", "same", "causal", "full")(str(value).lower()))


def _is_whole(value: Any) -> bool:
    return not isinstance(value, str) and float(value).is_integer()
