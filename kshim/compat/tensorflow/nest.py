"""`tf.nest`: lists, tuples and dicts in one another, walked through as TensorFlow does.

Dicts go in the order of their sorted keys.

Source: TensorFlow 2.15.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kshim.errors import ArgumentError

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]


def is_nested(structure: Any) -> bool:
    """Return whether something holds others."""
    return isinstance(structure, list | tuple | Mapping)


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """Return what stands in a structure, in a list."""
    if isinstance(structure, Mapping):
        structure = [structure[key] for key in sorted(structure)]
    if isinstance(structure, list | tuple):
        return [one for item in structure for one in flatten(item)]
    return [structure]


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """Return a list's values in the form of a structure.

    Raises:
        ArgumentError: when there are more or fewer.
    """
    values, wanted = list(flat_sequence), len(flatten(structure))
    if len(values) != wanted:
        who = "tf.nest.pack_sequence_as"
        raise ArgumentError("flat_sequence", f"{wanted} values", len(values), who=who)
    return _packed(structure, iter(values))


def map_structure(func: Callable[..., Any], *structure: Any, **options: Any) -> Any:
    """Return a structure with what a function makes of the values in each place."""
    for other in structure[1:]:
        assert_same_structure(structure[0], other)
    made = [func(*values) for values in zip(*map(flatten, structure), strict=True)]
    return pack_sequence_as(structure[0], made)


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Refuse structures of different forms.

    Raises:
        ArgumentError: with both.
    """
    marks = (map_marks(nest1), map_marks(nest2))
    if marks[0] != marks[1]:
        raise ArgumentError("nest2", f"of the form {marks[0]}", marks[1], who="tf.nest")


def map_marks(structure: Any) -> Any:
    """Return a structure with a point for each value, which shows its form."""
    return _packed(structure, iter(["."] * len(flatten(structure))))


def _packed(structure: Any, rest: Iterator[Any]) -> Any:
    if isinstance(structure, Mapping):
        made = {key: _packed(structure[key], rest) for key in sorted(structure)}
        return {key: made[key] for key in structure}
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*(_packed(item, rest) for item in structure))
    if isinstance(structure, list | tuple):
        return type(structure)(_packed(item, rest) for item in structure)
    return next(rest)
