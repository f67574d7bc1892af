"""Xception: residual blocks of separable convolutions.

Source: Keras 1.2.2 and 2.0.8 applications/xception.py, keras_applications 1.0.8, tf.keras 2.15.
"""

from __future__ import annotations

from typing import Any

from kshim.applications.blocks import channel_axis, conv, norm, pool, relu, separable, summed
from kshim.applications.describing import Asked, architecture, classes_of_means
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.stored import RELEASES, STORE, kernels
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol

__all__ = ["Xception", "decode_predictions", "preprocess_input"]

preprocess_input = pixels_in("tf", __name__)
_HASHES = ("0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97")


def _norm(x: Symbol, name: str | None = None) -> Symbol:
    return norm(x, name, axis=channel_axis(last=-1))


def _step(x: Symbol, name: str, filters: int, *, ready: bool = True) -> Symbol:
    """Cut below 0 (unless it is done), convolve and normalise."""
    x = relu(x, f"{name}_act") if ready else x
    return _norm(separable(x, filters, 3, name, padding="same", use_bias=False), f"{name}_bn")


def _halving(x: Symbol, name: str, middle: int, filters: int, *, ready: bool = True) -> Symbol:
    """Halve rows and columns by two steps and a pooling, beside one convolution."""
    words: dict[str, Any] = {"strides": 2, "padding": "same"}
    other = _norm(conv(x, filters, 1, use_bias=False, **words))
    x = _step(x, f"{name}_sepconv1", middle, ready=ready)
    x = _step(x, f"{name}_sepconv2", filters)
    return summed([pool(x, "max", 3, f"{name}_pool", **words), other])


@architecture(
    "xception",
    top=classes_of_means("predictions"),
    size=299,
    least=71,
    flattens=by_era({"1.2": True, "2.0": False, "2.2": True}),
    images_last=by_era({"1.2": True, "2.2": False}),
    files=by_era(
        {
            "1.2": kernels(f"{RELEASES}v0.4/", "xception"),
            "2.2": kernels(f"{RELEASES}v0.4/", "xception", _HASHES),
            "2.15": kernels(f"{STORE}xception/", "xception", _HASHES),
        }
    ),
)
def Xception(x: Symbol, asked: Asked) -> Symbol:
    """Return Xception: fourteen blocks, nearly all of separable convolutions."""
    for filters, strides in ((32, 2), (64, 1)):
        name = f"block1_conv{filters // 32}"
        x = conv(x, filters, 3, name, strides=strides, use_bias=False)
        x = relu(_norm(x, f"{name}_bn"), f"{name}_act")
    x = _halving(x, "block2", 128, 128, ready=False)
    x = _halving(x, "block3", 256, 256)
    x = _halving(x, "block4", 728, 728)
    for block in range(5, 13):
        found = x
        for place in range(1, 4):
            found = _step(found, f"block{block}_sepconv{place}", 728)
        x = summed([found, x])
    x = _halving(x, "block13", 728, 1024)
    for place, filters in enumerate((1536, 2048), start=1):
        name = f"block14_sepconv{place}"
        x = relu(_step(x, name, filters, ready=False), f"{name}_act")
    return x
