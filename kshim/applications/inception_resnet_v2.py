"""InceptionResNetV2: residual blocks whose branches are those of Inception.

Source: keras_applications 1.0.8 inception_resnet_v2.py, tf.keras 2.15, Keras 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from kshim.applications.blocks import channel_axis, channels_of, conv, norm, relu
from kshim.applications.describing import Asked, architecture, classes_of_means
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.inception_v3 import Branch, stem, steps
from kshim.applications.stored import RELEASES, STORE, kernels
from kshim.core.arguments import arg
from kshim.core.checks import number
from kshim.core.eras import by_era
from kshim.core.registry import register_keras_serializable
from kshim.core.symbols import Symbol
from kshim.layers.base import Layer
from kshim.layers.core import Lambda
from kshim.layers.merging import Concatenate

__all__ = ["CustomScaleLayer", "InceptionResNetV2", "decode_predictions", "preprocess_input"]

preprocess_input = pixels_in("tf", __name__)
_HASHES = ("e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4")

# Blocks add what they find by a layer Lambda of their own name, or by a layer of its own class.
_SCALES_BY_FUNCTION = by_era({"1.2": True, "2.15": False})

_BLOCKS: dict[str, Sequence[Branch]] = {
    "block35": (
        [(32, 1, 1)], [(32, 1, 1), (32, 3, 3)], [(32, 1, 1), (48, 3, 3), (64, 3, 3)],
    ),
    "block17": ([(192, 1, 1)], [(128, 1, 1), (160, 1, 7), (192, 7, 1)]),
    "block8": ([(192, 1, 1)], [(192, 1, 1), (224, 1, 3), (256, 3, 1)]),
}  # fmt: skip
_MIXED: dict[str, Sequence[Branch]] = {
    "mixed_5b": (
        [(96, 1, 1)], [(48, 1, 1), (64, 5, 5)], [(64, 1, 1), (96, 3, 3), (96, 3, 3)],
        ["mean", (64, 1, 1)],
    ),
    "mixed_6a": (
        [(384, 3, 3, "halved")], [(256, 1, 1), (256, 3, 3), (384, 3, 3, "halved")], ["max"],
    ),
    "mixed_7a": (
        [(256, 1, 1), (384, 3, 3, "halved")], [(256, 1, 1), (288, 3, 3, "halved")],
        [(256, 1, 1), (288, 3, 3), (320, 3, 3, "halved")], ["max"],
    ),
}  # fmt: skip


@register_keras_serializable()
class CustomScaleLayer(Layer):
    """Add the second of two tensors, times a number, to the first.

        y = x[0] + x[1] * scale

    Shapes:
        x: two of the same shape, y: that shape

    Source: tf.keras 2.15 applications/inception_resnet_v2.py.
    """

    scale: float = arg(number())

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Return the sum."""
        return inputs[0] + inputs[1] * self.scale

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of either."""
        return input_shape[0]


def _scaled(inputs: list[Tensor], scale: float) -> Tensor:
    return inputs[0] + inputs[1] * scale


def _mixed(x: Symbol, branches: Sequence[Branch], name: str) -> Symbol:
    parts = [steps(x, branch) for branch in branches]
    return Concatenate(axis=channel_axis(), name=name)(parts)


def _block(x: Symbol, kind: str, place: int, scale: float, *, ends: bool = True) -> Symbol:
    """Add what branches find, times a number, to what came in."""
    name = f"{kind}_{place}"
    found = _mixed(x, _BLOCKS[kind], f"{name}_mixed")
    found = conv(found, channels_of(x), 1, f"{name}_conv", padding="same")
    if _SCALES_BY_FUNCTION.value():
        x = Lambda(_scaled, arguments={"scale": scale}, name=name)([x, found])
    else:
        x = CustomScaleLayer(scale)([x, found])
    return relu(x, f"{name}_ac") if ends else x


@architecture(
    "inception_resnet_v2",
    top=classes_of_means("predictions"),
    size=299,
    least=75,
    files=by_era(
        {
            "1.2": kernels(f"{RELEASES}v0.7/", "inception_resnet_v2", _HASHES),
            "2.15": kernels(f"{STORE}inception_resnet_v2/", "inception_resnet_v2", _HASHES),
        }
    ),
)
def InceptionResNetV2(x: Symbol, asked: Asked) -> Symbol:
    """Return InceptionResNetV2: forty residual blocks of branches."""
    x = _mixed(stem(x), _MIXED["mixed_5b"], "mixed_5b")
    for place in range(1, 11):
        x = _block(x, "block35", place, 0.17)
    x = _mixed(x, _MIXED["mixed_6a"], "mixed_6a")
    for place in range(1, 21):
        x = _block(x, "block17", place, 0.1)
    x = _mixed(x, _MIXED["mixed_7a"], "mixed_7a")
    for place in range(1, 10):
        x = _block(x, "block8", place, 0.2)
    x = _block(x, "block8", 10, 1.0, ends=False)
    x = conv(x, 1536, 1, "conv_7b", padding="same", use_bias=False)
    return relu(norm(x, "conv_7b_bn", scale=False), "conv_7b_ac")
