"""ResNet50, ResNet101 and ResNet152: residual blocks of three convolutions.

Source: keras_applications 1.0.8 resnet_common.py, tf.keras 2.15 and Keras 3 applications/resnet.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kshim.applications.blocks import conv, norm, pad, pool, relu
from kshim.applications.describing import Asked, architecture, classes_of_means
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.stored import NEWER_RELEASES, STORE, kernels
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.layers.merging import Add

__all__ = ["ResNet101", "ResNet152", "ResNet50", "decode_predictions", "preprocess_input"]

EPSILON = 1.001e-5
# Filters of the four stacks of blocks.
FILTERS = (64, 128, 256, 512)
preprocess_input = pixels_in("caffe", __name__)

Block = Callable[..., Symbol]


def files_of(stem: str, with_top: str, without: str) -> Any:
    """Return the files of one of the residual networks."""
    hashes = (with_top, without)
    return by_era(
        {
            "1.2": kernels(f"{NEWER_RELEASES}resnet/", stem, hashes),
            "2.15": kernels(f"{STORE}resnet/", stem, hashes),
        }
    )


def entrance(x: Symbol, *, use_bias: bool = True, normed: bool = True) -> Symbol:
    """Put the first convolution, of 7x7, and the first pooling: a quarter of rows and columns."""
    x = pad(x, ((3, 3), (3, 3)), "conv1_pad")
    x = conv(x, 64, 7, "conv1_conv", strides=2, use_bias=use_bias)
    if normed:
        x = relu(norm(x, "conv1_bn", epsilon=EPSILON), "conv1_relu")
    x = pad(x, ((1, 1), (1, 1)), "pool1_pad")
    return pool(x, "max", 3, "pool1_pool", strides=2)


def step(x: Symbol, name: str, filters: int, size: int = 1, **words: Any) -> Symbol:
    """Convolve and normalise, by layers whose names begin with `name`."""
    return norm(conv(x, filters, size, f"{name}_conv", **words), f"{name}_bn", epsilon=EPSILON)


def stacked(x: Symbol, block: Block, depths: Sequence[int], filters: Sequence[int]) -> Symbol:
    """Put stacks of blocks behind each other; all but the first begin with steps of two."""
    for stack, (depth, width) in enumerate(zip(depths, filters, strict=True), start=2):
        for place in range(1, depth + 1):
            strides = 2 if place == 1 and stack > 2 else 1
            name = f"conv{stack}_block{place}"
            x = block(x, name, width, strides=strides, shortcut=place == 1)
    return x


def _block(x: Symbol, name: str, filters: int, *, strides: int, shortcut: bool) -> Symbol:
    """Add three convolutions to what comes in, or to one convolution of it."""
    other = step(x, f"{name}_0", 4 * filters, strides=strides) if shortcut else x
    x = relu(step(x, f"{name}_1", filters, strides=strides), f"{name}_1_relu")
    x = relu(step(x, f"{name}_2", filters, 3, padding="same"), f"{name}_2_relu")
    x = step(x, f"{name}_3", 4 * filters)
    return relu(Add(name=f"{name}_add")([other, x]), f"{name}_out")


TOP = classes_of_means(by_era({"1.2": "probs", "2.15": "predictions"}))
POOLED = ("avg_pool", "max_pool")


@architecture(
    "resnet50",
    top=TOP,
    pooled=POOLED,
    files=files_of(
        "resnet50", "2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"
    ),
)
def ResNet50(x: Symbol, asked: Asked) -> Symbol:
    """Return ResNet50: sixteen residual blocks of three convolutions."""
    return stacked(entrance(x), _block, (3, 4, 6, 3), FILTERS)


@architecture(
    "resnet101",
    top=TOP,
    pooled=POOLED,
    files=files_of(
        "resnet101", "f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"
    ),
)
def ResNet101(x: Symbol, asked: Asked) -> Symbol:
    """Return ResNet101: thirty-three residual blocks of three convolutions."""
    return stacked(entrance(x), _block, (3, 4, 23, 3), FILTERS)


@architecture(
    "resnet152",
    top=TOP,
    pooled=POOLED,
    files=files_of(
        "resnet152", "100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"
    ),
)
def ResNet152(x: Symbol, asked: Asked) -> Symbol:
    """Return ResNet152: fifty residual blocks of three convolutions."""
    return stacked(entrance(x), _block, (3, 8, 36, 3), FILTERS)
