"""Modules: configs in the words of Keras 3, which names the module of every class.

`keras.optimizers` and the like stand there, whatever computes them here, so that tf.keras 2.15
finds the classes too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kshim.constraints import CONSTRAINTS
from kshim.core.registry import Registry, custom_objects
from kshim.initializers import INITIALIZERS
from kshim.layers.base import LAYERS
from kshim.losses.names import LOSSES
from kshim.metrics.names import METRICS
from kshim.optimizers import OPTIMIZERS
from kshim.optimizers.schedules import SCHEDULES
from kshim.regularizers import REGULARIZERS
from kshim.saving.compiling import training_config
from kshim.saving.configs import whole_config
from kshim.saving.dialects import FOR_KERAS_3, FUNCTIONAL, is_silent
from kshim.saving.slots import NEWEST

# What Keras 3 takes no part of an optimizer's config for.
_NOT_SAID = ("jit_compile", "is_legacy_optimizer", "decay")
_PARTS = (
    (LAYERS, "keras.layers"),
    (INITIALIZERS, "keras.initializers"),
    (REGULARIZERS, "keras.regularizers"),
    (CONSTRAINTS, "keras.constraints"),
)
# The classes of tf.keras's operations on tensors.
_OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
_MODELS = (*FUNCTIONAL, "Sequential")
Modules = Sequence[tuple[Registry, str]]


def config_for_keras_3(model: Any) -> dict[str, Any]:
    """Return class and config of a model in the words of Keras 3."""
    with FOR_KERAS_3.override(True):
        described: dict[str, Any] = _in_modules(whole_config(model), _PARTS)
    return described


def training_for_keras_3(model: Any) -> dict[str, Any] | None:
    """Return how a model is trained in the words of Keras 3, or None before it is compiled."""
    training = training_config(model, NEWEST)
    return None if training is None else _compile_config(training)


def _compile_config(training: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a model is trained as archives tell it."""
    optimizer = _as_said(training["optimizer_config"])
    rules = ((OPTIMIZERS, "keras.optimizers"), (SCHEDULES, "keras.optimizers.schedules"))
    metrics: Modules = ((METRICS, "keras.metrics"),)
    return {
        "optimizer": _in_modules(optimizer, rules),
        "loss": _in_modules(training["loss"], ((LOSSES, "keras.losses"),)),
        "loss_weights": training["loss_weights"],
        "metrics": _in_modules(training["metrics"], metrics),
        "weighted_metrics": _in_modules(training["weighted_metrics"], metrics),
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": False,
    }


def _as_said(optimizer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an optimizer's config as Keras 3 takes it, and that of the one inside it."""
    config = optimizer["config"].items()
    told = {key: it for key, it in config if key not in _NOT_SAID and not is_silent(key, it)}
    if isinstance(told.get("inner_optimizer"), Mapping):
        told["inner_optimizer"] = _as_said(told["inner_optimizer"])
    return {**optimizer, "config": told}


def _in_modules(value: Any, modules: Modules) -> Any:
    """Return a config with the module beside each class name."""
    if isinstance(value, list | tuple):
        return [_in_modules(item, modules) for item in value]
    if not isinstance(value, Mapping):
        return value
    named = {key: it for key, it in value.items() if it is not None or key != "name"}
    inner = {key: _in_modules(item, modules) for key, item in named.items()}  # Keras 3: no None
    if inner.get("reduction") == "auto":  # tf.keras's word, for what Keras 3 names
        inner["reduction"] = "sum_over_batch_size"
    if "class_name" not in value or "module" in value or str(value["class_name"])[:2] == "__":
        return inner
    return {"module": None, **inner, **_home(str(value["class_name"]), modules)}


def _home(name: str, modules: Modules) -> dict[str, Any]:
    """Return module and registered name of a class, kshim's or the user's own."""
    if name in _OPERATIONS:
        return {"module": "keras.src.layers.core.tf_op_layer", "registered_name": name}
    if name in _MODELS:
        return {"module": "keras", "registered_name": None}
    own = custom_objects()
    known = [key for key, it in own.items() if getattr(it, "__name__", None) == name]
    if known:
        registered = next((key for key in known if ">" in key), known[0])
        return {"module": own[registered].__module__, "registered_name": registered}
    usual, home = next(
        ((it, _module_in(table, name, it)) for table, it in modules if _knows(table, name)),
        (None, None),
    )
    return {"module": home, "registered_name": None if home and home == usual else name}


def _module_in(table: Registry, name: str, usual: str) -> str:
    """Return the module of a class: the usual one of its kind, unless it says another."""
    return str(getattr(table.find(name), "keras_module", usual))


def _knows(table: Registry, name: str) -> bool:
    return (name.lower() if table.ignore_case else name) in table.names()
