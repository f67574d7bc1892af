"""Keras 1's Merge: one layer for every way to make one output of several inputs.

Source: Keras 1.2.2 engine/topology.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import (
    anything,
    optional,
    several_whole_numbers,
    shape_or_function,
    whole_number,
)
from kshim.core.config import to_config
from kshim.core.settings import epsilon
from kshim.core.shapes import Shape, is_shape
from kshim.errors import ArgumentError, MaskError, ShapeError, nearest
from kshim.layers.base import LAYERS, Layer
from kshim.layers.core import keywords
from kshim.layers.merging import one_or_two

Combine = Callable[..., Any]


def a_mode(value: Any) -> Any:
    """Take the name of a mode, or a function of a list of tensors."""
    if callable(value) or (isinstance(value, str) and value in Merge.modes):
        return value
    hint = nearest(value, Merge.modes) if isinstance(value, str) else ""
    wanted = f"one of {', '.join(Merge.modes)}, or a function of a list of tensors"
    raise ArgumentError("value", wanted, value, hint=hint)


@dataclass(frozen=True)
class Given:
    """Hold layers that are the graph's, and none of the layer's own."""

    layers: tuple[Any, ...]


def several_layers(value: Any) -> Given:
    """Take two layers or more, or their configs."""
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise ArgumentError("value", "a list of 2 layers or more", value)
    made = tuple(LAYERS.make(it) if isinstance(it, Mapping) else it for it in value)
    if not all(isinstance(it, Layer) for it in made):
        raise ArgumentError("value", "a list of 2 layers or more", value)
    return Given(made)


@LAYERS.register()
class Merge(Layer):
    """Make one output of a list of inputs.

    Shapes:
        x: a list of shapes that are the same but for the axis of concat or dot, y: as the mode says

    Args:
        layers: layers or models whose outputs are merged at once, as the first layer of a
            Sequential; else the layer is called on a list.
        mode: sum, mul, ave, max (number by number), concat, dot or cos, or a function of a list.
        concat_axis: along which inputs are laid end to end, the batch counted.
        dot_axes: the axis of both inputs whose products are summed, or one for each.
        output_shape: what a function makes, without the batch, or a function of the input shapes;
            found by a trial run when left out.
        output_mask: the mask of what a function makes, or a function of the masks.
        arguments: keywords for the function.
        node_indices, tensor_indices: which calls and outputs of `layers` are meant.
    """

    modes: ClassVar[tuple[str, ...]] = ("sum", "mul", "ave", "max", "concat", "dot", "cos")

    layers: Any = arg(optional(several_layers), None, saved=False, attribute="given")
    mode: Any = arg(a_mode, "sum")
    concat_axis: int = arg(whole_number(), -1)
    dot_axes: Any = arg(one_or_two, -1)
    output_shape = arg(optional(shape_or_function), None, attribute="told_shape")
    output_mask = arg(anything, None, attribute="told_mask")
    arguments = arg(keywords, None, attribute="arguments_given")
    node_indices: Any = arg(optional(several_whole_numbers), None, saved=False)
    tensor_indices: Any = arg(optional(several_whole_numbers), None, saved=False)

    supports_masking = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments, and merge the outputs of the layers if there are any."""
        super().__init__(*args, **kwargs)
        if self.given is not None:
            outputs = _outputs_of(self.given.layers, self.node_indices, self.tensor_indices)
            self.made_at_once = self(outputs)

    def build(self, input_shape: Any) -> None:
        """Check that the inputs fit together, and note their ranks."""
        self.ranks = [len(shape) for shape in self._listed(input_shape)]

    def call(self, inputs: list[Tensor], mask: Any = None) -> Any:
        """Return what the mode makes of the inputs."""
        if callable(self.mode):
            return self.mode(list(inputs), **self._keywords(mask))
        if self.mode == "concat":
            return torch.cat(list(inputs), self.concat_axis)
        if self.mode in _ARITHMETIC:
            return _ARITHMETIC[self.mode](list(inputs))
        one, other = inputs
        if self.mode == "dot":
            return self._dot(one, other)
        squares = self._dot(one, one) * self._dot(other, other)
        lengths = torch.clamp(torch.sqrt(torch.relu(squares)), min=epsilon())
        return torch.unsqueeze(self._dot(one, other) / lengths, 1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the merged inputs."""
        shapes = self._listed(input_shape)
        if callable(self.mode):
            return self._told(shapes)
        if self.mode in _ARITHMETIC:
            return shapes[0]
        if self.mode == "concat":
            sizes = [shape[self.concat_axis] for shape in shapes]
            merged = list(shapes[0])
            merged[self.concat_axis] = None if None in sizes else sum(map(int, sizes))  # type: ignore[arg-type]
            return tuple(merged)
        first, second = self._axes([len(shape) for shape in shapes])
        left = [*_without(shapes[0], first), *_without(shapes[1], second)[1:]]
        return tuple(left) if len(left) > 1 else (*left, 1)

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return the symbol of the output; what a function makes is tried where nobody says."""
        if callable(self.mode) and self.told_shape is None:
            return self._trial(args, kwargs)
        return super().output_symbols(args, kwargs, shapes)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the masks of the inputs as one.

        Raises:
            MaskError: for `max`, which takes no masks.
        """
        masks = list(mask or [])
        present = [one for one in masks if one is not None]
        if not present or self.mode in ("dot", "cos"):
            return None
        if callable(self.mode):
            return self.told_mask(masks) if callable(self.told_mask) else self.told_mask
        if self.mode == "max":
            wanted = "come without a mask in mode 'max'"
            raise MaskError(f"{self.who}: inputs must {wanted}, got one.")
        if self.mode == "concat" and self.concat_axis % self.ranks[0] == 1:
            pairs = zip(inputs, masks, strict=True)
            return torch.cat([_steps(tensor, one) for tensor, one in pairs], 1)
        return reduce(torch.logical_and, present)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; functions are told by their names."""
        told = {"mode": self.mode, "output_shape": self.told_shape, "output_mask": self.told_mask}
        kinds = {f"{key}_type": _kind(value) for key, value in told.items()}
        inside = {} if self.given is None else {"layers": to_config(self.given.layers)}
        return super().get_config() | kinds | inside

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Return the layer; its functions must be known under their names."""
        words = {key: value for key, value in config.items() if not key.endswith("_type")}
        for key in ("mode", "output_shape", "output_mask"):
            if config.get(f"{key}_type") in ("function", "lambda"):
                words[key] = LAYERS.find(words[key])
        return cls(**words)

    def _keywords(self, mask: Any) -> dict[str, Any]:
        code = getattr(self.mode, "__code__", None)
        asks = code is not None and "mask" in code.co_varnames[: code.co_argcount]
        return self.arguments_given | ({"mask": mask} if asks else {})

    def _told(self, shapes: list[Shape]) -> Any:
        if callable(self.told_shape):
            return self.told_shape(shapes)
        if self.told_shape is None:
            return super().compute_output_shape(shapes)
        return (shapes[0][0], *self.told_shape)

    def _dot(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the sums of products over one axis of each, sample by sample."""
        first, second = self._axes([one.dim(), other.dim()])
        if one.dim() == other.dim() == 2:
            return torch.sum(one * other, 1, keepdim=True)
        left = one if first == one.dim() - 1 else one.transpose(-1, -2)
        return torch.matmul(left, other.transpose(-1, -2) if second == other.dim() - 1 else other)

    def _axes(self, ranks: list[int]) -> tuple[int, int]:
        pair = (self.dot_axes,) * 2 if isinstance(self.dot_axes, int) else self.dot_axes
        return pair[0] % ranks[0], pair[1] % ranks[1]

    def _listed(self, shapes: Any) -> list[Shape]:
        """Return the shapes of the inputs.

        Raises:
            ShapeError: when they are not two or more, or do not fit together.
        """
        found = [] if is_shape(shapes) else [tuple(shape) for shape in shapes]
        if len(found) < 2:
            raise ShapeError(f"{self.who}: inputs must be a list of 2 or more, got {shapes}.")
        fit = True
        if self.mode in (*_ARITHMETIC, "cos"):
            fit = len(set(found)) == 1
        elif self.mode == "concat":
            fit = len({_without(shape, self.concat_axis) for shape in found}) == 1
        elif self.mode == "dot":
            first, second = self._axes([len(shape) for shape in found])
            fit = len(found) == 2 and found[0][first] == found[1][second]
        if not fit:
            told = ", ".join(map(str, found))
            raise ShapeError(f"{self.who}: inputs must fit mode {self.mode!r}, got shapes {told}.")
        return found


def merge(
    inputs: Sequence[Any],
    mode: Any = "sum",
    concat_axis: int = -1,
    dot_axes: Any = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> Any:
    """Return the inputs, merged; the arguments are those of `Merge`."""
    layer = Merge(
        mode=mode, concat_axis=concat_axis, dot_axes=dot_axes, output_shape=output_shape,
        output_mask=output_mask, arguments=arguments, name=name,
    )  # fmt: skip
    return layer(list(inputs) if isinstance(inputs, list | tuple) else inputs)


def _outputs_of(layers: Sequence[Any], nodes: Any, tensors: Any) -> list[Any]:
    """Return an output of each layer: that of its first call, unless others are meant."""
    found = []
    for place, layer in enumerate(layers):
        made = layer.get_output_at(nodes[place]) if nodes and layer.inbound_nodes else layer.output
        several = isinstance(made, list | tuple)
        found.append(made[tensors[place] if tensors else 0] if several else made)
    return found


def _steps(tensor: Any, mask: Any) -> Any:
    """Return a mask, or that of an input whose steps all count."""
    return torch.ones_like(tensor[..., 0], dtype=torch.bool) if mask is None else mask


def _without(shape: Shape, axis: int) -> Shape:
    place = axis % len(shape)
    return shape[:place] + shape[place + 1 :]


def _kind(value: Any) -> str:
    if not callable(value):
        return "raw"
    return "lambda" if value.__name__ == "<lambda>" else "function"


_ARITHMETIC: dict[Any, Combine] = {
    "sum": lambda inputs: reduce(torch.add, inputs),
    "mul": lambda inputs: reduce(torch.mul, inputs),
    "ave": lambda inputs: reduce(torch.add, inputs) / len(inputs),
    "max": lambda inputs: reduce(torch.maximum, inputs),
}
