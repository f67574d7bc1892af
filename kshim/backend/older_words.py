"""What older Kerases called the arguments of K's functions, and in which order they took them.

An older name is understood in every era, with a warning that names the new one outside the eras
that had it; the order of arguments without names is that of the era.

Source: signatures of keras/backend/tensorflow_backend.py in Keras 1.2.2, 2.0.8, 2.2.4 and 2.3.1,
and of tf.keras 2.15's backend.py.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from kshim.core.arguments import OldWord
from kshim.core.eras import by_era
from kshim.errors import UnexpectedArgument

Given = ParamSpec("Given")
Made = TypeVar("Made")

# The older name of an argument: its name now.
_CHANNELS = {"dim_ordering": "data_format"}
_WINDOWS = {"border_mode": "padding", **_CHANNELS}
# Shapes that Theano wanted to be told, and that nothing needs.
_SHAPES = ("image_shape", "volume_shape", "filter_shape")

_WORDS: dict[str, Mapping[str, str]] = {
    "conv1d": {"stride": "strides", **_WINDOWS},
    "conv2d": {"filter_dilation": "dilation_rate", **_WINDOWS},
    "conv3d": _WINDOWS,
    "expand_dims": {"dim": "axis"},
    "moving_average_update": {"variable": "x"},
    "one_hot": {"nb_classes": "num_classes"},
    "pool2d": _WINDOWS,
    "pool3d": _WINDOWS,
    "random_normal": {"std": "stddev"},
    "random_uniform": {"low": "minval", "high": "maxval"},
    "resize_images": {"X": "x", **_CHANNELS},
    "resize_volumes": {"X": "x", **_CHANNELS},
    "separable_conv2d": _WINDOWS,
    "spatial_2d_padding": _CHANNELS,
    "spatial_3d_padding": _CHANNELS,
}
# What no two Kerases call alike: nobody is told of one that is right.
_OTHERWISE: dict[str, Mapping[str, str]] = {
    "batch_get_value": {"xs": "ops", "tensors": "ops"},
    "set_epsilon": {"e": "value"},
    "set_floatx": {"floatx": "name", "value": "name"},
    "set_image_data_format": {"data_format": "name", "dim_ordering": "name"},
}

_CROSSENTROPY = {"1.2": "output target from_logits", "2.0": ""}
_ORDERS: dict[str, Mapping[str, str]] = {
    "batch_normalization": {"1.2": "x mean var beta gamma epsilon", "2.2": ""},
    "binary_crossentropy": _CROSSENTROPY,
    "categorical_crossentropy": _CROSSENTROPY,
    "sparse_categorical_crossentropy": _CROSSENTROPY,
    "conv1d": {"1.2": "x kernel strides padding image_shape filter_shape", "2.0": ""},
    "conv2d": {
        "1.2": "x kernel strides padding data_format image_shape filter_shape dilation_rate",
        "2.0": "",
    },
    "conv3d": {
        "1.2": "x kernel strides padding data_format volume_shape filter_shape", "2.0": "",
    },
}  # fmt: skip


def in_older_words(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """Let a function of K take the words of every Keras, and the era's order."""
    name = str(getattr(function, "__name__", ""))
    words, order = words_of(name), by_era(_ORDERS.get(name, {"1.2": ""}))
    present = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        places = order.value().split()
        if places:
            args, kwargs = (), _named(name, places, args, kwargs)
        if kwargs:
            kwargs = {key: one for key, one in kwargs.items() if key not in _SHAPES}
            kwargs = _in_present_words(name, words, kwargs)
        if places:
            leading = itertools.takewhile(kwargs.__contains__, present)
            args = tuple(kwargs.pop(one) for one in list(leading))
        return function(*args, **kwargs)

    return call


def words_of(name: str) -> Mapping[str, str]:
    """Return the present name of each other word that a function of K takes."""
    return {**_WORDS.get(name, {}), **_OTHERWISE.get(name, {})}


def _named(name: str, places: list[str], args: tuple[Any, ...], kwargs: Any) -> dict[str, Any]:
    """Return all arguments by name."""
    if len(args) > len(places):
        raise UnexpectedArgument(f"{name}: takes {len(places)} arguments, got {len(args)}.")
    return _joined(name, dict(zip(places, args, strict=False)), kwargs)


def _in_present_words(name: str, words: Mapping[str, str], kwargs: Any) -> dict[str, Any]:
    """Return arguments under their present names; tell of the older ones."""
    old = {key for key in kwargs if key in words}
    if name in _WORDS and _IS_TOLD.value():
        for key in sorted(old):
            told = f"K.{name}: {key} is an old word for {words[key]}."
            warnings.warn(told, OldWord, stacklevel=4)
    present = {key: one for key, one in kwargs.items() if key not in old}
    return _joined(name, present, {words[key]: kwargs[key] for key in sorted(old)})


def _joined(name: str, first: dict[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    for key in others:
        if key in first:
            raise UnexpectedArgument(f"K.{name}: {key} must be given once, got it twice.")
    return {**first, **others}


# A script of Keras 1 is not told that it speaks as Keras 1 does.
_IS_TOLD = by_era({"1.2": False, "2.0": True})
