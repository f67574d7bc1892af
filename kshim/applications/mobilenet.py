"""MobileNet: convolutions of each channel by itself and of all channels of one point, in turn.

Source: Keras 2.0.8 applications/mobilenet.py, keras_applications 1.0.8, tf.keras 2.15, Keras 3.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from kshim.applications.blocks import (
    activation,
    channel_axis,
    conv,
    depthwise,
    norm,
    pad,
    pool_all,
    sizes_of,
)
from kshim.applications.blocks import relu6 as cut
from kshim.applications.describing import Asked, architecture
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.stored import RELEASES, STORE, Stored
from kshim.core.eras import by_era
from kshim.core.settings import image_data_format
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError
from kshim.layers.core import Dropout, Reshape
from kshim.layers.operations import operation
from kshim.layers.separable import DepthwiseConv2D

__all__ = ["DepthwiseConv2D", "MobileNet", "decode_predictions", "preprocess_input", "relu6"]

preprocess_input = pixels_in("tf", __name__)
SIZES = (128, 160, 192, 224)
ALPHAS = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}
# Filters behind each pair of convolutions, and by how many steps the first goes.
_PAIRS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
    (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip

# Cutting below 0 and above 6 is a function in a layer Activation, or a layer ReLU.
_CUTS_BY_FUNCTION = by_era({"1.2": True, "2.2": False})
# Which convolutions of two steps have their zeros put before them, at the end of each axis alone.
_PADDED = by_era({"1.2": (), "2.2": ("first", "others"), "2.15": ("others",)})
# The layers on top: a shape by hand, and what comes first, the classes' shape or the activation.
_SHAPES_MEANS = by_era({"1.2": True, "2.15": False})
_ACTIVATION_COMES = by_era({"1.2": "before", "2.2": "behind"})
_ACTIVATION_NAME = by_era({"1.2": "act_softmax", "2.15": "predictions"})
_BASE = by_era({"1.2": f"{RELEASES}v0.6/", "2.15": f"{STORE}mobilenet/"})
_WORDS = "input_shape alpha depth_multiplier dropout include_top weights input_tensor"


@operation
def relu6(x: Tensor) -> Tensor:
    """Return x cut below 0 and above 6."""
    return x.clamp(0, 6)


def size_among(sizes: Sequence[int]) -> Any:
    """Return what tells the usual size: that of square images for which there are weights, or 224.

    Args:
        sizes: rows and columns of the images that weights were trained on.
    """

    def size(asked: Asked) -> int:
        shape = asked.input_shape
        if shape is None and isinstance(asked.input_tensor, Symbol):
            shape = tuple(asked.input_tensor.shape)[1:]
        if not shape or len(shape) != 3:
            return 224
        rows, columns = sizes_of(shape)
        return rows if rows and rows == columns and rows in sizes else 224

    return size


def trained_rows(asked: Asked, sizes: Sequence[int]) -> int | None:
    """Return the rows of images that a model is named after, and its file.

    Where there are no weights for a size, those for 224 are taken, and a warning says so.
    """
    rows, columns = sizes_of(asked.input_shape)
    if asked.weights != "imagenet" or (rows == columns and rows in sizes):
        return rows
    return 224


def warn_of_rows(asked: Asked, sizes: Sequence[int], who: str) -> None:
    """Say that there are no weights for the size of the images."""
    rows, columns = sizes_of(asked.input_shape or (None, None, None))
    if asked.weights == "imagenet" and (rows != columns or rows not in sizes):
        known = ", ".join(map(str, sizes))
        warnings.warn(
            f"{who}: there are weights for square images of {known} rows, and of 224 rows are "
            f"those taken for {rows}x{columns}.", stacklevel=6,
        )  # fmt: skip


def _cut(x: Symbol, name: str) -> Symbol:
    return activation(x, relu6, name) if _CUTS_BY_FUNCTION.value() else cut(x, name)


def _finished(x: Symbol, name: str) -> Symbol:
    """Normalise and cut what a convolution gave."""
    return _cut(norm(x, f"{name}_bn", axis=channel_axis(last=-1)), f"{name}_relu")


def _first(x: Symbol, filters: int) -> Symbol:
    padded = "first" in _PADDED.value()
    if padded:
        x = pad(x, ((0, 1), (0, 1)), "conv1_pad")
    padding = "valid" if padded else "same"
    x = conv(x, filters, 3, "conv1", strides=2, padding=padding, use_bias=False)
    return _finished(x, "conv1")


def _pair(x: Symbol, number: int, filters: int, strides: int, multiplier: int) -> Symbol:
    """Convolve each channel by itself, then all channels of a point."""
    padded = strides > 1 and "others" in _PADDED.value()
    if padded:
        x = pad(x, ((0, 1), (0, 1)), f"conv_pad_{number}")
    x = depthwise(
        x, 3, f"conv_dw_{number}", strides=strides, padding="valid" if padded else "same",
        depth_multiplier=multiplier, use_bias=False,
    )  # fmt: skip
    x = _finished(x, f"conv_dw_{number}")
    x = conv(x, filters, 1, f"conv_pw_{number}", padding="same", use_bias=False)
    return _finished(x, f"conv_pw_{number}")


def _top(x: Symbol, asked: Asked) -> Symbol:
    """Tell classes by a convolution of one point."""
    if _SHAPES_MEANS.value():
        channels = int(1024 * asked.own["alpha"])
        last = image_data_format() == "channels_last"
        x = pool_all(x, "avg")
        x = Reshape((1, 1, channels) if last else (channels, 1, 1), name="reshape_1")(x)
    else:
        x = pool_all(x, "avg", keepdims=True)
    x = Dropout(asked.own["dropout"], name="dropout")(x)
    x = conv(x, asked.classes, 1, "conv_preds", padding="same")
    name, kind = _ACTIVATION_NAME.value(), asked.classifier_activation
    if _ACTIVATION_COMES.value() == "before":
        return Reshape((asked.classes,), name="reshape_2")(activation(x, kind, name))
    return activation(Reshape((asked.classes,), name="reshape_2")(x), kind, name)


def _name(asked: Asked) -> str:
    return f"mobilenet_{asked.own['alpha']:0.2f}_{trained_rows(asked, SIZES)}"


def _file(asked: Asked) -> Stored:
    warn_of_rows(asked, SIZES, "MobileNet")
    ending = "" if asked.include_top else "_no_top"
    alpha, rows = ALPHAS[float(asked.own["alpha"])], trained_rows(asked, SIZES)
    name = f"mobilenet_{alpha}_{rows}_tf{ending}.h5"
    return Stored(name, _BASE.value() + name)


def _check(asked: Asked) -> None:
    if asked.weights != "imagenet":
        return
    alpha, multiplier = asked.own["alpha"], asked.own["depth_multiplier"]
    if alpha not in ALPHAS:
        known = f"one of {', '.join(map(str, ALPHAS))} with weights='imagenet'"
        raise ArgumentError("alpha", known, alpha, who="MobileNet")
    if multiplier != 1:
        wanted = "1 with weights='imagenet'"
        raise ArgumentError("depth_multiplier", wanted, multiplier, who="MobileNet")


@architecture(
    _name,
    top=_top,
    files=_file,
    size=size_among(SIZES),
    images_last=by_era({"1.2": True, "2.2": False}),
    arguments=by_era(
        {
            "1.2": f"{_WORDS} pooling classes",
            "2.15": f"{_WORDS} pooling classes classifier_activation",
            "3": f"{_WORDS} pooling classes classifier_activation name",
        }
    ),
    defaults={"alpha": 1.0, "depth_multiplier": 1, "dropout": 1e-3},
    check=_check,
)
def MobileNet(x: Symbol, asked: Asked) -> Symbol:
    """Return MobileNet: thirteen pairs of convolutions, of one channel and of one point.

    `alpha` widens all layers by its factor, `depth_multiplier` makes so many channels of each in
    the first convolution of a pair, `dropout` is the share that the top leaves out.
    """
    alpha, multiplier = asked.own["alpha"], asked.own["depth_multiplier"]
    x = _first(x, int(32 * alpha))
    for number, (filters, strides) in enumerate(_PAIRS, start=1):
        x = _pair(x, number, int(filters * alpha), strides, multiplier)
    return x
