"""Configs: what a model is made of, as JSON values, and the model made of them again.

A config names classes; they are looked up among the layers that there are and the user's own
objects. Nothing else is imported, opened or executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.core.config import to_config, to_json
from kshim.core.eras import VERSIONS, current_era, in_era
from kshim.core.registry import custom_object_scope
from kshim.errors import ArgumentError, FileError, NotSupported
from kshim.layers.base import LAYERS, Layer
from kshim.saving.compiling import told_of
from kshim.saving.dialects import FOR_KERAS_3, era_of, read_config, read_json, written_layer
from kshim.saving.nodes import connected, graph_config
from kshim.saving.yaml_text import from_yaml, to_yaml


def functional_config(model: Any) -> dict[str, Any]:
    """Return the config of a model that was given its inputs and outputs.

    Raises:
        NotSupported: for a model whose graph is only in its `call`.
    """
    if model.graph is None:
        raise NotSupported(
            f"{model.who}: a config must come from inputs and outputs, got a model that defines "
            "call. Define get_config in its class, or save the weights alone: save_weights."
        )
    return graph_config(model)


def sequential_config(model: Any) -> dict[str, Any]:
    """Return the config of a Sequential: its name, and its layers in order."""
    layers = [written_layer(layer) for layer in model.layers]
    says = layers and _says_its_input(layers[0]["config"])
    if layers and model.graph is not None and (FOR_KERAS_3.get() or not says):
        source = model.inputs[0].node.layer
        layers.insert(0, written_layer(source))
    return {"name": model.name, "layers": layers}


def functional_from_config(kind: Any, config: Mapping[str, Any], custom_objects: Any = None) -> Any:
    """Return a model of class `kind` with the graph that a config describes."""
    if "layers" not in config:
        return kind(**config)
    with custom_object_scope(custom_objects):
        known = read_config(config)
        inputs, outputs = connected(known)
    return kind(inputs=inputs, outputs=outputs, name=known.get("name"))


def sequential_from_config(kind: Any, config: Any, custom_objects: Any = None) -> Any:
    """Return a Sequential of class `kind` with the layers of a config, or of a list (Keras 1)."""
    with custom_object_scope(custom_objects):
        known = read_config(config)
        named = known if isinstance(known, Mapping) else {"layers": known}
        model = kind([_layer(entry) for entry in named["layers"]], name=named.get("name"))
    shape = named.get("build_input_shape")
    if shape and not model.built:
        model.build(shape)
    return model


def model_json(model: Any, **options: Any) -> str:
    """Return the JSON text of a model: its class, config, and the Keras version it is for."""
    described = whole_config(model)
    version = {"keras_version": VERSIONS[model.era], "backend": "tensorflow"}
    return to_json(described | version, **options)


def whole_config(model: Any) -> dict[str, Any]:
    """Return `{"class_name": ..., "config": ...}` of a model."""
    described: dict[str, Any] = to_config(written_layer(model))
    return described


def model_from_config(config: Mapping[str, Any], custom_objects: Any = None) -> Any:
    """Return the model that `{"class_name": ..., "config": ...}` describes.

    Raises:
        ArgumentError: when it is no such dict.
    """
    if not isinstance(config, Mapping) or "class_name" not in config:
        wanted = "a dict of class_name and config"
        raise ArgumentError("config", wanted, config, who="model_from_config")
    with custom_object_scope(custom_objects):
        return _layer(read_config({key: config.get(key) for key in ("class_name", "config")}))


def model_from_json(text: str | bytes, custom_objects: Any = None) -> Any:
    """Return the model that `to_json` of any Keras described, in the era of that Keras.

    Raises:
        FileError: when the text is no JSON, or describes no model.
    """
    who = model_from_json.__name__
    with told_of(who, "the text"):
        plain = text.decode() if isinstance(text, bytes) else text
        config = read_json(plain, who)
        version = config.get("keras_version") if isinstance(config, Mapping) else None
        with in_era(era_of(version) or current_era()):
            return model_from_config(config, custom_objects)


def model_yaml(model: Any, **options: Any) -> str:
    """Return what `model_json` tells of a model as YAML; options go to `yaml.dump`."""
    return to_yaml(model_json(model), **options)


def model_from_yaml(text: str | bytes, custom_objects: Any = None) -> Any:
    """Return the model that `to_yaml` of a Keras up to 2.3 described, in the era of that Keras.

    Raises:
        FileError: when the text is no YAML of plain values, or describes no model.
        MissingPackage: when pyyaml is missing.
    """
    return model_from_json(from_yaml(text, model_from_yaml.__name__), custom_objects)


def _layer(entry: Any) -> Any:
    made = LAYERS.make(entry)
    if not isinstance(made, Layer):
        name = entry.get("class_name") if isinstance(entry, Mapping) else entry
        raise FileError(f"config: class_name must name a layer or model, got {name!r}.")
    return made


def _says_its_input(config: Mapping[str, Any]) -> bool:
    return "batch_input_shape" in config or "layers" in config
