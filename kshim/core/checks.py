"""Checks of arguments: each takes what the caller gave and returns what is kept.

A check raises `ArgumentError`; the place (which layer, which argument) is added where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

from kshim.core.settings import DATA_FORMATS, image_data_format
from kshim.core.shapes import Shape, as_shape
from kshim.errors import ArgumentError, nearest

Check = Callable[[Any], Any]


def anything(value: Any) -> Any:
    """Take any value as it is."""
    return value


def whole_number(at_least: int | None = None) -> Check:
    """Take a whole number (a float without fraction too), not below `at_least`."""
    wanted = "a whole number" + ("" if at_least is None else f" of at least {at_least}")

    def check(value: Any) -> int:
        is_number = isinstance(value, Integral | float) and not isinstance(value, bool)
        fits = is_number and value == int(value)
        if not fits or (at_least is not None and value < at_least):
            raise ArgumentError("value", wanted, value)
        return int(value)

    return check


def number(at_least: float | None = None, at_most: float | None = None) -> Check:
    """Take a number between two bounds, both allowed."""
    bounds = {
        (True, True): "a number",
        (False, True): f"a number of at least {at_least}",
        (True, False): f"a number of at most {at_most}",
        (False, False): f"a number between {at_least} and {at_most}",
    }
    wanted = bounds[at_least is None, at_most is None]

    def check(value: Any) -> float:
        if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
            value = value.item()
        if not isinstance(value, Real):
            raise ArgumentError("value", wanted, value)
        exact = float(value)
        low = at_least is not None and exact < at_least
        if low or (at_most is not None and exact > at_most):
            raise ArgumentError("value", wanted, value)
        return value if isinstance(value, int) else exact

    return check


def true_or_false(value: Any) -> bool:
    """Take True or False, or the numbers 1 and 0."""
    if isinstance(value, bool) or (isinstance(value, Integral) and value in (0, 1)):
        return bool(value)
    if getattr(value, "dtype", None) is not None and getattr(value, "ndim", 1) == 0:
        return bool(value)
    raise ArgumentError("value", "True or False", value)


def text(value: Any) -> str:
    """Take a text."""
    if not isinstance(value, str):
        raise ArgumentError("value", "a text", value)
    return value


def one_of(*known: Any) -> Check:
    """Take one of some values; texts in any case."""
    wanted = f"one of {', '.join(map(repr, known))}"

    def check(value: Any) -> Any:
        kept = value.lower() if isinstance(value, str) and value not in known else value
        if not _among(kept, known):
            words = [word for word in known if isinstance(word, str)]
            hint = nearest(value, words) if isinstance(value, str) else ""
            raise ArgumentError("value", wanted, value, hint=hint)
        return kept

    return check


def optional(check: Check) -> Check:
    """Take None, or what `check` takes."""
    return lambda value: None if value is None else check(value)


def numbers(length: int, at_least: int = 1) -> Check:
    """Take `length` whole numbers, or one that stands for all of them."""
    one = whole_number(at_least)
    noun = "a whole number" if length == 1 else f"a whole number or {length} of them"
    wanted = f"{noun}, each at least {at_least}"

    def check(value: Any) -> tuple[int, ...]:
        items = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else None
        given = (value,) * length if items is None else items
        try:
            kept = tuple(one(item) for item in given)
        except ArgumentError:
            raise ArgumentError("value", wanted, value) from None
        if len(kept) != length:
            raise ArgumentError("value", wanted, value)
        return kept

    return check


def shape(value: Any) -> Shape:
    """Take a shape."""
    return as_shape(value)


def data_format(value: Any) -> str:
    """Take channels_last, channels_first, or None for the setting in force; tf and th too."""
    old = {"tf": "channels_last", "th": "channels_first", "default": None, None: None}
    known = old.get(value, value) if isinstance(value, str | None) else value
    return image_data_format() if known is None else str(one_of(*DATA_FORMATS)(known))


def function(value: Any) -> Any:
    """Take something that can be called."""
    if not callable(value):
        raise ArgumentError("value", "a function", value)
    return value


def _among(value: Any, known: tuple[Any, ...]) -> bool:
    return any(type(value) is type(word) and value == word for word in known)
