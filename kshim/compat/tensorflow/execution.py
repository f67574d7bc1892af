"""How tensorflow runs code: eager or not, branches and loops, arrays of tensors, checks.

torch runs every line where it stands, in any mode; so the switches change nothing.

Source: TensorFlow 2.15.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.compat.tensorflow.arrays import as_tensor, dtype_of
from kshim.core.eras import rule
from kshim.core.symbols import Symbol, SymbolShape
from kshim.errors import ArgumentError, StateError
from kshim.layers.weights import Weight

__all__ = [
    "Assert", "TensorArray", "TensorSpec", "case", "disable_eager_execution",
    "disable_v2_behavior", "enable_eager_execution", "enable_v2_behavior", "executing_eagerly",
    "experimental_run_functions_eagerly", "foldl", "get_logger", "is_tensor", "recompute_grad",
    "run_functions_eagerly", "switch_case", "vectorized_map",
]  # fmt: skip


def executing_eagerly() -> bool:
    """Return whether the TensorFlow of the era runs lines where they stand."""
    return bool(rule("tensorflow_is_eager"))


def _switch(*options: Any, **more: Any) -> None:
    """Change nothing: torch runs every line where it stands."""


enable_eager_execution = disable_eager_execution = _switch
enable_v2_behavior = disable_v2_behavior = _switch
run_functions_eagerly = experimental_run_functions_eagerly = _switch


def is_tensor(x: Any) -> bool:
    """Return whether something is a tensor, a variable or a symbol."""
    return isinstance(x, Tensor | Weight | Symbol)


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function as it is: it gives the same gradients, from what was kept."""
    return f


def Assert(condition: Any, data: Any = (), summarize: Any = None, name: Any = None) -> None:
    """Refuse to go on unless a condition holds.

    Raises:
        StateError: with the data.
    """
    if not bool(torch.as_tensor(as_tensor(condition)).all()):
        raise StateError(f"tf.Assert: the condition must hold, got False: {list(data)}.")


def case(
    pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, strict: bool = False,
    name: Any = None,
) -> Any:  # fmt: skip
    """Return what the function of the first condition that holds gives."""
    pairs = pred_fn_pairs.items() if isinstance(pred_fn_pairs, Mapping) else pred_fn_pairs
    for condition, function in pairs:
        if bool(condition):
            return function()
    if default is None:
        raise ArgumentError("default", "a function, as no condition holds", None, who="tf.case")
    return default()


def switch_case(branch_index: Any, branch_fns: Any, default: Any = None, name: Any = None) -> Any:
    """Return what the function of a number gives; the default's, or the last one's, otherwise."""
    fns = branch_fns if isinstance(branch_fns, Mapping) else dict(_numbered(branch_fns))
    other = default if default is not None else fns[max(fns)]
    return fns.get(int(branch_index), other)()


def _numbered(functions: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    for number, it in enumerate(functions):
        yield it if isinstance(it, tuple) else (number, it)


def foldl(fn: Any, elems: Any, initializer: Any = None, **options: Any) -> Any:
    """Return what a function makes of an accumulator and each element, from the first on."""
    given = list(as_tensor(elems))
    total = given.pop(0) if initializer is None else as_tensor(initializer)
    for element in given:
        total = fn(total, element)
    return total


def vectorized_map(fn: Any, elems: Any, fallback_to_while_loop: bool = True, **more: Any) -> Any:
    """Return what a function makes of each element, stacked."""
    if isinstance(elems, list | tuple):
        made = [fn(type(elems)(row)) for row in zip(*map(as_tensor, elems), strict=True)]
    else:
        made = [fn(element) for element in as_tensor(elems)]
    return torch.stack(made)


class TensorArray:
    """Hold tensors by number, as a loop writes and reads them.

    Args:
        dtype: of the tensors.
        size: how many there are at first.
        dynamic_size: whether writing behind the last makes room.
        clear_after_read, element_shape, infer_shape, tensor_array_name: taken, without effect.
    """

    def __init__(
        self, dtype: Any = "float32", size: Any = 0, dynamic_size: bool = False, **options: Any
    ) -> None:
        self.dtype = dtype_of(dtype)
        self.dynamic_size = bool(dynamic_size)
        self._held: list[Tensor | None] = [None] * int(size or 0)

    def write(self, index: Any, value: Any, name: Any = None) -> TensorArray:
        """Put a tensor at a number; return this array.

        Raises:
            ArgumentError: for a number behind the last, where there is no room to be made.
        """
        place = int(index)
        if place >= len(self._held) and not self.dynamic_size:
            wanted = f"below {len(self._held)} where dynamic_size is False"
            raise ArgumentError("index", wanted, place, who="tf.TensorArray")
        self._held += [None] * (place + 1 - len(self._held))
        self._held[place] = as_tensor(value).to(self.dtype)
        return self

    def read(self, index: Any, name: Any = None) -> Tensor:
        """Return the tensor at a number.

        Raises:
            StateError: where nothing was written.
        """
        held = self._held[int(index)]
        if held is None:
            raise StateError(f"tf.TensorArray: {int(index)} must be written first, got nothing.")
        return held

    def stack(self, name: Any = None) -> Tensor:
        """Return all tensors along a new first axis; zeros where nothing was written."""
        shape = next((one.shape for one in self._held if one is not None), ())
        empty = torch.zeros(tuple(shape), dtype=self.dtype)
        if not self._held:
            return torch.zeros((0,), dtype=self.dtype)
        return torch.stack([empty if one is None else one for one in self._held])

    def concat(self, name: Any = None) -> Tensor:
        """Return all tensors along their first axis."""
        return torch.cat([self.read(place) for place in range(len(self._held))])

    def gather(self, indices: Any, name: Any = None) -> Tensor:
        """Return the tensors at some numbers, along a new first axis."""
        return torch.stack([self.read(place) for place in np.ravel(indices)])

    def unstack(self, value: Any, name: Any = None) -> TensorArray:
        """Take the rows of a tensor; return this array."""
        self._held = [row.to(self.dtype) for row in as_tensor(value)]
        return self

    def scatter(self, indices: Any, value: Any, name: Any = None) -> TensorArray:
        """Put the rows of a tensor at some numbers; return this array."""
        for place, row in zip(np.ravel(indices), as_tensor(value), strict=True):
            self.write(place, row)
        return self

    def size(self, name: Any = None) -> Tensor:
        """Return how many tensors there is room for."""
        return torch.tensor(len(self._held), dtype=torch.int32)

    def identity(self) -> TensorArray:
        """Return this array."""
        return self

    def __len__(self) -> int:
        """Return how many tensors there is room for."""
        return len(self._held)


class TensorSpec:
    """Say what a tensor is like, as `tf.function(input_signature=...)` is told.

    Args:
        shape: the sizes, None for those that are not known.
        dtype: the type.
    """

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        self.shape, self.dtype, self.name = SymbolShape(shape), dtype_of(dtype), name


def print_(*inputs: Any, output_stream: Any = None, sep: str = " ", end: str = "\n",
           **options: Any) -> None:  # fmt: skip
    """Print tensors and texts, to standard error unless told otherwise."""
    shown = [it.detach().cpu().numpy() if isinstance(it, Tensor) else it for it in inputs]
    print(*shown, sep=sep, end=end, file=output_stream or sys.stderr)


def get_logger() -> logging.Logger:
    """Return the logger called tensorflow, whose level scripts set."""
    return logging.getLogger("tensorflow")
