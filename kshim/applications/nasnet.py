"""NASNetMobile and NASNetLarge: cells found by search, each fed by the two before it.

Source: keras_applications 1.0.8 nasnet.py, tf.keras 2.15, Keras 3.
"""

from __future__ import annotations

from typing import Any

from kshim.applications.blocks import (
    channel_axis,
    channels_of,
    conv,
    joined,
    norm,
    pad,
    padding_for,
    pool,
    relu,
    separable,
    sizes_of,
    summed,
)
from kshim.applications.describing import Asked, architecture, classes_of_means
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.stored import STORE, Files, Stored
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError
from kshim.layers.padding import Cropping2D

__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]

preprocess_input = pixels_in("tf", __name__)
_BASE = by_era(
    {
        "1.2": "https://github.com/titu1994/Keras-NASNet/releases/download/v1.2/",
        "2.15": f"{STORE}nasnet/",
    }
)
_WORDS = "input_shape include_top weights input_tensor pooling classes"
_SHARED: dict[str, Any] = {
    "top": classes_of_means("predictions", pooled=None),
    "flattens": by_era({"1.2": "always", "2.15": True}),
    "images_last": True,
    "arguments": by_era(
        {
            "1.2": _WORDS,
            "2.15": f"{_WORDS} classifier_activation",
            "3": f"{_WORDS} classifier_activation name",
        }
    ),
}


def _norm(x: Symbol, name: str) -> Symbol:
    return norm(x, name, axis=channel_axis(last=-1), momentum=0.9997, epsilon=1e-3)


def _point(x: Symbol, filters: int, name: str) -> Symbol:
    """Convolve all channels of a point."""
    return conv(x, filters, 1, name, padding="same", use_bias=False, kernel_initializer="he_normal")


def _twice(x: Symbol, filters: int, size: int, name: str, strides: int = 1) -> Symbol:
    """Put two separable convolutions behind each other, each between a cut and a norm."""
    x = relu(x)
    if strides == 2:
        x = pad(x, padding_for(x, size), f"separable_conv_1_pad_{name}")
    padding = "valid" if strides == 2 else "same"
    for place in (1, 2):
        x = x if place == 1 else relu(x)
        x = separable(
            x, filters, size, f"separable_conv_{place}_{name}", padding=padding,
            strides=strides, use_bias=False,
        )  # fmt: skip
        x = _norm(x, f"separable_conv_{place}_bn_{name}")
        padding, strides = "same", 1
    return x


def _adjusted(before: Symbol | None, x: Symbol, filters: int, name: str) -> Symbol:
    """Bring what the cell before the last gave to the rows, columns and channels of this one."""
    if before is None:
        return x
    if sizes_of(before.shape[1:])[1] != sizes_of(x.shape[1:])[1]:
        return _halved(before, filters, name)
    if channels_of(before) != filters:
        before = _point(relu(before), filters, f"adjust_conv_projection_{name}")
        return _norm(before, f"adjust_bn_{name}")
    return before


