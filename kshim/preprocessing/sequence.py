"""Sequences of numbers: padding, skip-grams, windows over time series.

Random draws come from Python's `random` and from `np.random` in Keras's order, so that a
seeded script sees the numbers it saw under Keras.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.errors import ArgumentError
from kshim.utils.sequences import Sequence as Batches

EULER_GAMMA = 0.577  # as rounded in Keras


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> NDArray[Any]:
    """Return sequences of different lengths as one array, padded or cut to one length.

    Shapes:
        sequences: lists of (length, ...), result: (sequences, maxlen, ...)

    Args:
        maxlen: the length; None is that of the longest.
        padding: put `value` "pre" (before) or "post" (after) a short sequence.
        truncating: cut a long one at its start ("pre") or end ("post").
        dtype: the type of the result; `object` for text of any length.

    Source: Keras 2.2.4 preprocessing/sequence.py (keras_preprocessing 1.1.2).
    """
    _check_choice("padding", padding)
    _check_choice("truncating", truncating)
    if not hasattr(sequences, "__len__"):
        raise ArgumentError("sequences", "a list of sequences", sequences, who="pad_sequences")
    bad = next((one for one in sequences if not hasattr(one, "__len__")), None)
    if bad is not None:
        raise ArgumentError("sequences", "a list of sequences", bad, who="pad_sequences")
    _check_text_fits(value, dtype)
    length = max(map(len, sequences), default=0) if maxlen is None else maxlen
    first = next((one for one in sequences if len(one)), ())
    padded = np.full((len(sequences), length, *np.shape(first)[1:]), value, dtype)
    for place, one in enumerate(sequences):
        if len(one):
            _put(padded[place], one, padding, truncating)
    return padded


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> NDArray[np.float64]:
    """Return for each rank how likely its word is to be kept by `skipgrams`.

        p(rank) = min(1, sqrt(sampling_factor / frequency(rank)))
        1 / frequency(rank) = rank * (log(rank) + gamma) + 1/2 - 1 / (12 * rank)

    Rank 0 counts as rank 1.

    Source: Keras 2.2.4 preprocessing/sequence.py.
    """
    rank = np.maximum(np.arange(size), 1)
    inverse_frequency = rank * (np.log(rank) + EULER_GAMMA) + 0.5 - 1.0 / (12.0 * rank)
    scaled = sampling_factor * inverse_frequency
    kept: NDArray[np.float64] = np.minimum(1.0, scaled / np.sqrt(scaled))
    return kept


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Sequence[float] | None = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Return word pairs and whether the second stands near the first (1) or was drawn (0).

    Args:
        sequence: word numbers; 0 is no word and is skipped.
        vocabulary_size: one more than the largest word number.
        window_size: how far apart two words may stand.
        negative_samples: drawn pairs for each real one.
        categorical: give labels as [0, 1] and [1, 0].
        sampling_table: for each word, how likely it is to be kept.

    Source: Keras 2.2.4 preprocessing/sequence.py.
    """
    near, drawn = ([0, 1], [1, 0]) if categorical else (1, 0)
    couples: list[list[int]] = []
    for place, word in enumerate(sequence):
        if word and not (sampling_table is not None and sampling_table[word] < random.random()):
            couples += [[word, other] for other in _around(sequence, place, window_size) if other]
    labels = [near] * len(couples)
    if negative_samples > 0:
        count = int(len(couples) * negative_samples)
        words = [word for word, _ in couples]
        random.shuffle(words)
        couples += [
            [words[number % len(words)], random.randint(1, vocabulary_size - 1)]
            for number in range(count)
        ]
        labels += [drawn] * count
    if shuffle:
        _shuffle_alike(couples, labels, seed)
    return couples, labels


