"""ResNet50V2, ResNet101V2 and ResNet152V2: residual blocks that normalise before they convolve.

Source: keras_applications 1.0.8 resnet_common.py, tf.keras 2.15 and Keras 3
applications/resnet_v2.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from kshim.applications.blocks import conv, norm, pad, pool, relu
from kshim.applications.describing import Asked, architecture
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.resnet import EPSILON, FILTERS, POOLED, TOP, entrance, files_of, step
from kshim.core.symbols import Symbol
from kshim.layers.merging import Add

__all__ = ["ResNet101V2", "ResNet152V2", "ResNet50V2", "decode_predictions", "preprocess_input"]

preprocess_input = pixels_in("tf", __name__)


def _body(x: Symbol, depths: Sequence[int]) -> Symbol:
    x = entrance(x, normed=False)
    for stack, (depth, filters) in enumerate(zip(depths, FILTERS, strict=True), start=2):
        for place in range(1, depth + 1):
            # Unlike in the first version the last block of a stack goes in steps of two.
            strides = 2 if place == depth and stack < len(FILTERS) + 1 else 1
            x = _block(x, f"conv{stack}_block{place}", filters, strides, shortcut=place == 1)
    return relu(norm(x, "post_bn", epsilon=EPSILON), "post_relu")


def _block(x: Symbol, name: str, filters: int, strides: int, *, shortcut: bool) -> Symbol:
    """Add three convolutions to what comes in, to a part of it, or to one convolution of it."""
    ready = relu(norm(x, f"{name}_preact_bn", epsilon=EPSILON), f"{name}_preact_relu")
    if shortcut:
        other = conv(ready, 4 * filters, 1, f"{name}_0_conv", strides=strides)
    else:
        other = pool(x, "max", 1, strides=strides) if strides > 1 else x
    found = relu(step(ready, f"{name}_1", filters, use_bias=False), f"{name}_1_relu")
    found = pad(found, ((1, 1), (1, 1)), f"{name}_2_pad")
    found = step(found, f"{name}_2", filters, 3, strides=strides, use_bias=False)
    found = conv(relu(found, f"{name}_2_relu"), 4 * filters, 1, f"{name}_3_conv")
    return Add(name=f"{name}_out")([other, found])


@architecture(
    "resnet50v2",
    top=TOP,
    pooled=POOLED,
    files=files_of(
        "resnet50v2", "3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"
    ),
)
def ResNet50V2(x: Symbol, asked: Asked) -> Symbol:
    """Return ResNet50V2: sixteen residual blocks that normalise first."""
    return _body(x, (3, 4, 6, 3))


@architecture(
    "resnet101v2",
    top=TOP,
    pooled=POOLED,
    files=files_of(
        "resnet101v2", "6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"
    ),
)
def ResNet101V2(x: Symbol, asked: Asked) -> Symbol:
    """Return ResNet101V2: thirty-three residual blocks that normalise first."""
    return _body(x, (3, 4, 23, 3))


@architecture(
    "resnet152v2",
    top=TOP,
    pooled=POOLED,
    files=files_of(
        "resnet152v2", "a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"
    ),
)
def ResNet152V2(x: Symbol, asked: Asked) -> Symbol:
    """Return ResNet152V2: fifty residual blocks that normalise first."""
    return _body(x, (3, 8, 36, 3))
