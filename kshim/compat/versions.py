"""The version numbers that a script of each era expects to read."""

from __future__ import annotations

from kshim.core.eras import VERSIONS, by_era, current_era

TENSORFLOW_VERSIONS = by_era(
    {
        "1.2": "1.1.0",
        "2.0": "1.4.0",
        "2.2": "1.14.0",
        "2.3": "1.15.5",
        "2.15": "2.15.1",
        "3": "2.16.1",
    }
)


def keras_version() -> str:
    """Return the `keras.__version__` of the current era."""
    return VERSIONS[current_era()]


def tensorflow_version() -> str:
    """Return the `tensorflow.__version__` that went with the current era's Keras."""
    return str(TENSORFLOW_VERSIONS.value())


def is_tensorflow_1() -> bool:
    """Return whether the current era's Keras went with a TensorFlow of graphs and sessions."""
    return tensorflow_version().startswith("1.")
