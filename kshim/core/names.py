"""Layer names: snake case of the class, made unique by a number."""

from __future__ import annotations

import re
from collections import Counter

from kshim.core.eras import rule

_used: Counter[str] = Counter()


def snake_case(name: str) -> str:
    """Return the name Keras gives to a class: `MaxPooling2D` is `max_pooling2d`.

    Source: Keras 2.2.4 engine/base_layer.py; measured on tf.keras 2.15 and Keras 3.15.
    """
    words = re.sub(rf"(.)({rule('word_in_class_name')})", r"\1_\2", name)
    snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    return f"private{snake}" if snake.startswith("_") else snake


def name_of_class(name: str) -> str:
    """Return what layers of a class are called, without their number."""
    return snake_case(name) if rule("names_are_snakes") else name.lower()


def unique_name(prefix: str, first_has_number: bool | None = None) -> str:
    """Return `prefix` with the next free number: dense_1, dense_2 (tf.keras: dense, dense_1)."""
    _used[prefix] += 1
    number = _used[prefix]
    if rule("first_name_has_number") if first_has_number is None else first_has_number:
        return f"{prefix}_{number}"
    return prefix if number == 1 else f"{prefix}_{number - 1}"


def next_number(prefix: str) -> int:
    """Return the next number for `prefix`, from 1 (Keras's `K.get_uid`)."""
    _used[prefix] += 1
    return _used[prefix]


def forget_names() -> None:
    """Start all numbers again, as `clear_session` does."""
    _used.clear()
