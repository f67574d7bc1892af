"""ResNeXt50 and ResNeXt101: residual blocks whose middle convolution works in 32 groups.

The groups are made of a depthwise convolution, whose channels are then added within each group.

Source: keras_applications 1.0.8 resnet_common.py.
"""

from __future__ import annotations

from torch import Tensor

from kshim.applications.blocks import depthwise, norm, pad, relu
from kshim.applications.describing import Asked, architecture
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.resnet import EPSILON, POOLED, TOP, entrance, files_of, stacked, step
from kshim.core.symbols import Symbol
from kshim.layers.core import Lambda, Reshape
from kshim.layers.merging import Add

__all__ = ["ResNeXt101", "ResNeXt50", "decode_predictions", "preprocess_input"]

GROUPS = 32
FILTERS = (128, 256, 512, 1024)
preprocess_input = pixels_in("torch", __name__)


def _block(x: Symbol, name: str, filters: int, *, strides: int, shortcut: bool) -> Symbol:
    other = x
    if shortcut:
        other = step(x, f"{name}_0", 2 * filters, strides=strides, use_bias=False)
    x = relu(step(x, f"{name}_1", filters, use_bias=False), f"{name}_1_relu")
    x = relu(norm(_grouped(x, name, filters, strides), f"{name}_2_bn", epsilon=EPSILON),
             f"{name}_2_relu")  # fmt: skip
    x = step(x, f"{name}_3", 2 * filters, use_bias=False)
    return relu(Add(name=f"{name}_add")([other, x]), f"{name}_out")


def _grouped(x: Symbol, name: str, filters: int, strides: int) -> Symbol:
    """Convolve groups of channels by themselves."""
    width = filters // GROUPS
    x = pad(x, ((1, 1), (1, 1)), f"{name}_2_pad")
    x = depthwise(x, 3, f"{name}_2_conv", strides=strides, depth_multiplier=width, use_bias=False)
    places = x.shape[1:-1]
    x = Reshape((*places, GROUPS, width, width))(x)
    x = Lambda(_summed_in_group, name=f"{name}_2_reduce")(x)
    return Reshape((*places, filters))(x)


def _summed_in_group(x: Tensor) -> Tensor:
    return x.sum(-1)


@architecture(
    "resnext50",
    top=TOP,
    pooled=POOLED,
    files=files_of(
        "resnext50", "67a5b30d522ed92f75a1f16eef299d1a", "62527c363bdd9ec598bed41947b379fc"
    ),
)
def ResNeXt50(x: Symbol, asked: Asked) -> Symbol:
    """Return ResNeXt50: sixteen residual blocks of grouped convolutions."""
    return stacked(entrance(x, use_bias=False), _block, (3, 4, 6, 3), FILTERS)


@architecture(
    "resnext101",
    top=TOP,
    pooled=POOLED,
    files=files_of(
        "resnext101", "34fb605428fcc7aa4d62f44404c11509", "0f678c91647380debd923963594981b3"
    ),
)
def ResNeXt101(x: Symbol, asked: Asked) -> Symbol:
    """Return ResNeXt101: thirty-three residual blocks of grouped convolutions."""
    return stacked(entrance(x, use_bias=False), _block, (3, 4, 23, 3), FILTERS)
