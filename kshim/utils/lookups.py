"""What scripts look up by name, and the small things they wrote tests with.

Source: Keras 1.2.2, 2.2.4 utils/generic_utils.py, utils/test_utils.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.registry import Registry, custom_object_scope
from kshim.errors import UnknownName, nearest

Split = tuple[NDArray[Any], NDArray[Any]]


def get_from_module(
    identifier: Any,
    module_params: Mapping[str, Any],
    module_name: str,
    instantiate: bool = False,
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Return what a name stands for in a module's globals; what is no name, itself.

    Args:
        instantiate: whether to call it, with `kwargs`.

    Raises:
        UnknownName: for a name the module lacks.
    """
    options = dict(kwargs or {})
    if isinstance(identifier, Mapping):
        options |= identifier
        identifier, instantiate = options.pop("name"), True
    if not isinstance(identifier, str):
        return identifier
    found = module_params.get(identifier)
    if found is None:
        hint = nearest(identifier, module_params)
        raise UnknownName(module_name, f"the name of a {module_name}", identifier, hint=hint)
    return found(**options) if instantiate else found


def deserialize_keras_object(
    identifier: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """Return what a name or a config stands for among the objects of a module."""
    table = Registry(printable_module_name)
    known = {name: one for name, one in (module_objects or {}).items() if callable(one)}
    with custom_object_scope({**known, **(custom_objects or {})}):
        return table.make(identifier)


def has_arg(fn: Callable[..., Any], name: str, accept_all: bool = False) -> bool:
    """Return whether a function can be called with a keyword.

    Args:
        accept_all: whether `**kwargs` counts.
    """
    parameters = inspect.signature(fn).parameters
    if accept_all and any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        return True
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return name in parameters and parameters[name].kind in named


def keras_test(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a test as it is; old ones are marked with this."""
    return function


def get_test_data(
    num_train: int = 1000,
    num_test: int = 500,
    input_shape: tuple[int, ...] = (10,),
    output_shape: tuple[int, ...] = (2,),
    classification: bool = True,
    num_classes: int = 2,
    **old: Any,
) -> tuple[Split, Split]:
    """Return made-up samples with targets that can be learnt: (x, y) to train and to test on.

    Args:
        classification: targets are numbers of classes; otherwise they fill `output_shape`.
        old: Keras 1's words: nb_train, nb_test, nb_class.
    """
    counts = old.get("nb_train", num_train), old.get("nb_test", num_test)
    classes = old.get("nb_class", num_classes)
    total = sum(counts)
    shape = input_shape
    numbers = np.random.randint(0, classes, size=total)
    spread = np.random.normal(scale=0.7, size=(total, *shape))
    x = spread + numbers.reshape(-1, *(1,) * len(shape))
    y = numbers if classification else np.ones((total, *output_shape)) * x.mean()
    first = counts[0]
    return (x[:first], y[:first]), (x[first:], y[first:])