class TimeseriesGenerator(Batches):
    """Give batches of windows over a time series, each with the value that follows it.

    Window `i` ends before time `start_index + length + i * stride` and holds every
    `sampling_rate`-th step of the `length` steps before it.

    Args:
        data: the series, time first.
        targets: one for each time.
        length: steps that a window spans.
        sampling_rate: steps between two that are kept.
        stride: steps between two windows.
        start_index, end_index: the times to use, both included; None is to the end.
        shuffle: draw the windows of a batch at random.
        reverse: give each window with its newest step first.
        batch_size: windows in a batch.

    Source: Keras 2.2.4 preprocessing/sequence.py.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        who = "TimeseriesGenerator"
        if len(data) != len(targets):
            raise ArgumentError("targets", f"as long as data ({len(data)})", len(targets), who=who)
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride = sampling_rate, stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse, self.batch_size = shuffle, reverse, batch_size
        if self.start_index > self.end_index:
            wanted = f"at most end_index={self.end_index}, or no window fits"
            raise ArgumentError("start_index + length", wanted, self.start_index, who=who)

    def __len__(self) -> int:
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index: int) -> tuple[NDArray[Any], NDArray[Any]]:
        ends = self._ends(index)
        rate = self.sampling_rate
        windows = np.array([self.data[end - self.length : end : rate] for end in ends])
        followed = np.array([self.targets[end] for end in ends])
        return (windows[:, ::-1, ...] if self.reverse else windows), followed

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, data and targets as JSON texts.

        As in Keras, `start_index` is given with `length` already added to it.
        """
        names = "length sampling_rate stride start_index end_index shuffle reverse batch_size"
        told = {name: getattr(self, name) for name in names.split()}
        return {"data": _as_json(self.data), "targets": _as_json(self.targets), **told}

    def to_json(self, **options: Any) -> str:
        """Return the configuration as a JSON text; `options` go to `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **options
        )

    def _ends(self, index: int) -> NDArray[np.int_]:
        """Return the times that follow the windows of a batch."""
        first, last = self.start_index, self.end_index + 1
        if self.shuffle:
            return np.random.randint(first, last, size=self.batch_size)
        start = first + self.batch_size * self.stride * index
        return np.arange(start, min(start + self.batch_size * self.stride, last), self.stride)


def timeseries_generator_from_json(json_string: str) -> TimeseriesGenerator:
    """Return the generator that `to_json` told of."""
    config = json.loads(json_string)["config"]
    config |= {"data": json.loads(config["data"]), "targets": json.loads(config["targets"])}
    return TimeseriesGenerator(**config)


def remove_long_sequences(
    maxlen: int, sequences: Sequence[Any], labels: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """Return the sequences shorter than `maxlen`, with their labels."""
    kept = [pair for pair in zip(sequences, labels, strict=True) if len(pair[0]) < maxlen]
    return [one for one, _ in kept], [label for _, label in kept]


_remove_long_seq = remove_long_sequences  # the name that Keras's own examples import


def _put(row: NDArray[Any], one: Any, padding: str, truncating: str) -> None:
    """Write a sequence into its row, cut to the row's length."""
    length = len(row)
    cut = np.asarray(one[-length:] if truncating == "pre" else one[:length], row.dtype)
    if cut.shape[1:] != row.shape[1:]:
        wanted = f"of shape {row.shape[1:]} at every step, as in the first sequence"
        raise ArgumentError("sequences", wanted, cut.shape[1:], who="pad_sequences")
    if padding == "post":
        row[: len(cut)] = cut
    else:
        row[-len(cut) :] = cut


def _check_choice(what: str, given: str) -> None:
    if given not in ("pre", "post"):
        raise ArgumentError(what, "'pre' or 'post'", given, who="pad_sequences")


def _check_text_fits(value: Any, dtype: Any) -> None:
    if isinstance(value, str) and np.dtype(dtype).kind not in "OU":
        wanted = "object or a text type where value is a text"
        raise ArgumentError("dtype", wanted, dtype, who="pad_sequences")


def _around(sequence: Sequence[int], place: int, window: int) -> list[int]:
    return [*sequence[max(0, place - window) : place], *sequence[place + 1 : place + window + 1]]


def _shuffle_alike(couples: list[Any], labels: list[Any], seed: int | None) -> None:
    """Shuffle two lists in the same way, leaving `random` seeded as Keras leaves it."""
    if seed is None:
        seed = random.randint(0, 10_000_000)
    for one in (couples, labels):
        random.seed(seed)
        random.shuffle(one)


def _as_json(values: Any) -> str:
    return json.dumps(values.tolist() if isinstance(values, (np.ndarray, np.generic)) else values)
