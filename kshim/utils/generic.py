"""Small functions that Keras kept for itself and scripts borrowed.

Source: Keras 2.2.4, 2.3.1 utils/generic_utils.py; model code in marshal form as Keras 2 stores it.
"""

from __future__ import annotations

import codecs
import marshal
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kshim.errors import ArgumentError

Dumped = tuple[str, tuple[Any, ...] | None, tuple[Any, ...] | None]
# Layouts by the axis that carries channels: to the first one, from the last one.
_TO_FIRST, _FROM_LAST = "channels_first", "channels_last"


def to_list(x: Any, allow_tuple: bool = False) -> list[Any]:
    """Return a list as it is (a tuple as one, when allowed), anything else in a list of one."""
    if isinstance(x, list):
        return x
    return list(x) if allow_tuple and isinstance(x, tuple) else [x]


def unpack_singleton(x: Any) -> Any:
    """Return the one item of a list or tuple of one, anything else as it is."""
    return x[0] if isinstance(x, (list, tuple)) and len(x) == 1 else x


def object_list_uid(object_list: Any) -> str:
    """Return a text that is the same for the same objects in the same order."""
    return ", ".join(str(abs(id(one))) for one in to_list(object_list))


def is_all_none(iterable_or_element: Any) -> bool:
    """Return whether a value, or every item of a list or tuple, is None."""
    return all(one is None for one in to_list(iterable_or_element, allow_tuple=True))


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """Return rows `start` to `stop` of an array, or of each array of a list (None stays None).

    Args:
        start: the first row, or the numbers of all rows wanted.
    """
    if arrays is None:
        return [None]
    if isinstance(start, list) and stop is not None:
        raise ArgumentError("slice_arrays", "stop None where start is a list", stop)
    rows = list(start) if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [None if one is None else one[rows] for one in arrays]
    return arrays[rows] if start is not None and hasattr(arrays, "__getitem__") else [None]


def transpose_shape(
    shape: tuple[Any, ...], target_format: str, spatial_axes: Iterable[int]
) -> tuple[Any, ...]:
    """Return a shape whose channels stand last, or with them moved to where a layout wants them."""
    if target_format == _TO_FIRST:
        moved = (*shape[: min(spatial_axes)], shape[-1])
        return (*moved, *(shape[axis] for axis in spatial_axes))
    if target_format != _FROM_LAST:
        raise ArgumentError("data_format", '"channels_first" or "channels_last"', target_format)
    return tuple(shape)


def check_for_unexpected_keys(
    name: str, input_dict: Mapping[str, Any], expected_values: Iterable[str]
) -> None:
    """Raise unless every key of a dictionary is expected."""
    expected = list(expected_values)
    unknown = sorted(set(input_dict) - set(expected))
    if unknown:
        raise ArgumentError(name, f"a dictionary of {expected}", f"also {unknown}")


def func_dump(func: Callable[..., Any]) -> Dumped:
    """Return a function's code as text, its defaults, and what it closes over."""
    code = codecs.encode(marshal.dumps(func.__code__), "base64").decode("ascii")
    cells = getattr(func, "__closure__", None)
    return code, func.__defaults__, tuple(one.cell_contents for one in cells) if cells else None


def func_load(
    code: Any,
    defaults: tuple[Any, ...] | None = None,
    closure: tuple[Any, ...] | None = None,
    globs: dict[str, Any] | None = None,
) -> Callable[..., Any]:
    """Return the function that `func_dump` took apart. Only for code you trust: it can be called.

    Args:
        globs: the names it finds; those of this module when left out.
    """
    if isinstance(code, (tuple, list)):
        code, defaults, closure = code
        defaults = tuple(defaults) if isinstance(defaults, list) else defaults
    read = marshal.loads(_packed(code))
    cells = tuple(map(_as_cell, closure)) if closure is not None else None
    names = globals() if globs is None else globs
    return types.FunctionType(read, names, read.co_name, defaults, cells)


def _packed(code: Any) -> bytes:
    """Return the bytes of a function's code; Keras before 2.0.9 stored them undecoded."""
    try:
        return codecs.decode(code.encode("ascii"), "base64")
    except (UnicodeEncodeError, ValueError):
        return bytes(code.encode("raw_unicode_escape"))


def _as_cell(value: Any) -> Any:
    return value if isinstance(value, types.CellType) else types.CellType(value)
