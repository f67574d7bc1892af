"""`tf.debugging`: what must hold of tensors, or the run stops.

Source: TensorFlow 2.15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from kshim.compat.tensorflow.arrays import as_tensor
from kshim.errors import ArgumentError

__all__ = [
    "assert_all_finite", "assert_equal", "assert_greater", "assert_greater_equal", "assert_less",
    "assert_less_equal", "assert_non_negative", "assert_positive", "assert_rank", "check_numerics",
    "disable_check_numerics", "enable_check_numerics", "set_log_device_placement",
]  # fmt: skip


def _comparing(word: str, holds: Callable[[Any, Any], Any]) -> Callable[..., None]:
    def check(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
        one, other = as_tensor(x), as_tensor(y)
        if not bool(torch.as_tensor(holds(one, other)).all()):
            wanted = f"{word} y" + (f" ({message})" if message else "")
            raise ArgumentError("x", wanted, f"x={one}, y={other}", who="tf.debugging")

    check.__doc__ = f"Refuse tensors of which any number of x is not {word} that of y."
    return check


assert_equal = _comparing("equal to", torch.eq)
assert_less = _comparing("less than", torch.lt)
assert_less_equal = _comparing("at most", torch.le)
assert_greater = _comparing("greater than", torch.gt)
assert_greater_equal = _comparing("at least", torch.ge)


def assert_non_negative(x: Any, message: Any = None, **options: Any) -> None:
    """Refuse a tensor with a number under 0."""
    assert_greater_equal(x, torch.zeros_like(as_tensor(x)), message)


def assert_positive(x: Any, message: Any = None, **options: Any) -> None:
    """Refuse a tensor with a number that is not over 0."""
    assert_greater(x, torch.zeros_like(as_tensor(x)), message)


def assert_rank(x: Any, rank: int, message: Any = None, name: Any = None) -> None:
    """Refuse a tensor with another number of axes."""
    held = as_tensor(x)
    if len(held.shape) != int(rank):
        raise ArgumentError("x", f"of {rank} axes", tuple(held.shape), who="tf.debugging")


def check_numerics(tensor: Any, message: str = "", name: Any = None) -> Any:
    """Return a tensor, all of whose numbers must be finite.

    Raises:
        ArgumentError: for an infinite number or NaN.
    """
    held = as_tensor(tensor)
    if not bool(torch.isfinite(held).all()):
        wanted = "finite numbers" + (f" ({message})" if message else "")
        raise ArgumentError("tensor", wanted, held, who="tf.debugging.check_numerics")
    return held


def assert_all_finite(x: Any, message: str = "", name: Any = None) -> Any:
    """Return a tensor, all of whose numbers must be finite."""
    return check_numerics(x, message)


def _switch(*options: Any, **more: Any) -> None:
    """Change nothing: TerminateOnNaN, and fit's own warning, look at the loss."""


enable_check_numerics = disable_check_numerics = set_log_device_placement = _switch
