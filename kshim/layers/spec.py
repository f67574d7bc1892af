"""InputSpec: what a layer demands of the rank and sizes of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.core.shapes import Shape, is_shape
from kshim.core.symbols import symbols_in
from kshim.errors import ShapeError


class InputSpec:
    """Hold what one input must be: its rank, its type, some or all of its sizes.

    Args:
        dtype: the name of the type.
        shape: the sizes, the batch first, None where any will do.
        ndim, min_ndim, max_ndim: the rank, the batch counted.
        axes: sizes by axis, such as {-1: 3}.

    Source: Keras 2.2.4 engine/base_layer.py.
    """

    def __init__(
        self,
        dtype: str | None = None,
        shape: Shape | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        **options: Any,
    ) -> None:
        self.dtype, self.max_ndim, self.min_ndim = dtype, max_ndim, min_ndim
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.axes = dict(axes or {})

    def __repr__(self) -> str:
        """Return what is demanded."""
        told = {key: value for key, value in vars(self).items() if value}
        return f"InputSpec({', '.join(f'{key}={value}' for key, value in told.items())})"

    def problem(self, shape: Shape) -> str:
        """Return what is wrong with a shape, as `wanted, got given`, or no text."""
        rank = len(shape)
        if self.ndim is not None and rank != self.ndim:
            return f"have {self.ndim} axes (the batch included), got {rank}: shape {shape}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"have at least {self.min_ndim} axes, got {rank}: shape {shape}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"have at most {self.max_ndim} axes, got {rank}: shape {shape}"
        wanted = dict(enumerate(self.shape or ())) | self.axes
        for axis, size in wanted.items():
            if None not in (size, shape[axis]) and shape[axis] != size:
                return f"have size {size} on axis {axis}, got {shape[axis]}: shape {shape}"
        return ""


def check_specs(who: str, specs: Any, inputs: Any, shapes: Any) -> None:
    """Refuse inputs that are not what a layer demands.

    Raises:
        ShapeError: naming the layer, the wanted and the given.
    """
    if specs is None:
        return
    wanted = list(specs) if isinstance(specs, list | tuple) else [specs]
    given = [shapes] if is_shape(shapes) else list(shapes)
    if len(wanted) != len(given) and len(symbols_in(inputs)) == len(given):
        raise ShapeError(f"{who}: inputs must be {len(wanted)}, got {len(given)}.")
    for spec, shape in zip(wanted, given, strict=False):
        problem = spec.problem(shape) if spec is not None else ""
        if problem:
            raise ShapeError(f"{who}: inputs must {problem}.")
