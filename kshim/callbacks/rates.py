"""The learning rate of an optimizer, under the name by which callbacks of the era ask for it.

Source: Keras 2.2.4, 2.3.1 and tf.keras 2.15 callbacks.py, Keras 3.
"""

from __future__ import annotations

from typing import Any

from kshim.core.eras import rule
from kshim.layers.weights import Weight


def rate_of(optimizer: Any) -> float:
    """Return the rate in force."""
    return float(getattr(optimizer, _name_in(optimizer)))


def set_rate(optimizer: Any, value: float) -> None:
    """Put another rate in force; a variable that a script's optimizer holds is written to."""
    name = _name_in(optimizer)
    held = getattr(optimizer, name)
    if isinstance(held, Weight):
        held.assign(value)
    else:
        setattr(optimizer, name, value)


def _name_in(optimizer: Any) -> str:
    name: str = rule("logged_rate_name")
    return name if hasattr(optimizer, name) else "learning_rate"
