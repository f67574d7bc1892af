"""Inverted residual blocks of both generations of EfficientNets: wide inside, narrow outside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kshim.applications.blocks import (
    activation,
    conv,
    depthwise,
    excited,
    norm,
    pad,
    padding_for,
    pool_all,
    summed,
)
from kshim.applications.describing import Asked
from kshim.core.symbols import Symbol
from kshim.layers.core import Dense, Dropout

POOLED = ("avg_pool", "max_pool")
KERNELS = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}
LAST_KERNEL = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1 / 3, "mode": "fan_out", "distribution": "uniform"},
}


@dataclass(frozen=True)
class Stage:
    """Hold what some blocks behind each other are like.

    Args:
        kernel_size: of the windows.
        repeats: how many blocks there are.
        filters_in, filters_out: channels in front of the stage and behind it.
        expand_ratio: how many times wider blocks are inside.
        strides: of the first block; the others move by one.
        se_ratio: into what share of the channels their means are squeezed; 0 for no such part.
        id_skip: whether a block adds what goes in, where its shape is that of what comes out.
        fused: whether blocks widen by windows, in the place of single cells.
    """

    kernel_size: int = 3
    repeats: int = 1
    filters_in: int = 32
    filters_out: int = 16
    expand_ratio: int = 1
    strides: int = 1
    se_ratio: float = 0.0
    id_skip: bool = True
    fused: bool = False


@dataclass(frozen=True)
class Style:
    """Hold what all blocks of an architecture share.

    Args:
        function: the activation.
        second: what the name of the convolution of each channel by itself ends in.
        pads: whether a layer puts zeros around where that convolution moves by two steps.
        momentum: of normalisation; None for the layer's usual one.
    """

    function: Any
    second: str
    pads: bool
    momentum: float | None = None

    def norm(self, x: Symbol, name: str) -> Symbol:
        """Normalise each channel."""
        return norm(x, name, **({} if self.momentum is None else {"momentum": self.momentum}))

    def step(
        self, x: Symbol, filters: int, size: int, name: str, part: str, *, acts: bool, **words: Any
    ) -> Symbol:
        """Convolve, normalise and, as a rule, apply the activation."""
        x = conv(
            x, filters, size, f"{name}{part}_conv", use_bias=False, kernel_initializer=KERNELS,
            **words,
        )  # fmt: skip
        x = self.norm(x, f"{name}{part}_bn")
        return activation(x, self.function, f"{name}{part}_activation") if acts else x


def stages(
    x: Symbol,
    rows: Sequence[Stage],
    style: Style,
    width: Callable[[float], int],
    depth: float,
    drop: Callable[[int], float],
) -> Symbol:
    """Put the blocks of all stages behind each other.

    Args:
        width: from the channels of a row to those of the model.
        depth: how many times more blocks than the rows tell.
        drop: from the number of a block to the share of samples that leave it out in training.
    """
    number = 0
    for place, row in enumerate(rows, start=1):
        wide = replace(
            row, filters_in=width(row.filters_in), filters_out=width(row.filters_out),
            repeats=math.ceil(depth * row.repeats),
        )  # fmt: skip
        for letter, stage in _blocks(wide):
            block = _fused if stage.fused else _inverted
            x = block(x, stage, style, f"block{place}{letter}_", drop(number))
            number += 1
    return x


def _blocks(stage: Stage) -> Iterator[tuple[str, Stage]]:
    """Give letter and description of each block: those behind the first keep the shape."""
    yield "a", stage
    later = replace(stage, strides=1, filters_in=stage.filters_out)
    for place in range(1, stage.repeats):
        yield chr(ord("a") + place), later


def _inverted(x: Symbol, stage: Stage, style: Style, name: str, drop: float) -> Symbol:
    """Widen, convolve each channel by itself, weigh the channels, narrow again, and add."""
    came = x
    if stage.expand_ratio != 1:
        wide = stage.filters_in * stage.expand_ratio
        x = style.step(x, wide, 1, name, "expand", acts=True, padding="same")
    pads = style.pads and stage.strides == 2
    if pads:
        x = pad(x, padding_for(x, stage.kernel_size), f"{name}{style.second}_pad")
    x = depthwise(
        x, stage.kernel_size, f"{name}{style.second}", strides=stage.strides, use_bias=False,
        padding="valid" if pads else "same", depthwise_initializer=KERNELS,
    )  # fmt: skip
    x = activation(style.norm(x, f"{name}bn"), style.function, f"{name}activation")
    x = _weighed(x, stage, style, name)
    x = style.step(x, stage.filters_out, 1, name, "project", acts=False, padding="same")
    return _added(came, x, stage, name, drop)


def _fused(x: Symbol, stage: Stage, style: Style, name: str, drop: float) -> Symbol:
    """Widen by windows, weigh the channels, narrow again, and add."""
    came, widens = x, stage.expand_ratio != 1
    size, strides = stage.kernel_size, stage.strides
    if widens:
        wide = stage.filters_in * stage.expand_ratio
        x = style.step(x, wide, size, name, "expand", acts=True, strides=strides, padding="same")
        size, strides = 1, 1
    x = _weighed(x, stage, style, name)
    x = style.step(
        x, stage.filters_out, size, name, "project", acts=not widens, strides=strides,
        padding="same",
    )  # fmt: skip
    return _added(came, x, stage, name, drop)


def _weighed(x: Symbol, stage: Stage, style: Style, name: str) -> Symbol:
    if not 0 < stage.se_ratio <= 1:
        return x
    squeezed = max(1, int(stage.filters_in * stage.se_ratio))
    return excited(x, squeezed, name, style.function, kernel_initializer=KERNELS)


def _added(came: Symbol, x: Symbol, stage: Stage, name: str, drop: float) -> Symbol:
    if not stage.id_skip or stage.strides != 1 or stage.filters_in != stage.filters_out:
        return x
    return summed([dropped(x, drop, f"{name}drop"), came], f"{name}add")


def dropped(x: Symbol, share: float, name: str) -> Symbol:
    """Set whole samples to zero while training, where the share is not nought."""
    return Dropout(share, noise_shape=(None, 1, 1, 1), name=name)(x) if share > 0 else x


def top_of(rate: float, **words: Any) -> Callable[[Symbol, Asked], Symbol]:
    """Return a top that takes the mean of each channel, drops some, and one dense layer."""

    def top(x: Symbol, asked: Asked) -> Symbol:
        x = pool_all(x, "avg", "avg_pool")
        if rate > 0:
            x = Dropout(rate, name="top_dropout")(x)
        last = Dense(
            asked.classes, activation=asked.classifier_activation, name="predictions", **words
        )
        return last(x)

    return top
