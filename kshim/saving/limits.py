"""Limits: what building the model in a file may take of the memory.

A config may declare a layer of any size. While the model is built, every tensor that is about to
be made is counted first; one that the file's own size cannot account for is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from kshim.errors import FileError
from kshim.saving.h5 import GROWTH


class MemoryLimit(TorchFunctionMode):
    """Refuse to make tensors that a file of some size cannot account for, before they are made.

    Args:
        file: named in the message.
        stored: the size of the file in bytes.
    """

    def __init__(self, file: str, stored: int) -> None:
        super().__init__()
        self.file, self.limit = file, 2 * stored + GROWTH
        self.taken = 0

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: tuple[type, ...],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Count what a function is about to make, then let it."""
        options = kwargs or {}
        if function in _COUNTS and not _is_meta(args, options):
            self.taken += _bytes(function, args, options)
            if self.taken > self.limit:
                raise FileError(
                    f"{self.file}: model_config must describe a model of at most {self.limit} "
                    f"bytes, as the file's size allows, got one of {self.taken} or more."
                )
        return function(*args, **options)


def _is_meta(args: tuple[Any, ...], options: dict[str, Any]) -> bool:
    device = options.get("device")
    if device is None and args and isinstance(args[0], torch.Tensor):
        device = args[0].device
    return device is not None and torch.device(device).type == "meta"


def _bytes(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> int:
    """Return how many bytes a function that is told sizes makes."""
    owner = args[0] if args and isinstance(args[0], torch.Tensor) else None
    kind = options.get("dtype") or (owner.dtype if owner is not None else torch.get_default_dtype())
    told = [*(args if owner is None else args[1:]), options.get("size", ())]
    count = _COUNTS[function](told) * (1 if owner is None or function in _NEW else owner.numel())
    return count * int(kind.itemsize)


def _sizes(told: Any) -> list[int]:
    """Return the whole numbers in nested lists and tuples, without signs."""
    if isinstance(told, list | tuple):
        return [size for item in told for size in _sizes(item)]
    return [abs(told)] if isinstance(told, int) and not isinstance(told, bool) else []


def _product(told: Any) -> int:
    return math.prod(_sizes(told))


def _of_first(told: Any) -> int:
    return _product(told[:1])


def _of_last(told: Any) -> int:
    return _product(told[-2:])


def _square(told: Any) -> int:
    sizes = _sizes(told)
    return math.prod(sizes) * (sizes[0] if len(sizes) == 1 else 1)


def _largest(told: Any) -> int:
    return max(_sizes(told), default=0)


_NEW = (
    torch.Tensor.new_empty, torch.Tensor.new_zeros, torch.Tensor.new_ones, torch.Tensor.new_full,
)  # fmt: skip
# What makes tensors of sizes it is told, and how many numbers that is.
_COUNTS: dict[Any, Callable[[Any], int]] = {
    **dict.fromkeys((torch.empty, torch.zeros, torch.ones, torch.rand, torch.randn), _product),
    **dict.fromkeys((*_NEW[:3], torch.Tensor.repeat, torch.tile), _product),
    **dict.fromkeys((torch.full, torch.Tensor.new_full), _of_first),
    **dict.fromkeys((torch.arange, torch.linspace), _largest),
    torch.eye: _square,
    torch.randint: _of_last,
}
