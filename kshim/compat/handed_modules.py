"""How Keras 2.2 and 2.3 handed their modules to the package keras_applications.

Here both are one, so that what is handed over is never needed; architectures of a script's own
that are written for that package get kshim's modules.

Source: keras_applications 1.0.8, Keras 2.2.4 applications/__init__.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from kshim import backend, layers, models, utils
from kshim.applications.imagenet_utils import correct_pad
from kshim.errors import UnexpectedArgument

__all__ = [
    "correct_pad", "get_submodules_from_kwargs", "keras_modules_injection", "set_keras_submodules",
]  # fmt: skip

_MODULES = {"backend": backend, "layers": layers, "models": models, "utils": utils}


def get_submodules_from_kwargs(kwargs: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """Return backend, layers, models and utils: those given, and kshim's for the rest.

    Raises:
        UnexpectedArgument: for any other word.
    """
    unknown = sorted(set(kwargs) - set(_MODULES))
    if unknown:
        raise UnexpectedArgument(
            f"get_submodules_from_kwargs: keyword must be one of {', '.join(_MODULES)}, got "
            f"{unknown[0]!r}."
        )
    held = {word: kwargs.get(word) or module for word, module in _MODULES.items()}
    return held["backend"], held["layers"], held["models"], held["utils"]


def keras_modules_injection(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that hands kshim's modules to another."""

    @functools.wraps(function)
    def handing(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **{**kwargs, **_MODULES})

    return handing


def set_keras_submodules(**modules: Any) -> None:
    """Change nothing: the modules are kshim's."""
