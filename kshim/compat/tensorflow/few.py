"""tensorflow functions that few scripts touch: shapes, sequences, patches, pools, convolutions.

Source: TensorFlow 1.14 and 2.15.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kshim.backend import convolution
from kshim.compat.tensorflow.arrays import as_tensor, dtype_of, sizes
from kshim.compat.tensorflow.operations import take_symbols
from kshim.errors import ArgumentError, ShapeError

__all__ = [
    "as_dtype", "batch_gather", "broadcast_dynamic_shape", "ensure_shape", "random_shuffle",
    "reverse_sequence",
]  # fmt: skip


def as_dtype(type_value: Any) -> torch.dtype:
    """Return the type of a name or a numpy type."""
    return dtype_of(type_value)


def batch_gather(params: Any, indices: Any, name: Any = None) -> torch.Tensor:
    """Return for each row of a batch its elements at the row's own indices.

    Shapes:
        params: (..., n, rest), indices: (..., m); what is returned: (..., m, rest)
    """
    held, places = as_tensor(params), as_tensor(indices).long()
    axis = len(places.shape) - 1
    spread = places.reshape(*places.shape, *[1] * (len(held.shape) - axis - 1))
    wanted = (*places.shape, *held.shape[axis + 1 :])
    return torch.gather(held, axis, spread.expand(wanted))


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> torch.Tensor:
    """Return the shape that two shapes give together."""
    whole = np.broadcast_shapes(sizes(as_tensor(shape_x)), sizes(as_tensor(shape_y)))
    return torch.tensor(whole, dtype=torch.int32)


def ensure_shape(x: Any, shape: Any, name: Any = None) -> torch.Tensor:
    """Return x, whose shape must fit; None fits every size.

    Raises:
        ShapeError: when it does not fit.
    """
    held, wanted = as_tensor(x), tuple(shape)
    fits = len(held.shape) == len(wanted) and all(
        one is None or one == size for one, size in zip(wanted, held.shape, strict=True)
    )
    if not fits:
        raise ShapeError(f"tf.ensure_shape: x must have shape {wanted}, got {tuple(held.shape)}.")
    return held


def random_shuffle(value: Any, seed: int | None = None, name: Any = None) -> torch.Tensor:
    """Return the rows of a tensor in an order that is drawn."""
    held = as_tensor(value)
    draw = None if seed is None else torch.Generator().manual_seed(seed)
    return held[torch.randperm(held.shape[0], generator=draw)]


def reverse_sequence(
    input: Any, seq_lengths: Any, seq_axis: int | None = None, batch_axis: int | None = None,
    name: Any = None, seq_dim: int | None = None, batch_dim: int | None = None,
) -> torch.Tensor:  # fmt: skip
    """Return sequences whose first steps, as many as each one's length tells, are turned round.

    Raises:
        ArgumentError: without an axis of steps.
    """
    steps = seq_axis if seq_axis is not None else seq_dim
    rows = (batch_axis if batch_axis is not None else batch_dim) or 0
    if steps is None:
        raise ArgumentError("seq_axis", "a whole number", None, who="tf.reverse_sequence")
    held = as_tensor(input)
    lengths = as_tensor(seq_lengths).long()[:, None]
    place = torch.arange(held.shape[steps])[None]
    order = torch.where(place < lengths, lengths - 1 - place, place)
    order = order if rows < steps else order.T
    shape = [1] * len(held.shape)
    shape[rows], shape[steps] = held.shape[rows], held.shape[steps]
    return torch.gather(held, steps, order.reshape(shape).expand(held.shape))


def conv1d(
    input: Any, filters: Any, stride: Any = 1, padding: str = "VALID", data_format: str = "NWC",
    dilations: Any = 1, name: Any = None,
) -> torch.Tensor:  # fmt: skip
    """Return the convolution of sequences: `tf.nn.conv1d`.

    Shapes:
        input: (batch, steps, channels), filters: (size, channels, filters)
    """
    return convolution.conv1d(
        as_tensor(input), as_tensor(filters), _one(stride), padding.lower(), _format(data_format),
        _one(dilations),
    )  # fmt: skip


def conv3d_transpose(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: str = "SAME",
    data_format: str = "NDHWC", dilations: Any = None, name: Any = None,
) -> torch.Tensor:  # fmt: skip
    """Return the transposed convolution of volumes: `tf.nn.conv3d_transpose`.

    Shapes:
        filters: (depth, rows, columns, filters, channels)
    """
    last = data_format.endswith("C")
    steps = [strides] * 3 if isinstance(strides, int) else [*strides]
    if len(steps) == 5:
        steps = steps[1:4] if last else steps[2:]
    shape = tuple(sizes(output_shape))
    return convolution.conv3d_transpose(
        as_tensor(input), as_tensor(filters), shape, tuple(steps), padding.lower(),
        _format(data_format),
    )  # fmt: skip


def max_pool(
    input: Any, ksize: Any, strides: Any, padding: str = "VALID", data_format: str = "NHWC",
    name: Any = None,
) -> torch.Tensor:  # fmt: skip
    """Return the largest number of each window of images: `tf.nn.max_pool`."""
    return convolution.pool2d(
        as_tensor(input), _inner(ksize, data_format), _inner(strides, data_format),
        padding.lower(), _format(data_format), "max",
    )  # fmt: skip


def avg_pool(
    input: Any, ksize: Any, strides: Any, padding: str = "VALID", data_format: str = "NHWC",
    name: Any = None,
) -> torch.Tensor:  # fmt: skip
    """Return the mean of each window of images: `tf.nn.avg_pool`."""
    return convolution.pool2d(
        as_tensor(input), _inner(ksize, data_format), _inner(strides, data_format),
        padding.lower(), _format(data_format), "avg",
    )  # fmt: skip


def _format(data_format: str) -> str:
    return "channels_last" if data_format.endswith("C") else "channels_first"


def _inner(given: Any, data_format: str) -> tuple[int, int]:
    """Return rows and columns of a size that may count batch and channels, too."""
    if isinstance(given, int):
        return (given, given)
    held = tuple(given)
    if len(held) == 4:
        held = held[1:3] if data_format.endswith("C") else held[2:]
    rows, columns = held * 2 if len(held) == 1 else held
    return rows, columns


def _one(given: Any) -> int:
    return int(given if isinstance(given, int) else max(given))


take_symbols(globals(), without=("as_dtype", "broadcast_dynamic_shape"))
