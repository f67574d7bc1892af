"""tf.logging: how much tensorflow says; here it says nothing."""

from __future__ import annotations

from typing import Any

DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50


def set_verbosity(v: Any) -> None:
    """Accept how much is to be said."""
