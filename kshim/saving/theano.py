"""Theano: it turns a kernel round before it convolves, so its files hold kernels turned round.

Keras's other backends slide the kernel over the image as it is. Nothing else differs: the same
file, read as theirs, gives other numbers without a word. Theano also pads alike on both sides where
the others put the odd one last; such layers give other numbers still, which a warning tells.

Source: files that Keras 1.2.2 wrote on Theano 1.0.5, with their predictions.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch

from kshim.core.eras import ERAS
from kshim.layers.conv_recurrent import ConvRecurrent
from kshim.layers.convolution import Convolution
from kshim.layers.transposed import TransposedConvolution

KERNELS = ("kernel", "recurrent_kernel")


class PadsOtherwise(UserWarning):
    """Tell that a layer pads otherwise than on the Theano where it was trained."""


def is_of_theano(backend: str | None, era: str, weight_names: Sequence[str]) -> bool:
    """Return whether a file is Theano's: by its word, or in Keras 1 by names without ":0"."""
    if backend is not None or era != ERAS[0]:
        return backend == "theano"
    return bool(weight_names) and not any(name.endswith(":0") for name in weight_names)


@torch.no_grad()
def turn_kernels(layers: Iterable[Any]) -> None:
    """Turn round the kernels of the convolutions among some layers, and inside them, once each."""
    for tensor, axes in _kernels(layers):
        tensor.copy_(tensor.flip(axes))


@torch.no_grad()
def turn_slots(layers: Iterable[Any], optimizer: Any) -> None:
    """Turn round what an optimizer keeps of the same kernels, of those that learn."""
    for tensor, axes in _kernels(layers):
        for slot in optimizer.slots(tensor).values() if tensor.requires_grad else ():
            if slot.shape == tensor.shape:
                slot.copy_(slot.flip(axes))


def _kernels(layers: Iterable[Any]) -> Iterator[tuple[torch.Tensor, tuple[int, ...]]]:
    """Give each kernel that is turned round, with its axes of sizes, which torch keeps last."""
    found = {id(layer): layer for layer in _with_inner(layers) if _convolves(layer)}
    for layer in found.values():
        for weight in layer._own_weights:
            if weight.key in KERNELS:
                yield from ((tensor, tuple(range(-layer.rank, 0))) for tensor in weight.tensors)


def warn_of_padding(file: str, layers: Iterable[Any]) -> None:
    """Warn of the layers that pad otherwise than on Theano."""
    odd = sorted({layer.name for layer in _with_inner(layers) if _pads_otherwise(layer)})
    if odd:
        warnings.warn(
            f"{file}: padding='same' with strides or an even window must be padded as on Theano, "
            f"which wrote the file, got layers that pad the later side: {', '.join(odd)}. "
            "They predict otherwise than they did.",
            PadsOtherwise,
            stacklevel=4,
        )


def _with_inner(layers: Iterable[Any]) -> Iterator[Any]:
    for layer in layers:
        yield layer
        yield from _with_inner(getattr(layer, "sublayers", ()))


def _convolves(layer: Any) -> bool:
    return isinstance(layer, Convolution | ConvRecurrent | TransposedConvolution)


def _pads_otherwise(layer: Any) -> bool:
    """Return whether the two ways of padding differ: a single move and an odd window are alike."""
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None) or ()
    if getattr(layer, "padding", None) != "same":
        return False
    moved = any(stride != 1 for stride in layer.strides or ())
    return moved or any(size % 2 == 0 for size in window)
