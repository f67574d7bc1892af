"""Layers to and from configs, under the names that Keras gives the two ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.core.config import to_config
from kshim.core.registry import custom_object_scope
from kshim.layers.base import LAYERS


def serialize(layer: Any) -> dict[str, Any]:
    """Return `{"class_name": ..., "config": ...}` of a layer."""
    config: dict[str, Any] = to_config(layer)
    return config


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the layer that `serialize` described."""
    with custom_object_scope(custom_objects):
        return LAYERS.make(config)
