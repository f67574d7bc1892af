"""MobileNetV3 Small and Large: inverted residual blocks, some of which weigh their channels.

Pixels from 0 to 255 go in as they are, unless `include_preprocessing` is False.

Source: tf.keras 2.15 and Keras 3.15 applications/mobilenet_v3.py; arXiv 1905.02244.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from kshim.applications.blocks import (
    activation,
    channels_of,
    conv,
    depthwise,
    multiplied,
    norm,
    pad,
    padding_for,
    plus,
    pool_all,
    rounded,
    times,
)
from kshim.applications.describing import Asked, made
from kshim.applications.imagenet_utils import decode_predictions, pixels_as_they_are
from kshim.applications.stored import STORE, Stored
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError
from kshim.layers.activations import ReLU
from kshim.layers.core import Dropout, Flatten
from kshim.layers.merging import Add
from kshim.layers.preprocessing.images import Rescaling
from kshim.models import Model

__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]

preprocess_input = pixels_as_they_are(__name__)


class Row(NamedTuple):
    """Hold what a block is like; a minimalistic one has windows of 3, and neither of the last."""

    wider: float  # times as many channels inside as in front
    filters: int  # channels behind
    size: int  # of the windows
    strides: int
    weighs: bool  # its channels
    hard: bool  # swish, cut into straight lines, in the place of relu


SMALL = (
    Row(1, 16, 3, 2, True, False),
    Row(72 / 16, 24, 3, 2, False, False),
    Row(88 / 24, 24, 3, 1, False, False),
    Row(4, 40, 5, 2, True, True),
    *2 * [Row(6, 40, 5, 1, True, True)],
    *2 * [Row(3, 48, 5, 1, True, True)],
    Row(6, 96, 5, 2, True, True),
    *2 * [Row(6, 96, 5, 1, True, True)],
)
LARGE = (
    Row(1, 16, 3, 1, False, False),
    Row(4, 24, 3, 2, False, False),
    Row(3, 24, 3, 1, False, False),
    Row(3, 40, 5, 2, True, False),
    *2 * [Row(3, 40, 5, 1, True, False)],
    Row(6, 80, 3, 2, False, True),
    Row(2.5, 80, 3, 1, False, True),
    *2 * [Row(2.3, 80, 3, 1, False, True)],
    *2 * [Row(6, 112, 3, 1, True, True)],
    Row(6, 160, 5, 2, True, True),
    *2 * [Row(6, 160, 5, 1, True, True)],
)
# Of the files that there are: kind, whether minimalistic, alpha, hashes.
HASHES = {
    ("large", False, 0.75):
        ("765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"),
    ("large", False, 1.0):
        ("59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"),
    ("large", True, 1.0):
        ("675e7b876c45c57e9e63e6d90a36599c", "ec5221f64a2f6d1ef965a614bdae7973"),
    ("small", False, 0.75):
        ("cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"),
    ("small", False, 1.0):
        ("8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"),
    ("small", True, 1.0):
        ("99cd97fb2fcdad2bf028eb838de69e37", "cde8136e733e811080d9fcd8a252f7e4"),
}  # fmt: skip
_ARGUMENTS = (
    "input_shape alpha minimalistic include_top weights input_tensor classes pooling dropout_rate "
    "classifier_activation include_preprocessing"
)
# Layers are called Conv/BatchNorm, or conv_bn.
_HAS_PATHS = by_era({"1.2": True, "3": False})
_WORDS = {"AvgPool": "avg_pool", "BatchNorm": "bn"}
# Hard swish is put together from relu6, or an activation of its own.
_SWISH_IS_MADE = by_era({"1.2": True, "3": False})


def _called(path: str) -> str:
    """Return the name of a layer, from its path."""
    if _HAS_PATHS.value():
        return path
    return "_".join(_WORDS.get(word, word.lower()) for word in path.split("/"))


def _relu(x: Symbol) -> Symbol:
    return ReLU()(x)


def _hard_sigmoid(x: Symbol) -> Symbol:
    return times(ReLU(6.0)(plus(x, 3.0)), 1 / 6)


def _hard_swish(x: Symbol) -> Symbol:
    if _SWISH_IS_MADE.value():
        return multiplied([x, _hard_sigmoid(x)])
    return activation(x, "hard_swish")


def _normed(x: Symbol, path: str) -> Symbol:
    return norm(x, _called(f"{path}/BatchNorm"), epsilon=1e-3, momentum=0.999)


def _conv(x: Symbol, filters: int, path: str, size: int = 1, **words: Any) -> Symbol:
    return conv(x, filters, size, _called(path), padding="same", **words)


def _step(x: Symbol, filters: int, path: str, size: int = 1, **words: Any) -> Symbol:
    return _normed(_conv(x, filters, path, size, use_bias=False, **words), path)


def _body(x: Symbol, asked: Asked, *, rows: Sequence[Row]) -> Symbol:
    plain, alpha = asked.own["minimalistic"], asked.own["alpha"]
    act = _activation(asked)
    if asked.own["include_preprocessing"]:
        x = Rescaling(scale=1 / 127.5, offset=-1.0)(x)
    x = act(_step(x, 16, "Conv", 3, strides=2))
    for place, row in enumerate(rows):
        if plain:
            row = row._replace(size=3, weighs=False, hard=False)
        path = f"expanded_conv_{place}" if place else "expanded_conv"
        x = _block(x, row._replace(filters=rounded(row.filters * alpha)), path, widens=place > 0)
    return act(_step(x, rounded(channels_of(x) * 6), "Conv_1"))


def _activation(asked: Asked) -> Callable[[Symbol], Symbol]:
    return _relu if asked.own["minimalistic"] else _hard_swish


def _block(x: Symbol, row: Row, path: str, *, widens: bool) -> Symbol:
    """Widen, convolve each channel by itself, weigh the channels, narrow again, and add."""
    act = _hard_swish if row.hard else _relu
    came, inside = x, rounded(channels_of(x) * row.wider)
    if widens:
        x = act(_step(x, inside, f"{path}/expand"))
    if row.strides == 2:
        x = pad(x, padding_for(x, row.size), _called(f"{path}/depthwise/pad"))
    x = depthwise(
        x, row.size, _called(f"{path}/depthwise"), strides=row.strides, use_bias=False,
        padding="same" if row.strides == 1 else "valid",
    )  # fmt: skip
    x = act(_normed(x, f"{path}/depthwise"))
    if row.weighs:
        x = _weighed(x, inside, f"{path}/squeeze_excite")
    x = _step(x, row.filters, f"{path}/project")
    if row.strides == 1 and channels_of(came) == row.filters:
        x = Add(name=_called(f"{path}/Add"))([came, x])
    return x


def _weighed(x: Symbol, inside: int, path: str) -> Symbol:
    told = pool_all(x, "avg", _called(f"{path}/AvgPool"), keepdims=True)
    told = ReLU(name=_called(f"{path}/Relu"))(_conv(told, rounded(inside * 0.25), f"{path}/Conv"))
    told = _hard_sigmoid(_conv(told, inside, f"{path}/Conv_1"))
    return multiplied([x, told], _called(f"{path}/Mul"))


def _top(x: Symbol, asked: Asked, *, width: int) -> Symbol:
    alpha, rate = asked.own["alpha"], asked.own["dropout_rate"]
    x = pool_all(x, "avg", keepdims=True)
    x = _activation(asked)(_conv(x, rounded(width * alpha) if alpha > 1 else width, "Conv_2"))
    if rate > 0:
        x = Dropout(rate)(x)
    x = Flatten()(_conv(x, asked.classes, "Logits"))
    return activation(x, asked.classifier_activation, _called("Predictions"))


def _file(asked: Asked, *, kind: str) -> Stored:
    key = (kind, bool(asked.own["minimalistic"]), float(asked.own["alpha"]))
    ending, hashes = "" if asked.include_top else "_no_top_v2", HASHES[key]
    lean = "_minimalistic" if key[1] else ""
    name = f"weights_mobilenet_v3_{kind}{lean}_224_{key[2]}_float{ending}.h5"
    return Stored(name, f"{STORE}mobilenet_v3/{name}", hashes[0 if asked.include_top else 1])


def _check(asked: Asked, *, kind: str) -> None:
    lean, alpha = bool(asked.own["minimalistic"]), asked.own["alpha"]
    allowed = [key[2] for key in HASHES if key[:2] == (kind, lean)]
    if asked.weights == "imagenet" and alpha not in allowed:
        wanted = f"{' or '.join(map(str, allowed))} with weights='imagenet'"
        who = f"MobileNetV3{kind.title()}"
        raise ArgumentError("alpha", wanted, alpha, who=who)


def _sized(kind: str, rows: Sequence[Row], width: int) -> Callable[..., Model]:
    called = f"MobileNetV3{kind.title()}"
    return made(
        called, by_era({"1.2": f"MobilenetV3{kind}", "3": called}), partial(_body, rows=rows),
        __name__, f"Return {called}: {len(rows)} blocks; `alpha` times as wide.",
        top=partial(_top, width=width), pooled=("avg_pool", "max_pool"), flattens=False,
        files=partial(_file, kind=kind), check=partial(_check, kind=kind),
        arguments=by_era({"1.2": _ARGUMENTS, "3": f"{_ARGUMENTS} name"}),
        defaults={"alpha": 1.0, "minimalistic": False, "dropout_rate": 0.2,
                  "include_preprocessing": True},
    )  # fmt: skip


MobileNetV3Small = _sized("small", SMALL, 1024)
MobileNetV3Large = _sized("large", LARGE, 1280)
