"""DenseNet121, DenseNet169 and DenseNet201: every layer of a block sees all that came before it.

Source: keras_applications 1.0.8 densenet.py, tf.keras 2.15, Keras 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kshim.applications.blocks import channel_axis, channels_of, conv, norm, pad, pool, relu
from kshim.applications.describing import STANDARD, Asked, architecture, classes_of_means
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.stored import NEWER_RELEASES, STORE, Stored, kernels
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError
from kshim.layers.merging import Concatenate

__all__ = [
    "DenseNet", "DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions",
    "preprocess_input",
]  # fmt: skip

EPSILON = 1.001e-5
GROWTH = 32  # how many channels a layer adds
preprocess_input = pixels_in("torch", __name__)

# What stands between "conv1" and the kind of layer in the names of the first ones.
_MARK = by_era({"1.2": "/", "3": "_"})
_TOP: dict[str, Any] = {
    "top": classes_of_means(by_era({"1.2": "fc1000", "2.15": "predictions"})),
    "pooled": ("avg_pool", "max_pool"),
}


def _ready(x: Symbol, name: str) -> Symbol:
    return relu(norm(x, f"{name}bn", epsilon=EPSILON), f"{name}relu")


def _layer(x: Symbol, name: str) -> Symbol:
    """Put new channels behind those that there are."""
    new = conv(_ready(x, f"{name}_0_"), 4 * GROWTH, 1, f"{name}_1_conv", use_bias=False)
    new = _ready(new, f"{name}_1_")
    new = conv(new, GROWTH, 3, f"{name}_2_conv", padding="same", use_bias=False)
    return Concatenate(axis=channel_axis(), name=f"{name}_concat")([x, new])


def _halving(x: Symbol, name: str) -> Symbol:
    """Halve channels, rows and columns."""
    x = conv(_ready(x, f"{name}_"), channels_of(x) // 2, 1, f"{name}_conv", use_bias=False)
    return pool(x, "avg", 2, f"{name}_pool", strides=2)


def _body(x: Symbol, blocks: Sequence[int]) -> Symbol:
    start = f"conv1{_MARK.value()}"
    x = pad(x, ((3, 3), (3, 3)))
    x = _ready(conv(x, 64, 7, f"{start}conv", strides=2, use_bias=False), start)
    x = pool(pad(x, ((1, 1), (1, 1))), "max", 3, "pool1", strides=2)
    for number, layers in enumerate(blocks, start=2):
        for place in range(1, layers + 1):
            x = _layer(x, f"conv{number}_block{place}")
        if number <= len(blocks):
            x = _halving(x, f"pool{number}")
    return relu(norm(x, "bn", epsilon=EPSILON), "relu")


def _files(stem: str, with_top: str, without: str) -> Any:
    hashes = (with_top, without)
    return by_era(
        {
            "1.2": kernels(f"{NEWER_RELEASES}densenet/", stem, hashes),
            "2.15": kernels(f"{STORE}densenet/", stem, hashes),
        }
    )


def _no_file(asked: Asked) -> Stored:
    wanted = "None or the path of a file for blocks of one's own"
    raise ArgumentError("weights", wanted, asked.weights, who="DenseNet")


@architecture(
    "densenet",
    **_TOP,
    files=_no_file,
    arguments=by_era({era: f"blocks {words}" for era, words in STANDARD.values.items()}),
    defaults={"blocks": (6, 12, 24, 16)},
)
def DenseNet(x: Symbol, asked: Asked) -> Symbol:
    """Return a network of as many layers in its four blocks as `blocks` says."""
    return _body(x, asked.own["blocks"])


@architecture(
    "densenet121",
    **_TOP,
    files=_files(
        "densenet121", "9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"
    ),
)
def DenseNet121(x: Symbol, asked: Asked) -> Symbol:
    """Return DenseNet121: four blocks of 6, 12, 24 and 16 layers."""
    return _body(x, (6, 12, 24, 16))


@architecture(
    "densenet169",
    **_TOP,
    files=_files(
        "densenet169", "d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"
    ),
)
def DenseNet169(x: Symbol, asked: Asked) -> Symbol:
    """Return DenseNet169: four blocks of 6, 12, 32 and 32 layers."""
    return _body(x, (6, 12, 32, 32))


@architecture(
    "densenet201",
    **_TOP,
    files=_files(
        "densenet201", "1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"
    ),
)
def DenseNet201(x: Symbol, asked: Asked) -> Symbol:
    """Return DenseNet201: four blocks of 6, 12, 48 and 32 layers."""
    return _body(x, (6, 12, 48, 32))
