"""The settings scripts read and set through `K`: floatx, epsilon, image_data_format, phase.

They start from `keras.json` in `$KERAS_HOME` or `~/.keras`, when it is there; it is never written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kshim.core.eras import rule
from kshim.core.scoped import Scoped
from kshim.errors import ArgumentError

FLOATS = ("float16", "float32", "float64", "bfloat16")
DATA_FORMATS = ("channels_last", "channels_first")
_OLD_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}

_phase: Scoped[bool | None] = Scoped("phase", None)


@dataclass
class _Settings:
    floatx: str = "float32"
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"


def keras_home() -> Path:
    """Return the folder of Keras's settings, data sets and pretrained weights."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def floatx() -> str:
    """Return the name of the float type that new weights have."""
    return _settings.floatx


def set_floatx(name: str) -> None:
    """Set the float type of new weights: float16, float32 or float64."""
    _settings.floatx = _one_of("floatx", name, FLOATS)


def epsilon() -> float:
    """Return the fuzz that keeps divisions and logarithms finite."""
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    """Set the fuzz that keeps divisions and logarithms finite."""
    _settings.epsilon = float(value)


def image_data_format() -> str:
    """Return where images keep their channels: channels_last or channels_first."""
    return _settings.image_data_format


def set_image_data_format(name: str) -> None:
    """Set where images keep their channels; Keras 1's 'tf' and 'th' are understood."""
    new = _OLD_ORDERINGS.get(name, name)
    _settings.image_data_format = _one_of("image_data_format", new, DATA_FORMATS)


@contextmanager
def in_data_format(name: str) -> Iterator[None]:
    """Say for the code inside the `with` block where images keep their channels."""
    before = image_data_format()
    set_image_data_format(name)
    try:
        yield
    finally:
        set_image_data_format(before)


def image_dim_ordering() -> str:
    """Return Keras 1's word for the data format: tf or th."""
    return "tf" if image_data_format() == "channels_last" else "th"


def learning_phase() -> bool | None:
    """Return whether the running code trains (True), predicts (False), or nobody said (None)."""
    return _phase.get()


def set_learning_phase(value: bool | int | None) -> None:
    """Say for all that follows whether code trains (1) or predicts (0).

    Raises:
        ArgumentError: for any other number.
    """
    if value not in (0, 1, None):
        raise ArgumentError("learning phase", "0 or 1", value)
    _phase.set(None if value is None else bool(value))


@contextmanager
def in_phase(training: bool | None) -> Iterator[None]:
    """Say whether the code inside the `with` block trains."""
    with _phase.override(training):
        yield


def phase_for(training: bool) -> bool:
    """Return whether a model that is asked to train (or not) does: a phase set by hand may rule."""
    phase = learning_phase() if rule("phase_rules_training") else None
    return training if phase is None else phase


def _one_of(what: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ArgumentError(what, f"one of {', '.join(known)}", value)
    return value


def _from_file() -> _Settings:
    """Return the settings of keras.json; what is missing, odd or unreadable stays as it was."""
    settings = _Settings()
    try:
        stored = json.loads((keras_home() / "keras.json").read_text())
    except (OSError, ValueError):
        return settings
    if not isinstance(stored, dict):
        return settings
    ordering = _OLD_ORDERINGS.get(str(stored.get("image_dim_ordering")))
    chosen = stored.get("image_data_format", ordering)
    if chosen in DATA_FORMATS:
        settings.image_data_format = chosen
    if stored.get("floatx") in FLOATS:
        settings.floatx = stored["floatx"]
    if isinstance(stored.get("epsilon"), float):
        settings.epsilon = stored["epsilon"]
    return settings


_settings = _from_file()
