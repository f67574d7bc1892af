"""Entrances: what a model takes in, and data that fit there, to try it on.

A free axis is one whose size is not known: the batch, and every axis that Keras shows as None.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from kshim.core.shapes import Shape
from kshim.errors import NotSupported, ShapeError

Sizes = tuple[int, ...]

_LENGTHS = ((5, 8, 13), (16, 27, 33), (32, 64, 96), (128, 256, 384), (1024, 1536, 2048))
_AXES = {1: ("time",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_SMALL = 2  # whole numbers that look nothing up stay below this


@dataclass(frozen=True)
class Entrance:
    """Describe one input of a model.

    Attributes:
        shape: the sizes, the batch first, None where free.
        kind: the type of the numbers.
        limit: the number that indices stay below; None for an input that is no index.
    """

    name: str
    shape: Shape
    kind: torch.dtype
    limit: int | None

    @property
    def free_axes(self) -> list[int]:
        """Return the places of the free axes behind the batch."""
        return [axis for axis, size in enumerate(self.shape) if axis and size is None]

    def axis_names(self, alone: bool) -> dict[int, str]:
        """Return a name for each free axis, the batch too.

        Args:
            alone: no other input has free axes, so that the input's name need not lead.
        """
        axes = self.free_axes
        words = _AXES.get(len(axes), tuple(f"axis_{axis}" for axis in axes))
        names = words if alone else tuple(f"{self.name}_{word}" for word in words)
        return {0: "batch"} | dict(zip(axes, names, strict=True))


def entrances_of(model: Any, names: Sequence[str]) -> list[Entrance]:
    """Return what the model takes in, under the given names.

    Raises:
        NotSupported: for an input of words.
    """
    words = [name for name, it in zip(names, model.inputs, strict=True) if it.dtype == "string"]
    if words:
        raise NotSupported(
            f"{model.who}: must take numbers to be exported, got words in {', '.join(words)}. "
            "Turn them into numbers before: export the model behind the layer that does, "
            "Model(that_layer.output, model.outputs)."
        )
    limits = _limits(model)
    return [
        Entrance(name, (None, *symbol.shape[1:]), getattr(torch, symbol.dtype), limit)
        for name, symbol, limit in zip(names, model.inputs, limits, strict=True)
    ]


def fitting_sizes(
    entrances: Sequence[Entrance], runs: Callable[[Sequence[Sizes]], None]
) -> list[list[Sizes]]:
    """Return three choices of sizes for the free axes behind the batch, each input's own.

    Short lengths are tried before long ones (a network may need some length), and all axes
    unequal before all equal (a network may need that).

    Args:
        runs: raises when the model does not run on such sizes.

    Raises:
        ShapeError: when no choice runs.
    """
    reason: Exception | None = None
    for lengths, apart in itertools.product(_LENGTHS, (1, 0)):
        choices = [_spread(entrances, length, apart) for length in lengths]
        try:
            for choice in choices:
                runs(choice)
        except Exception as error:  # whatever the model's own code makes of a length
            reason = error
            continue
        return choices
    sizes = ", ".join(str(entrance.shape) for entrance in entrances)
    raise ShapeError(
        f"to_onnx: the model must run on some length of its free axes, got inputs of shape "
        f"{sizes}, and none of 5 to 2048 runs ({reason})."
    ) from reason


def sample(
    entrances: Sequence[Entrance], batch: int, sizes: Sequence[Sizes], device: torch.device
) -> list[Tensor]:
    """Return seeded data: normal numbers, indices below their limit."""
    source = np.random.default_rng(batch)
    return [
        torch.as_tensor(_numbers(entrance, batch, free, source), device=device).to(entrance.kind)
        for entrance, free in zip(entrances, sizes, strict=True)
    ]


def _spread(entrances: Sequence[Entrance], length: int, apart: int) -> list[Sizes]:
    """Return a size for each free axis, counting up from the length if they are to be apart."""
    sizes = itertools.count(length, apart)
    return [tuple(next(sizes) for _ in entrance.free_axes) for entrance in entrances]


def _numbers(entrance: Entrance, batch: int, free: Sizes, source: Any) -> Any:
    rest = iter(free)
    shape = (batch, *(next(rest) if size is None else size for size in entrance.shape[1:]))
    if entrance.limit is not None:
        return source.integers(0, entrance.limit, shape)
    numbers = source.standard_normal(shape)
    if len(shape) > 2 and batch > 1:
        # A Masking layer sees steps to skip.
        numbers[-1, shape[1] // 2 :] = 0
    return numbers


def _limits(model: Any) -> list[int | None]:
    """Return for each input what indices must stay below; None where there are none."""
    floats = [getattr(torch, symbol.dtype).is_floating_point for symbol in model.inputs]
    network = model.network.plain
    if isinstance(network, fx.GraphModule):
        starts = [node for node in network.graph.nodes if node.op == "placeholder"]
        tables = [_smallest_table(network, start) for start in starts]
    else:
        shortest = min(_lengths(model), default=None)
        tables = [None if is_float else shortest for is_float in floats]
    return [
        None if is_float and table is None else table or _SMALL
        for table, is_float in zip(tables, floats, strict=True)
    ]


def _smallest_table(module: fx.GraphModule, start: fx.Node) -> int | None:
    """Return the length of the shortest table that an input looks things up in."""
    found: list[int] = []
    stack, seen = [start], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        for user in node.users:
            found += _table(module, user, node)
            if user.op != "call_module":
                stack.append(user)
    return min(found, default=None)


def _table(module: fx.GraphModule, user: fx.Node, indices: fx.Node) -> list[int]:
    """Return the length of the table that a node looks `indices` up in, if it does."""
    if user.op == "call_module":
        return _lengths(module.get_submodule(str(user.target)))
    if user.target is functional.embedding and user.args[0] is indices:
        table: Any = user.args[1]
        if isinstance(table, fx.Node) and table.op == "get_attr":
            return [len(module.get_parameter(str(table.target)))]
    return []


def _lengths(module: nn.Module) -> list[int]:
    return [one.num_embeddings for one in module.modules() if isinstance(one, nn.Embedding)]
