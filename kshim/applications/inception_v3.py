"""InceptionV3: blocks of branches with convolutions of different windows, put side by side.

Source: Keras 1.2.2 and 2.0.8 applications/inception_v3.py, keras_applications 1.0.8, tf.keras 2.15.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kshim.applications.blocks import conv, joined, norm, pool, pool_all, relu
from kshim.applications.describing import Asked, architecture, classes_of
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.stored import RELEASES, STORE, kernels
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.layers.core import Flatten

__all__ = ["InceptionV3", "conv2d_bn", "decode_predictions", "preprocess_input"]

preprocess_input = pixels_in("tf", __name__)
# A step of a branch: filters, and rows and columns of the window; "halved" goes in steps of two.
Branch = Sequence[Any]

# The activation is the convolution's own, before the normalisation, or a layer behind it.
_RELU_FIRST = by_era({"1.2": True, "2.0": False})
_POOLED_FILTERS = by_era({"1.2": (32, 32, 32), "2.0": (32, 64, 64)})
# Filters of the first step of the longest branch in the last block of long windows.
_LAST_START = by_era({"1.2": 160, "2.0": 192})
_LAST_HALVING = by_era({"1.2": "avg", "2.0": "max"})
_ENDS_IN_WINDOWS = by_era({"1.2": True, "2.0": False})


def conv2d_bn(
    x: Symbol,
    filters: int,
    num_row: int,
    num_col: int,
    padding: str = "same",
    strides: Any = (1, 1),
    name: str | None = None,
) -> Symbol:
    """Convolve, normalise and cut below 0."""
    words: dict[str, Any] = {"padding": padding, "strides": strides}
    size = (num_row, num_col)
    inner, outer = (f"{name}_conv", f"{name}_bn") if name else (None, None)
    if _RELU_FIRST.value():
        return norm(conv(x, filters, size, inner, activation="relu", **words), outer)
    x = conv(x, filters, size, inner, use_bias=False, **words)
    return relu(norm(x, outer, scale=False), name)


def steps(x: Symbol, branch: Branch) -> Symbol:
    """Put the steps of a branch behind each other."""
    for step in branch:
        if isinstance(step, str):
            x = pooled(x, step)
        else:
            filters, rows, columns, *halved = step
            words: dict[str, Any] = {"padding": "valid", "strides": (2, 2)} if halved else {}
            x = conv2d_bn(x, filters, rows, columns, **words)
    return x


def pooled(x: Symbol, kind: str) -> Symbol:
    """Pool windows of 3x3: "max" and "avg" halve rows and columns, "mean" keeps them."""
    if kind == "mean":
        return pool(x, "avg", 3, strides=1, padding="same")
    return pool(x, kind, 3, strides=2)


def mixed(x: Symbol, branches: Sequence[Branch], name: str | None) -> Symbol:
    """Put branches side by side."""
    return joined([steps(x, branch) for branch in branches], name)


def stem(x: Symbol) -> Symbol:
    """Put the first five convolutions and two poolings: an eighth of rows and columns."""
    x = conv2d_bn(x, 32, 3, 3, strides=(2, 2), padding="valid")
    x = conv2d_bn(x, 32, 3, 3, padding="valid")
    x = pooled(conv2d_bn(x, 64, 3, 3), "max")
    x = conv2d_bn(x, 80, 1, 1, padding="valid")
    return pooled(conv2d_bn(x, 192, 3, 3, padding="valid"), "max")


def _small_windows(pooled_filters: int) -> list[Branch]:
    return [
        [(64, 1, 1)],
        [(48, 1, 1), (64, 5, 5)],
        [(64, 1, 1), (96, 3, 3), (96, 3, 3)],
        ["mean", (pooled_filters, 1, 1)],
    ]


def _long_windows(middle: int, start: int | None = None) -> list[Branch]:
    """Return branches of 1x7 and 7x1; the longest may start with other filters than `middle`."""
    return [
        [(192, 1, 1)],
        [(middle, 1, 1), (middle, 1, 7), (192, 7, 1)],
        [(start or middle, 1, 1), (middle, 7, 1), (middle, 1, 7), (middle, 7, 1), (192, 1, 7)],
        ["mean", (192, 1, 1)],
    ]


def _forked(x: Symbol, number: int) -> Symbol:
    """Put the branches of a last block side by side; two of them end in two windows."""
    first = steps(x, [(320, 1, 1)])
    wide = _fork(steps(x, [(384, 1, 1)]), f"mixed9_{number}")
    double = _fork(steps(x, [(448, 1, 1), (384, 3, 3)]), None)
    last = steps(x, ["mean", (192, 1, 1)])
    return joined([first, wide, double, last], f"mixed{9 + number}")


def _fork(x: Symbol, name: str | None) -> Symbol:
    return mixed(x, [[(384, 1, 3)], [(384, 3, 1)]], name)


def _top(x: Symbol, asked: Asked) -> Symbol:
    if _ENDS_IN_WINDOWS.value():
        x = Flatten(name="flatten")(pool(x, "avg", 8, "avg_pool", strides=8))
    else:
        x = pool_all(x, "avg", "avg_pool")
    return classes_of("predictions")(x, asked)


@architecture(
    "inception_v3",
    top=_top,
    size=299,
    least=by_era({"1.2": 139, "2.2": 75}),
    flattens=by_era({"1.2": True, "2.0": False, "2.2": True}),
    files=by_era(
        {
            "1.2": kernels(
                f"{RELEASES}v0.2/", "inception_v3",
                ("fe114b3ff2ea4bf891e9353d1bbfb32f", "2f3609166de1d967d1a481094754f691"),
                ("b3baf3070cc4bf476d43a2ea61b0ca5f", "79aaa90ab4372b4593ba3df64e142f05"),
            ),
            "2.0": kernels(
                f"{RELEASES}v0.5/", "inception_v3",
                ("9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63"),
            ),
            "2.15": kernels(
                f"{STORE}inception_v3/", "inception_v3",
                ("9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63"),
            ),
        }
    ),
)  # fmt: skip
def InceptionV3(x: Symbol, asked: Asked) -> Symbol:
    """Return InceptionV3: eleven blocks of branches."""
    x = stem(x)
    for number, filters in enumerate(_POOLED_FILTERS.value()):
        x = mixed(x, _small_windows(filters), f"mixed{number}")
    halving: list[Branch] = [
        [(384, 3, 3, "halved")], [(64, 1, 1), (96, 3, 3), (96, 3, 3, "halved")], ["max"]
    ]  # fmt: skip
    x = mixed(x, halving, "mixed3")
    x = mixed(x, _long_windows(128), "mixed4")
    x = mixed(x, _long_windows(160), "mixed5")
    x = mixed(x, _long_windows(160), "mixed6")
    x = mixed(x, _long_windows(192, _LAST_START.value()), "mixed7")
    return _forked(_forked(_halved_again(x), 0), 1)


def _halved_again(x: Symbol) -> Symbol:
    branches: list[Branch] = [
        [(192, 1, 1), (320, 3, 3, "halved")],
        [(192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3, "halved")],
        [_LAST_HALVING.value()],
    ]
    return mixed(x, branches, "mixed8")
