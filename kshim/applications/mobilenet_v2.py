"""MobileNetV2: residual blocks that widen, convolve each channel by itself, and narrow again.

Source: keras_applications 1.0.8 mobilenet_v2.py, tf.keras 2.15, Keras 3.
"""

from __future__ import annotations

from kshim.applications.blocks import (
    channel_axis,
    channels_of,
    conv,
    depthwise,
    norm,
    pad,
    padding_for,
    relu6,
    rounded,
    sizes_of,
)
from kshim.applications.describing import Asked, architecture, classes_of_means
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.mobilenet import size_among, trained_rows, warn_of_rows
from kshim.applications.stored import STORE, Stored
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError
from kshim.layers.merging import Add

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

preprocess_input = pixels_in("tf", __name__)
SIZES = (96, 128, 160, 192, 224)
ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
# Filters, steps of the first block, and how many blocks.
_STACKS = ((16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))
_EXPANSION = 6

# The first convolution has its zeros put before it, or pads itself.
_FIRST_IS_PADDED = by_era({"1.2": True, "2.15": False})
_BASE = by_era(
    {
        "1.2": "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/",
        "2.15": f"{STORE}mobilenet_v2/",
    }
)
_WORDS = "input_shape alpha include_top weights input_tensor pooling classes"


def _norm(x: Symbol, name: str) -> Symbol:
    return norm(x, name, axis=channel_axis(last=-1), epsilon=1e-3, momentum=0.999)


def _first(x: Symbol, filters: int) -> Symbol:
    padded = _FIRST_IS_PADDED.value()
    if padded:
        x = pad(x, padding_for(x, 3), "Conv1_pad")
    padding = "valid" if padded else "same"
    x = conv(x, filters, 3, "Conv1", strides=2, padding=padding, use_bias=False)
    return relu6(_norm(x, "bn_Conv1"), "Conv1_relu")


def _block(x: Symbol, number: int, filters: int, strides: int) -> Symbol:
    """Widen, convolve each channel by itself, narrow; add what came in where it fits."""
    name = f"block_{number}" if number else "expanded_conv"
    found, channels = x, channels_of(x)
    if number:
        wide = _EXPANSION * channels
        found = conv(found, wide, 1, f"{name}_expand", padding="same", use_bias=False)
        found = relu6(_norm(found, f"{name}_expand_BN"), f"{name}_expand_relu")
    if strides == 2:
        found = pad(found, padding_for(found, 3), f"{name}_pad")
    padding = "same" if strides == 1 else "valid"
    found = depthwise(
        found, 3, f"{name}_depthwise", strides=strides, padding=padding, use_bias=False
    )
    found = relu6(_norm(found, f"{name}_depthwise_BN"), f"{name}_depthwise_relu")
    found = conv(found, filters, 1, f"{name}_project", padding="same", use_bias=False)
    found = _norm(found, f"{name}_project_BN")
    if strides == 1 and channels == filters:
        return Add(name=f"{name}_add")([x, found])
    return found


def _name(asked: Asked) -> str:
    return f"mobilenetv2_{asked.own['alpha']:0.2f}_{trained_rows(asked, SIZES)}"


def _file(asked: Asked) -> Stored:
    warn_of_rows(asked, SIZES, "MobileNetV2")
    ending = "" if asked.include_top else "_no_top"
    size = f"{float(asked.own['alpha'])}_{trained_rows(asked, SIZES)}"
    name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{size}{ending}.h5"
    return Stored(name, _BASE.value() + name)


def _check(asked: Asked) -> None:
    alpha, given = asked.own["alpha"], asked.input_tensor
    if asked.weights == "imagenet" and alpha not in ALPHAS:
        known = f"one of {', '.join(map(str, ALPHAS))} with weights='imagenet'"
        raise ArgumentError("alpha", known, alpha, who="MobileNetV2")
    if asked.input_shape is not None and isinstance(given, Symbol):
        held = tuple(given.shape)[1:]
        if len(held) == 3 and sizes_of(held) != sizes_of(asked.input_shape):
            wanted = f"that of input_tensor, {held}"
            raise ArgumentError("input_shape", wanted, asked.input_shape, who="MobileNetV2")


@architecture(
    _name,
    top=classes_of_means(by_era({"1.2": "Logits", "2.15": "predictions"}), pooled=None),
    files=_file,
    size=size_among(SIZES),
    arguments=by_era(
        {
            "1.2": _WORDS,
            "2.15": f"{_WORDS} classifier_activation",
            "3": f"{_WORDS} classifier_activation name",
        }
    ),
    defaults={"alpha": 1.0},
    check=_check,
)
def MobileNetV2(x: Symbol, asked: Asked) -> Symbol:
    """Return MobileNetV2: seventeen blocks that widen, convolve and narrow.

    `alpha` widens all layers by its factor.
    """
    alpha = asked.own["alpha"]
    x = _first(x, rounded(32 * alpha))
    number = 0
    for filters, strides, blocks in _STACKS:
        for place in range(blocks):
            width = rounded(int(filters * alpha))
            x = _block(x, number, width, strides if place == 0 else 1)
            number += 1
    last = rounded(1280 * alpha) if alpha > 1 else 1280
    x = _norm(conv(x, last, 1, "Conv_1", use_bias=False), "Conv_1_bn")
    return relu6(x, "out_relu")
