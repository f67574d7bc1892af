"""The names of losses: from what scripts and files say to functions and objects, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.core.config import serialize as serialize_object
from kshim.core.eras import rule
from kshim.core.registry import Registry, custom_object_scope

LOSSES = Registry("loss")

_NAMES_UP_TO_2_3 = {
    "kl_divergence": "kullback_leibler_divergence",
    "log_cosh": "logcosh",
    "huber": "huber_loss",
    "cosine_similarity": "cosine_proximity",
}


def get(identifier: Any) -> Any:
    """Return the loss that a name, a config, a class or a function stands for; None for None.

    Raises:
        UnknownName: for a name in no table, with the nearest that is in one.
    """
    return None if identifier is None else LOSSES.make(named_function(identifier))


def serialize(loss: Any) -> Any:
    """Return a loss as JSON: a function's name, or class name and config."""
    return serialize_object(loss) if hasattr(loss, "get_config") else function_name(loss)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the loss that `serialize` described."""
    with custom_object_scope(custom_objects):
        return get(config)


def function_name(function: Any) -> str:
    """Return the name the Keras of the era in force gives to a function."""
    name = str(getattr(function, "__name__", type(function).__name__))
    return _NAMES_UP_TO_2_3.get(name, name) if rule("old_loss_names") else name


def named_function(identifier: Any) -> Any:
    """Return a function's name out of a config that holds nothing else, or what was given.

    Source: tf.keras 2.15 saving/serialization_lib.py.
    """
    if isinstance(identifier, Mapping) and identifier.get("class_name") == "function":
        return identifier["config"]
    return identifier
