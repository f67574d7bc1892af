"""ResNet50 as Keras had it until 2.3; from tf.keras 2.15 on it is that of `resnet`.

Source: Keras 1.2.2 and 2.0.8 applications/resnet50.py, keras_applications 1.0.8 resnet50.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kshim.applications import resnet
from kshim.applications.blocks import conv, norm, pad, pool, pool_all, relu, summed
from kshim.applications.describing import Asked, made
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.stored import RELEASES, kernels
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.layers.core import Dense, Flatten

__all__ = ["ResNet50", "conv_block", "decode_predictions", "identity_block", "preprocess_input"]

preprocess_input = pixels_in("caffe", __name__)

# The first layers: zeros and a convolution, one that pads itself, or zeros by name, twice.
_ENTRANCE = by_era({"1.2": "padded", "2.0": "same", "2.2": "padded twice"})
# Behind the last block the mean of 7x7 is taken, top or none.
_ENDS_IN_WINDOWS = by_era({"1.2": True, "2.2": False})
_INITIALIZER = by_era({"1.2": "glorot_uniform", "2.2": "he_normal"})
_STACKS = {2: (64, "abc"), 3: (128, "abcd"), 4: (256, "abcdef"), 5: (512, "abc")}


def _older_body(x: Symbol, asked: Asked) -> Symbol:
    x = _entrance(x)
    for stage, (filters, blocks) in _STACKS.items():
        for block in blocks:
            widths = (filters, filters, 4 * filters)
            if block == "a":
                x = conv_block(x, 3, widths, stage, block, strides=2 if stage > 2 else 1)
            else:
                x = identity_block(x, 3, widths, stage, block)
    if _ENDS_IN_WINDOWS.value():
        x = pool(x, "avg", 7, "avg_pool", strides=None)
    return x


def _entrance(x: Symbol) -> Symbol:
    kind = _ENTRANCE.value()
    if kind != "same":
        x = pad(x, 3 if kind == "padded" else (3, 3), "conv1_pad" if "twice" in kind else None)
    x = _conv(x, 64, 7, "conv1", strides=2, padding="same" if kind == "same" else "valid")
    x = relu(norm(x, "bn_conv1"))
    if kind == "padded twice":
        x = pad(x, (1, 1), "pool1_pad")
    return pool(x, "max", 3, strides=2)


def _conv(x: Symbol, filters: int, size: int, name: str, **words: Any) -> Symbol:
    return conv(x, filters, size, name, kernel_initializer=_INITIALIZER.value(), **words)


def identity_block(
    input_tensor: Symbol, kernel_size: int, filters: Sequence[int], stage: int, block: str
) -> Symbol:
    """Add three convolutions of what comes in to what comes in.

    Args:
        kernel_size: of the second convolution; the others are of 1x1.
        filters: of the three convolutions; the last must be the channels that come in.
        stage, block: a number and a letter for the layers' names: `res2a_branch2a`.
    """
    found = _branch(input_tensor, kernel_size, filters, f"{stage}{block}")
    return relu(summed([found, input_tensor]))


def conv_block(
    input_tensor: Symbol,
    kernel_size: int,
    filters: Sequence[int],
    stage: int,
    block: str,
    strides: Any = (2, 2),
) -> Symbol:
    """Add three convolutions of what comes in to one convolution of it.

    Args:
        kernel_size, filters, stage, block: see `identity_block`.
        strides: steps of the first convolution and of the one beside.
    """
    name = f"{stage}{block}"
    found = _branch(input_tensor, kernel_size, filters, name, strides)
    return relu(summed([found, _part(input_tensor, f"{name}_branch1", filters[2], 1, strides)]))


def _branch(x: Symbol, size: int, filters: Sequence[int], name: str, strides: Any = 1) -> Symbol:
    """Put three convolutions behind each other, each normalised."""
    x = relu(_part(x, f"{name}_branch2a", filters[0], 1, strides))
    x = relu(_part(x, f"{name}_branch2b", filters[1], size, padding="same"))
    return _part(x, f"{name}_branch2c", filters[2], 1)


def _part(x: Symbol, place: str, filters: int, size: int, strides: Any = 1, **words: Any) -> Symbol:
    return norm(_conv(x, filters, size, f"res{place}", strides=strides, **words), f"bn{place}")


def _older_top(x: Symbol, asked: Asked) -> Symbol:
    x = Flatten()(x) if _ENDS_IN_WINDOWS.value() else pool_all(x, "avg", "avg_pool")
    return Dense(asked.classes, activation=asked.classifier_activation, name="fc1000")(x)


_NEWER = resnet.ResNet50.architecture  # type: ignore[attr-defined]
_HASHES = ("a7b3fe01876f51b976af0dea6bc144eb", "a268eb855778b3df3c7506639542a6af")
_THEANO = ("1c1f8f5b0c8ee28fe9d950625a230e1c", "f64f049c92468c9affcd44b0976cdafe")

ResNet50 = made(
    "ResNet50",
    "resnet50",
    by_era({"1.2": _older_body, "2.15": _NEWER.body}),
    __name__,
    resnet.ResNet50.__doc__ or "",
    top=by_era({"1.2": _older_top, "2.15": _NEWER.top}),
    pooled=by_era({"1.2": (None, None), "2.15": _NEWER.pooled}),
    least=by_era({"1.2": 197, "2.2": 32}),
    files=by_era(
        {
            "1.2": kernels(f"{RELEASES}v0.2/", "resnet50", _HASHES, _THEANO),
            "2.15": _NEWER.files.value("2.15"),
        }
    ),
)
