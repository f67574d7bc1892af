"""Causes: what would explain that a layer computes other numbers than the Keras it comes from.

The layer is made again in other eras, with other arguments and with its kernels as other backends
keep them; what brings it to the reference's numbers is a likely cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from kshim.core.eras import ERAS, in_era
from kshim.core.symbols import Node, map_symbols
from kshim.export.differing import Array, difference
from kshim.layers.handing import listed

Weights = list[Array]

# Arguments that scripts and files most often have otherwise than the reference had.
OTHERWISE: dict[str, tuple[Any, ...]] = {
    "epsilon": (1e-3, 1e-5, 1e-6, 1e-7, 1.001e-5, 1e-12),
    "padding": ("valid", "same", "causal"),
    "data_format": ("channels_first", "channels_last"),
    "activation": ("linear", "relu", "tanh", "sigmoid", "softmax", "elu", "selu", "gelu"),
    "recurrent_activation": ("sigmoid", "hard_sigmoid"),
    "reset_after": (True, False),
    "go_backwards": (True, False),
    "return_sequences": (True, False),
    "interpolation": ("nearest", "bilinear"),
    "approximate": (True, False),
    "alpha": (0.1, 0.2, 0.3, 1.0),
    "negative_slope": (0.0, 0.1, 0.2, 0.3),
    "axis": (-1, 1, 2, 3),
    "center": (True, False),
    "scale": (True, False),
    "merge_mode": ("concat", "sum", "mul", "ave"),
}


@dataclass(frozen=True)
class Call:
    """Be one call of a layer, with given numbers in the place of the symbols.

    Attributes:
        values: by the identity of each symbol.
    """

    node: Node
    values: Mapping[int, Any]

    def __call__(self, layer: Any = None) -> Any:
        """Return what the layer, or another in its place, makes of the numbers from no state."""
        args, kwargs = map_symbols(
            lambda symbol: self.values[id(symbol)], (self.node.args, self.node.kwargs)
        )
        called = layer or self.node.layer
        if called.built and getattr(called, "stateful", False):
            called.reset_states()
        return called(*args, **kwargs)


def likely_causes(call: Call, place: int, told: Array, tolerance: float) -> list[str]:
    """Return what brings an output to the reference's numbers; a hint where nothing does."""
    made = listed(call())[place]
    if tuple(made.shape) != told.shape:
        hint = [f"shapes differ: {tuple(made.shape)} here, {told.shape} in the reference"]
    elif not np.isfinite(told).all():
        hint = ["the reference holds nan or infinite numbers"]
    else:
        hint = []
    found = []
    for words, era, changed, weights in _changes(call.node.layer):
        with suppress(Exception):  # many a change makes no layer at all
            far = difference(listed(call(_again(call, era, changed, weights)))[place], told)
            if far <= tolerance:
                found.append(f"{words} gives the reference's numbers ({far:.1e})")
    if not found and not hint:
        hint = ["none of the usual ones: compare the layer's weights and arguments with the old's"]
    return hint + found


def _again(call: Call, era: str, changed: Mapping[str, Any], weights: Weights) -> Any:
    """Return a layer like the one that is called, with some things otherwise."""
    with in_era(era):
        layer = type(call.node.layer).from_config({**call.node.layer.get_config(), **changed})
    layer.eval()
    call(layer)  # makes its weights
    layer.set_weights(weights)
    return layer


def _changes(layer: Any) -> Iterator[tuple[str, str, Mapping[str, Any], Weights]]:
    """Give what may be otherwise: in words, the era, arguments, and weights."""
    config, weights = layer.get_config(), layer.get_weights()
    for era in ERAS:
        if era != layer.era:
            yield f"Keras {era}'s formulas (here {layer.era}'s)", era, {}, weights
    for name, values in OTHERWISE.items():
        for value in values if name in config else ():
            if config[name] != value:
                words = f"{name}={value!r} (here {config[name]!r})"
                yield words, layer.era, {name: value}, weights
    for words, turned in _turned(weights):
        yield words, layer.era, {}, turned


def _turned(weights: Weights) -> Iterator[tuple[str, Weights]]:
    """Give weights as other backends and hands keep them."""
    kernels = [it for it in weights if it.ndim > 2]
    if kernels:
        flipped = [it[(slice(None, None, -1),) * (it.ndim - 2)] if it.ndim > 2 else it
                   for it in weights]  # fmt: skip
        yield "kernels turned by 180 degrees, as Theano keeps them,", flipped
        turned = [
            it.transpose(*range(it.ndim - 3, -1, -1), *range(it.ndim - 2, it.ndim))
            if it.ndim > 3 else it
            for it in weights
        ]  # fmt: skip
        yield "kernels with rows and columns exchanged", turned
    square = [it.T if it.ndim == 2 and it.shape[0] == it.shape[1] else it for it in weights]
    if any(it is not old for it, old in zip(square, weights, strict=True)):
        yield "square kernels transposed, as torch keeps them,", square
    if len(weights) == 4 and all(it.ndim == 1 for it in weights):
        beta, gamma = weights[1], weights[0]
        yield "gamma and beta exchanged", [beta, gamma, *weights[2:]]
        yield "moving mean and variance exchanged", [*weights[:2], weights[3], weights[2]]
        root = [*weights[:3], np.square(weights[3])]
        yield "a standard deviation in the place of the moving variance", root
