"""The names of metrics: from what scripts say to functions and objects, and to log keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.core.config import serialize as serialize_object
from kshim.core.eras import rule
from kshim.core.registry import Registry, custom_object_scope
from kshim.losses.names import LOSSES, function_name, named_function

METRICS = Registry("metric")
ACCURACY_WORDS = ("accuracy", "acc")
CROSSENTROPY_WORDS = ("crossentropy", "ce")

for _name in LOSSES.names():
    if not isinstance(LOSSES.find(_name), type) and not _name.startswith("cosine"):
        METRICS.register(_name)(LOSSES.find(_name))


def get(identifier: Any) -> Any:
    """Return the metric that a name, a config, a class or a function stands for; None for None.

    Raises:
        UnknownName: for a name in no table, with the nearest that is in one.
    """
    return None if identifier is None else METRICS.make(named_function(identifier))


def serialize(metric: Any) -> Any:
    """Return a metric as JSON: a function's name, or class name and config."""
    return serialize_object(metric) if hasattr(metric, "get_config") else function_name(metric)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the metric that `serialize` described."""
    with custom_object_scope(custom_objects):
        return get(config)


def key_for(metric: Any, era: str | None = None, *, weighted: bool = False) -> str:
    """Return the key under which `compile(metrics=[metric])` is logged.

    Up to Keras 2.2 a function's own name stands there, 'acc' for any accuracy, and weighted
    metrics begin with 'weighted_'; later the word that was typed, an object's `name`, or the name
    of a function.
    """
    typed = rule("metric_key_is_typed", era)
    if isinstance(metric, str) and typed:
        return metric
    prefix = "weighted_" if weighted and not typed else ""
    return prefix + _own_name(metric)


def _own_name(metric: Any) -> str:
    for words, key in ((ACCURACY_WORDS, "acc"), (CROSSENTROPY_WORDS, "ce")):
        if isinstance(metric, str) and metric in words:
            return key
    found = get(metric)
    return str(getattr(found, "name", None) or function_name(found))
