"""split_dataset: the first part of some data, and the last.

Source: tf.keras 2.15 utils/dataset_utils.py; torch's data sets from Keras 3.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset as TorchDataset
from torch.utils.data import TensorDataset, random_split

from kshim.compat.tensorflow.data import Dataset
from kshim.errors import ArgumentError, WrongKind

__all__ = ["split_dataset"]

WHO = "split_dataset"


def split_dataset(
    dataset: Any, left_size: float | None = None, right_size: float | None = None,
    shuffle: bool = False, seed: int | None = None, preferred_backend: str | None = None,
) -> tuple[Any, Any]:  # fmt: skip
    """Return the first samples of some data, and the last.

    Args:
        dataset: an array, a list or tuple of arrays of one length, or a `tf.data.Dataset` (one
            that comes straight from `batch` is taken apart and batched again); or a
            `torch.utils.data.Dataset`.
        left_size, right_size: a share below 1 as a float, or a number of samples; None is what
            the other leaves.
        shuffle: mix the samples before, as Python's `random` does after `random.seed(seed)`.
        preferred_backend: "torch" gives torch's data sets, drawn by its `random_split`, which
            mixes whether or not it was asked to; None looks at `dataset`.

    Returns:
        Two data sets of single samples, tuples of them where several arrays were given.

    Raises:
        ArgumentError: sizes that are none, or leave a side empty.
        WrongKind: data of another kind.
    """
    by_torch = isinstance(dataset, TorchDataset)
    if preferred_backend == "torch" or (preferred_backend is None and by_torch):
        return _split_by_torch(dataset, left_size, right_size, shuffle, seed)
    samples = list(_samples(dataset))
    left, right = _sizes(left_size, right_size, len(samples))
    _check_shapes(samples)
    if shuffle:
        random.seed(random.randint(0, 10**6) if seed is None else seed)
        random.shuffle(samples)
    sides = [Dataset.from_tensor_slices(_columns(part)) for part in
             (samples[:left], samples[-right:])]  # fmt: skip
    size = getattr(dataset, "batch_size", None)
    first, last = (side.batch(size) if size else side for side in sides)
    return first, last


def _split_by_torch(
    dataset: Any, left_size: float | None, right_size: float | None, shuffle: bool, seed: int | None
) -> tuple[Any, Any]:
    if not isinstance(dataset, TorchDataset):
        columns = _columns(list(_samples(dataset)))
        parts = columns if isinstance(columns, tuple) else (columns,)
        dataset = TensorDataset(*(torch.as_tensor(part) for part in parts))
    sizes = _sizes(left_size, right_size, len(dataset))
    generator = None
    if shuffle:
        generator = torch.Generator()
        generator.seed() if seed is None else generator.manual_seed(seed)
    left, right = random_split(dataset, sizes, generator=generator)
    return left, right


def _samples(dataset: Any) -> Iterator[Any]:
    """Yield the samples of data, in order."""
    if isinstance(dataset, (list, tuple)):
        if not dataset or not all(isinstance(one, np.ndarray) for one in dataset):
            raise ArgumentError("dataset", "a list of arrays with one at least", dataset, who=WHO)
        lengths = [len(one) for one in dataset]
        if len(set(lengths)) > 1:
            raise ArgumentError("dataset", "arrays of one length", lengths, who=WHO)
        return zip(*dataset, strict=True)
    if isinstance(dataset, Dataset):
        return iter(dataset.unbatch() if dataset.batch_size else dataset)
    if isinstance(dataset, np.ndarray):
        return iter(dataset)
    raise WrongKind("dataset", "an array, a list of arrays or a Dataset", dataset, who=WHO)


def _check_shapes(samples: Sequence[Any]) -> None:
    """Refuse samples of different shapes, of which no array can be made."""
    shapes = [tuple(one.shape) for one in samples if isinstance(one, (np.ndarray, torch.Tensor))]
    other = next((number for number, one in enumerate(shapes) if one != shapes[0]), None)
    if other is not None:
        wanted = f"samples of one shape, {shapes[0]}"
        raise ArgumentError(f"dataset: sample {other}", wanted, shapes[other], who=WHO)


def _columns(samples: Sequence[Any]) -> Any:
    """Return samples stacked: the parts of tuples and dicts each by itself."""
    first = samples[0]
    if isinstance(first, dict):
        return {name: _columns([one[name] for one in samples]) for name in first}
    if isinstance(first, tuple):
        return tuple(_columns(list(part)) for part in zip(*samples, strict=True))
    return np.stack([np.asarray(one) for one in samples])


def _sizes(left: float | None, right: float | None, count: int) -> tuple[int, int]:
    """Return how many samples each side gets.

    Raises:
        ArgumentError: there are none, or a size leaves a side empty.
    """
    if not count:
        raise ArgumentError("dataset", "some samples", 0, who=WHO)
    if left is None and right is None:
        raise ArgumentError("left_size or right_size", "given", None, who=WHO)
    for name, size in (("left_size", left), ("right_size", right)):
        _check_size(name, size, count)
    numbers = [round(one * count) if isinstance(one, float) else one for one in (left, right)]
    first = count - (numbers[1] or 0) if numbers[0] is None else numbers[0]
    last = count - first if numbers[1] is None else numbers[1]
    if first + last > count:
        wanted = f"together at most {count} samples"
        raise ArgumentError("left_size and right_size", wanted, (left, right), who=WHO)
    if not first or not last:
        wanted = f"such that both sides get one of {count} samples"
        raise ArgumentError("left_size and right_size", wanted, (left, right), who=WHO)
    return int(first), int(last)


def _check_size(name: str, size: Any, count: int) -> None:
    if size is None:
        return
    wanted = f"a float between 0 and 1, or a whole number from 1 to {count - 1}"
    if type(size) not in (int, float):
        raise WrongKind(name, wanted, size, who=WHO)
    if not 0 < size < (1 if isinstance(size, float) else count):
        raise ArgumentError(name, wanted, size, who=WHO)
