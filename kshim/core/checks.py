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

_WORD = 1 << 63


def anything(value: Any) -> Any:
    """Take any value as it is."""
    return value


def whole_number(at_least: int | None = None) -> Check:
    """Take a whole number (a float without fraction too), not below `at_least`."""
    wanted = "a whole number" + ("" if at_least is None else f" of at least {at_least}")

    def check(value: Any) -> int:
        whole = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
        if not whole or isinstance(value, bool) or (at_least is not None and value < at_least):
            raise ArgumentError("value", wanted, value)
        if abs(value) >= _WORD:
            raise ArgumentError("value", f"{wanted}, in 64 bits", value)
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
        above = at_least is None or exact >= at_least
        if not above or not (at_most is None or exact <= at_most):  # as for nan
            raise ArgumentError("value", wanted, value)
        return value if isinstance(value, int) and abs(value) < _WORD else exact

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


def several(check: Check, wanted: str, count: int | None = None) -> Check:
    """Take a list of what `check` takes each.

    Args:
        wanted: what a message says of the whole list.
        count: how many there must be.
    """

    def checked(value: Any) -> list[Any]:
        try:
            kept = [check(item) for item in value] if is_several(value) else None
        except ArgumentError:
            kept = None
        if kept is None or count not in (None, len(kept)):
            raise ArgumentError("value", wanted, value)
        return kept

    return checked


def several_whole_numbers(value: Any) -> tuple[int, ...]:
    """Take one whole number or several, such as axes."""
    one = whole_number()
    try:
        kept = tuple(one(item) for item in value) if is_several(value) else (one(value),)
    except ArgumentError:
        kept = ()
    if not kept:
        raise ArgumentError("value", "a whole number or several", value)
    return kept


def numbers(length: int, at_least: int = 1) -> Check:
    """Take `length` whole numbers, or one that stands for all of them."""
    one = whole_number(at_least)
    noun = "a whole number" if length == 1 else f"a whole number or {length} of them"
    wanted = f"{noun}, each at least {at_least}"

    def check(value: Any) -> tuple[int, ...]:
        given = tuple(value) if is_several(value) else (value,) * length
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


def sizes(at_least: int, *, count: int | None = None, unknown: bool = True) -> Check:
    """Take a shape whose sizes are not below `at_least`.

    Args:
        count: how many there must be.
        unknown: whether None may stand for a size.
    """
    number_of = "" if count is None else f"{count} "
    wanted = f"a tuple of {number_of}whole numbers of at least {at_least}"
    wanted += " or None" if unknown else ""

    def check(value: Any) -> Shape:
        try:
            kept = as_shape(value)
        except ArgumentError:
            raise ArgumentError("value", wanted, value) from None
        fits = all(unknown if size is None else size >= at_least for size in kept)
        if not fits or count not in (None, len(kept)):
            raise ArgumentError("value", wanted, value)
        return kept

    return check


def is_several(value: Any) -> bool:
    """Return whether a value holds others: a list, a tuple, an array; no text."""
    return isinstance(value, Iterable) and not (
        isinstance(value, str | bytes) or getattr(value, "ndim", 1) == 0
    )


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


def shape_or_function(value: Any) -> Any:
    """Take a shape, several of them, or a function that gives one."""
    if callable(value):
        return value
    try:
        return as_shape(value)
    except ArgumentError:
        if not is_several(value) or not all(map(is_several, value)):
            raise ArgumentError("value", "a shape or a function", value) from None
    return [as_shape(one) for one in value]


def _among(value: Any, known: tuple[Any, ...]) -> bool:
    return any(type(value) is type(word) and value == word for word in known)