def _halved(x: Symbol, filters: int, name: str) -> Symbol:
    """Take every second row and column, once from the first and once from the second on."""
    x = relu(x, f"adjust_relu_1_{name}")
    first = pool(x, "avg", 1, f"adjust_avg_pool_1_{name}", strides=2)
    first = _point(first, filters // 2, f"adjust_conv_1_{name}")
    second = Cropping2D(((1, 0), (1, 0)))(pad(x, ((0, 1), (0, 1))))
    second = pool(second, "avg", 1, f"adjust_avg_pool_2_{name}", strides=2)
    second = _point(second, filters // 2, f"adjust_conv_2_{name}")
    return _norm(joined([first, second], axis=channel_axis(last=-1)), f"adjust_bn_{name}")


def _mean(x: Symbol, name: str) -> Symbol:
    return pool(x, "avg", 3, name, strides=1, padding="same")


def _normal(x: Symbol, before: Symbol | None, filters: int, name: str) -> Symbol:
    """Return what a cell gives that keeps rows and columns."""
    p = _adjusted(before, x, filters, name)
    h = _norm(_point(relu(x), filters, f"normal_conv_1_{name}"), f"normal_bn_1_{name}")

    def five(source: Symbol, size: int, side: str) -> Symbol:
        return _twice(source, filters, size, f"normal_{side}_{name}")

    parts = [p]
    parts.append(summed([five(h, 5, "left1"), five(p, 3, "right1")], f"normal_add_1_{name}"))
    parts.append(summed([five(p, 5, "left2"), five(p, 3, "right2")], f"normal_add_2_{name}"))
    parts.append(summed([_mean(h, f"normal_left3_{name}"), p], f"normal_add_3_{name}"))
    means = [_mean(p, f"normal_{side}4_{name}") for side in ("left", "right")]
    parts.append(summed(means, f"normal_add_4_{name}"))
    parts.append(summed([five(h, 3, "left5"), h], f"normal_add_5_{name}"))
    return joined(parts, f"normal_concat_{name}", axis=channel_axis(last=-1))


def _reducing(x: Symbol, before: Symbol | None, filters: int, name: str) -> Symbol:
    """Return what a cell gives that halves rows and columns."""
    p = _adjusted(before, x, filters, name)
    h = _norm(_point(relu(x), filters, f"reduction_conv_1_{name}"), f"reduction_bn_1_{name}")
    padded = pad(h, padding_for(h, 3), f"reduction_pad_1_{name}")

    def halved(source: Symbol, size: int, side: str) -> Symbol:
        return _twice(source, filters, size, f"reduction_{side}_{name}", strides=2)

    def least(kind: str, side: str) -> Symbol:
        return pool(padded, kind, 3, f"reduction_{side}_{name}", strides=2)

    first = summed([halved(h, 5, "left1"), halved(p, 7, "right1")], f"reduction_add_1_{name}")
    second = summed([least("max", "left2"), halved(p, 7, "right2")], f"reduction_add_2_{name}")
    third = summed([least("avg", "left3"), halved(p, 5, "right3")], f"reduction_add3_{name}")
    fourth = summed([second, _mean(first, f"reduction_left4_{name}")])
    fifth = _twice(first, filters, 3, f"reduction_left4_{name}")
    fifth = summed([fifth, least("max", "right5")], f"reduction_add4_{name}")
    parts = [second, third, fourth, fifth]
    return joined(parts, f"reduction_concat_{name}", axis=channel_axis(last=-1))


def _body(x: Symbol, *, last: int, cells: int, stem: int, skips: bool) -> Symbol:
    """Put a stem of two halving cells and three stacks of cells behind each other.

    Args:
        last: channels of the last cell.
        cells: how many cells a stack has.
        stem: filters of the first convolution.
        skips: whether a stack begins with what was before the halving cell.
    """
    filters = last // 24
    x = conv(
        x, stem, 3, "stem_conv1", strides=2, padding="valid", use_bias=False,
        kernel_initializer="he_normal",
    )  # fmt: skip
    x = _norm(x, "stem_bn1")
    before, x = x, _reducing(x, None, filters // 4, "stem_1")
    before, x = x, _reducing(x, before, filters // 2, "stem_2")
    for stack in range(3):
        if stack:
            reduced = _reducing(x, before, filters * 2**stack, f"reduce_{stack * cells}")
            before, x = before if skips else x, reduced
        first = stack * cells + (1 if stack else 0)
        for number in range(first, first + cells):
            before, x = x, _normal(x, before, filters * 2**stack, str(number))
    return relu(x)


def _files(size: str, with_top: str, without: str) -> Files:
    """Return the files, which are called otherwise in the cache than where they come from."""

    def named(asked: Asked) -> Stored:
        ending, dashed = ("", "") if asked.include_top else ("_no_top", "-no-top")
        file_hash = with_top if asked.include_top else without
        origin = f"{_BASE.value()}NASNet-{size}{dashed}.h5"
        return Stored(f"nasnet_{size}{ending}.h5", origin, file_hash)

    return named


def _check(asked: Asked) -> None:
    shape = asked.input_shape
    if asked.weights == "imagenet" and shape is not None and None in tuple(shape):
        wanted = "known in full with weights='imagenet'"
        raise ArgumentError("input_shape", wanted, shape, who="NASNet")


@architecture(
    by_era({"1.2": "NASNet", "3": "nasnet_mobile"}),
    **_SHARED,
    size=224,
    check=_check,
    files=_files("mobile", "020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"),
)
def NASNetMobile(x: Symbol, asked: Asked) -> Symbol:
    """Return NASNetMobile: three stacks of four cells."""
    return _body(x, last=1056, cells=4, stem=32, skips=False)


@architecture(
    by_era({"1.2": "NASNet", "3": "nasnet_large"}),
    **_SHARED,
    size=331,
    check=_check,
    files=_files("large", "11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"),
)
def NASNetLarge(x: Symbol, asked: Asked) -> Symbol:
    """Return NASNetLarge: three stacks of six cells."""
    return _body(x, last=4032, cells=6, stem=96, skips=True)
