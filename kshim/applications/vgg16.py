"""VGG16, and what it shares with VGG19: convolutions of 3x3 in five blocks, wide dense layers.

Source: Keras 1.2.2 applications/vgg16.py, keras_applications 1.0.8, tf.keras 2.15.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kshim.applications.blocks import conv, pool
from kshim.applications.describing import Asked, architecture, classes_of
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.stored import RELEASES, STORE, kernels
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.layers.core import Dense, Flatten

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]

FILTERS = (64, 128, 256, 512, 512)
LEAST = by_era({"1.2": 48, "2.2": 32})
preprocess_input = pixels_in("caffe", __name__)
_predictions = classes_of("predictions")


def blocks_of(x: Symbol, depths: Sequence[int]) -> Symbol:
    """Put five blocks behind each other, each of some convolutions and a pooling."""
    for block, (filters, depth) in enumerate(zip(FILTERS, depths, strict=True), start=1):
        for place in range(1, depth + 1):
            name = f"block{block}_conv{place}"
            x = conv(x, filters, 3, name, padding="same", activation="relu")
        x = pool(x, "max", 2, f"block{block}_pool", strides=2)
    return x


def wide_top(x: Symbol, asked: Asked) -> Symbol:
    """Put two dense layers of 4096 and one of the classes on the features."""
    x = Flatten(name="flatten")(x)
    for name in ("fc1", "fc2"):
        x = Dense(4096, activation="relu", name=name)(x)
    return _predictions(x, asked)


def files_of(stem: str, with_top: str, without: str) -> Any:
    """Return the files of VGG16 or VGG19; older Kerases knew no hashes of them."""
    old, none = f"{RELEASES}v0.1/", (None, None)
    hashes = (with_top, without)
    return by_era(
        {
            "1.2": kernels(old, stem, none, theano=none),
            "2.2": kernels(old, stem, hashes),
            "2.15": kernels(f"{STORE}{stem}/", stem, hashes),
        }
    )


@architecture(
    "vgg16",
    top=wide_top,
    least=LEAST,
    files=files_of("vgg16", "64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
)
def VGG16(x: Symbol, asked: Asked) -> Symbol:
    """Return VGG16: thirteen convolutions of 3x3 in five blocks, three dense layers on top."""
    return blocks_of(x, (2, 2, 3, 3, 3))
