"""History: tensors by which gradients are taken in the middle of a network, while it computes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor


def by_itself(value: Any) -> Any:
    """Return a tensor by which gradients can be taken of all that is computed from it.

    A tensor that has a history stays as it is; one without begins one. Anything but floats is
    returned as it is.
    """
    if not isinstance(value, Tensor) or not value.is_floating_point() or value.requires_grad:
        return value
    return value.detach().requires_grad_(torch.is_grad_enabled())


def remembering(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Return `forward` with its history kept wherever it runs, and let go where nobody asked."""

    @wraps(forward)
    def call(self: Any, *inputs: Any) -> Any:
        asked = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        with torch.inference_mode(False), torch.enable_grad():
            made = forward(self, *map(_ordinary, inputs))
        return made if asked else _detached(made)

    return call


def _ordinary(value: Any) -> Any:
    """Return a tensor of inference mode, which can have no history, as an ordinary one."""
    return value.clone() if isinstance(value, Tensor) and value.is_inference() else value


def _detached(structure: Any) -> Any:
    if isinstance(structure, Tensor):
        return structure.detach()
    if isinstance(structure, dict):
        return {key: _detached(value) for key, value in structure.items()}
    if type(structure) in (list, tuple):
        return type(structure)(_detached(item) for item in structure)
    return structure
