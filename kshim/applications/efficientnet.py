"""EfficientNetB0 to B7: one row of stages of inverted residual blocks, ever wider and deeper.

Pixels from 0 to 255 go in as they are; the model scales them.

Source: tf.keras 2.15 and Keras 3.15 applications/efficientnet.py; arXiv 1905.11946.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from kshim.applications.blocks import channel_axis, pad, padding_for, rounded
from kshim.applications.describing import STANDARD, Asked, made
from kshim.applications.imagenet_utils import (
    TORCH_DEVIATIONS,
    decode_predictions,
    pixels_as_they_are,
)
from kshim.applications.inverted import (
    LAST_KERNEL,
    POOLED,
    Stage,
    Style,
    stages,
    top_of,
)
from kshim.applications.stored import plain
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.layers.normalization import Normalization
from kshim.layers.preprocessing.images import Rescaling
from kshim.models import Model

__all__ = [
    "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3", "EfficientNetB4",
    "EfficientNetB5", "EfficientNetB6", "EfficientNetB7", "decode_predictions", "preprocess_input",
]  # fmt: skip

preprocess_input = pixels_as_they_are(__name__)

# Window, blocks, channels in and out, how much wider inside, steps, share for squeezing.
STAGES = (
    Stage(3, 1, 32, 16, 1, 1, 0.25),
    Stage(3, 2, 16, 24, 6, 2, 0.25),
    Stage(5, 2, 24, 40, 6, 2, 0.25),
    Stage(3, 3, 40, 80, 6, 2, 0.25),
    Stage(5, 3, 80, 112, 6, 1, 0.25),
    Stage(5, 4, 112, 192, 6, 2, 0.25),
    Stage(3, 1, 192, 320, 6, 1, 0.25),
)
# Times wider, times deeper, rows and columns of images, the top's dropout, the files' hashes.
SIZES = {
    "B0": (1.0, 1.0, 224, 0.2,
           "902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"),
    "B1": (1.0, 1.1, 240, 0.2,
           "1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"),
    "B2": (1.1, 1.2, 260, 0.3,
           "b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"),
    "B3": (1.2, 1.4, 300, 0.3,
           "ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"),
    "B4": (1.4, 1.8, 380, 0.4,
           "18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    "B5": (1.6, 2.2, 456, 0.4,
           "ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"),
    "B6": (1.8, 2.6, 528, 0.5,
           "165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"),
    "B7": (2.0, 3.1, 600, 0.5,
           "8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"),
}  # fmt: skip
_BASE = "https://storage.googleapis.com/keras-applications/"
_OWN = "drop_connect_rate depth_divisor activation blocks_args"


def _body(x: Symbol, asked: Asked, *, wider: float, deeper: float) -> Symbol:
    style = Style(asked.own["activation"], second="dwconv", pads=True)
    rows, rate = _rows(asked), asked.own["drop_connect_rate"]
    blocks = sum(math.ceil(deeper * row.repeats) for row in rows)

    def width(filters: float) -> int:
        return rounded(filters * wider, asked.own["depth_divisor"])

    x = _pixels(x, asked)
    x = pad(x, padding_for(x, 3), "stem_conv_pad")
    x = style.step(x, width(32), 3, "stem", "", acts=True, strides=2)
    x = stages(x, rows, style, width, deeper, lambda number: rate * number / blocks)
    return style.step(x, width(1280), 1, "top", "", acts=True, padding="same")


def _pixels(x: Symbol, asked: Asked) -> Symbol:
    """Scale pixels by what stands in the weights; the trained ones divide once more."""
    x = Normalization(axis=channel_axis())(Rescaling(1 / 255)(x))
    if asked.weights == "imagenet":
        x = Rescaling([1 / math.sqrt(deviation) for deviation in TORCH_DEVIATIONS])(x)
    return x


def _rows(asked: Asked) -> Sequence[Stage]:
    """Return the stages, those of the script's own where it gives any."""
    given = asked.own["blocks_args"]
    return STAGES if given == "default" else [Stage(**row) for row in given]


def _sized(size: str) -> Callable[..., Model]:
    wider, deeper, pixels, rate, *hashes = SIZES[size]
    name = f"efficientnet{size.lower()}"
    return made(
        f"EfficientNet{size}", name, partial(_body, wider=wider, deeper=deeper), __name__,
        f"Return EfficientNet{size}: {wider} times as wide and {deeper} times as deep as B0.",
        top=top_of(rate, kernel_initializer=LAST_KERNEL), pooled=POOLED, size=pixels,
        files=plain(_BASE, name, (hashes[0], hashes[1])),
        arguments=by_era({"1.2": f"{STANDARD.value('2.15')} {_OWN}", "3": STANDARD.value("3")}),
        defaults={"drop_connect_rate": 0.2, "depth_divisor": 8, "activation": "swish",
                  "blocks_args": "default"},
    )  # fmt: skip


(
    EfficientNetB0, EfficientNetB1, EfficientNetB2, EfficientNetB3,
    EfficientNetB4, EfficientNetB5, EfficientNetB6, EfficientNetB7,
) = map(_sized, SIZES)  # fmt: skip
