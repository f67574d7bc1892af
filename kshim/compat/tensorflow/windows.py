"""timeseries_dataset_from_array: windows over a series, each with its target.

Source: tf.keras 2.15 utils/timeseries_dataset.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kshim.compat.tensorflow.arrays import as_tensor
from kshim.compat.tensorflow.data import Dataset
from kshim.errors import ArgumentError

__all__ = ["timeseries_dataset_from_array"]

WHO = "timeseries_dataset_from_array"


def timeseries_dataset_from_array(
    data: Any, targets: Any, sequence_length: int, sequence_stride: int = 1,
    sampling_rate: int = 1, batch_size: int | None = 128, shuffle: bool = False,
    seed: int | None = None, start_index: int | None = None, end_index: int | None = None,
) -> Dataset:  # fmt: skip
    """Return a data set of windows over an array's rows, and of the targets at their starts.

    The window at i holds the rows i, i + rate, ..., i + (length - 1) * rate; i takes every
    `sequence_stride`th place.

    Shapes:
        windows: (batch, sequence_length, ...), targets: (batch, ...)

    Args:
        targets: targets[i] belongs to the window that starts at i; None for windows alone.
        sampling_rate: steps from one row of a window to the next.
        batch_size: None gives one window at a time.
        shuffle: mix the windows once, and again in each epoch what stands within eight
            batches; the latter not in tensorflow's order, which its own generator draws.
        start_index, end_index: the rows (and targets) to use, the end left out.

    Raises:
        ArgumentError: for steps and places outside the series.
    """
    count = len(data)
    _check(count, sequence_stride, sampling_rate, start_index, end_index)
    first, last = start_index or 0, count if end_index is None else end_index
    windows = last - first - (sequence_length - 1) * sampling_rate
    if targets is not None:
        windows = min(windows, len(targets))
    starts = np.arange(0, windows, sequence_stride)
    if shuffle:
        seed = np.random.randint(10**6) if seed is None else seed
        np.random.RandomState(seed).shuffle(starts)
    series = as_tensor(data[first:last])
    marks = None if targets is None else as_tensor(targets[first:last])
    steps = torch.arange(sequence_length) * sampling_rate

    def made(start: Any) -> Any:
        window = series[steps + start]
        return window if marks is None else (window, marks[start])

    elements = Dataset.from_tensor_slices(starts).map(made)
    if shuffle:
        elements = elements.shuffle(1024 if batch_size is None else batch_size * 8, seed)
    return elements if batch_size is None else elements.batch(batch_size)


def _check(count: int, stride: int, rate: int, start: int | None, end: int | None) -> None:
    within = f"at least 1 and below the length of the data, {count}"
    for what, value in (("sampling_rate", rate), ("sequence_stride", stride)):
        if not 0 < value < count:
            raise ArgumentError(what, within, value, who=WHO)
    if start and not 0 <= start < count:
        wanted = f"at least 0 and below the length of the data, {count}"
        raise ArgumentError("start_index", wanted, start, who=WHO)
    if end and not 0 < end < count:
        raise ArgumentError("end_index", within, end, who=WHO)
    if start and end and end <= start:
        raise ArgumentError("end_index", f"above start_index, {start}", end, who=WHO)
