"""Words: the names of classes, attributes and variables, from those of Keras's layers."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container

_LONGEST = 48
# What the names of layers begin with that stand for operations of TensorFlow.
_OPERATION = re.compile(
    r"^tf[_.](?:_*operators_*[_.]|(?:compat_v1|math|nn|linalg|image)[_.])*", re.I
)


def word(name: str) -> str:
    """Return a name as a variable."""
    name = _OPERATION.sub("", name)
    made = re.sub(r"\W", "_", name, flags=re.ASCII).lower().strip("_") or "value"
    if made[0].isdigit():
        number, _, rest = made.partition("_")
        made = (
            f"{rest}_{number}"
            if rest and number.isdigit() and not rest[0].isdigit()
            else f"layer_{made}"
        )
    return f"{made}_" if keyword.iskeyword(made) else made


def inner_word(path: str, start: str, number: str) -> str:
    """Return a layer's name inside a class that stands for several blocks.

    Args:
        start: what the names of all layers of the block begin with; without one, the numbers that
            Keras gave go.
        number: one that stands in all of those names; it is that of the block.
    """
    name = path[len(start) :] if start and path.startswith(start) else re.sub(r"_\d+$", "", path)
    if number:
        name = re.sub(rf"(^|_){number}(?=_|$)", "", name)
    return word(name) if name.strip("_") else word(path)


def class_name(name: str) -> str:
    """Return a name as that of a class."""
    parts = [part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", name, flags=re.ASCII)]
    made = "".join(parts)
    return f"Net{made}" if not made or made[0].isdigit() else made


def unlike(name: str, taken: Container[str], joint: str = "_") -> str:
    """Return a name, with a number behind it where it is taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}{joint}{number}"
    return found


def plain(name: str) -> str:
    """Return a name that comes from a file as words that cannot end a docstring."""
    return re.sub(r"[^\w ./-]", "_", name, flags=re.ASCII)[:_LONGEST]
