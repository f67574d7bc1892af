"""Dialects: how Keras versions differ in what they write, as data.

Files are written so that the oldest supported reader and the newest both read them: in the words
of Keras 2.2, without keys that it does not know while these are at their default. What any version
wrote is brought into the one form that kshim's layers take. Nothing is imported or executed.

Source: files of Keras 1.2.2 to tf.keras 2.15 and Keras 3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kshim.core.arguments import present_words
from kshim.core.config import FunctionName, class_name, named_function, to_config
from kshim.core.eras import ERAS, in_era
from kshim.core.registry import custom_objects
from kshim.core.scoped import Scoped
from kshim.errors import FileError
from kshim.layers.base import LAYERS
from kshim.layers.functions import BY_KERAS
from kshim.losses.names import LOSSES
from kshim.saving.bytecode import TRUSTED, function_of, is_bytecode, with_functions

# The era whose words files are written in: the oldest that reads them.
WRITTEN = "2.2"

# Keys that Keras 2.2 does not know, and the value at which they say nothing.
LATE: dict[str, Any] = {
    "groups": 1,
    "ragged": False,
    "time_major": False,
    "zero_output_for_mask": False,
    "keepdims": False,
    "synchronized": False,
    "renorm": False,
    "renorm_clipping": None,
    "renorm_momentum": 0.99,
    "rms_scaling": False,
    "lora_rank": None,
    "quantization_config": None,
}
# Keys that not every class of kshim's takes, and the value at which they say nothing.
SILENT = LATE | {"sparse": False, "optional": False}

# Keys of Keras 3 that no class of kshim's takes, and the value at which they say nothing.
NEWEST = {
    "input_axes": None,
    "output_axes": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}

# Keys of Keras 2.13 and later that stand beside a class's name, and say nothing of the thing.
BESIDE = ("module", "registered_name", "build_config", "compile_config", "shared_object_id")

# Older and newer words for keys that every layer may have.
RENAMED = {"batch_shape": "batch_input_shape"}

# The names under which files hold a graph of layers; the newest readers know the first too.
FUNCTIONAL = ("Model", "Functional", "Container")

# What a Lambda keeps of its config; its function, mask and shape function are the user's to supply.
LAMBDA_KEYS = ("trainable", "arguments", "batch_input_shape", "dtype")

# Classes that say which types a layer works in, by the policy's name.
POLICIES = ("DTypePolicy", "Policy", "PolicyV1")
# Where the classes of Keras 3's operations on tensors live.
OPERATIONS = ("keras.src.ops", "keras.ops")

# Whether what is written is for Keras 3, rather than for the Kerases before it.
FOR_KERAS_3: Scoped[bool] = Scoped("for_keras_3", False)

# Classes of Keras 3 that do not take the word trainable.
NEVER_TRAINABLE = (
    "Discretization",
    "Pipeline",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
)

METRIC_WORDS = ("accuracy", "acc", "crossentropy", "ce")


def era_of(version: str | None) -> str | None:
    """Return the era that a file's `keras_version` belongs to, or None where it says nothing."""
    if not version:
        return None
    numbers = version.partition("-")[0].split(".")
    first, second = (int(part) if part.isdigit() else 0 for part in (*numbers, "0")[:2])
    if version.endswith("-tf") or (first == 2 and second >= 4):
        return "2.15"
    known = {(1, None): "1.2", (2, 0): "2.0", (2, 1): "2.0", (2, 2): "2.2", (2, 3): "2.3"}
    return known.get((first, second)) or known.get((first, None)) or ERAS[-1]


def written_layer(layer: Any) -> dict[str, Any]:
    """Return `{"class_name": ..., "config": ...}` of a layer in the words every reader knows."""
    with in_era(WRITTEN):
        config = to_config(layer.get_config())
    name = FUNCTIONAL[0] if class_name(layer) in FUNCTIONAL else class_name(layer)
    if FOR_KERAS_3.get() and name != "InputLayer":
        config.pop("batch_input_shape", None)
    return {"class_name": name, "config": _without_silent(type(layer), config)}


def read_config(config: Any, where: str = "Model") -> Any:
    """Return a model's or layer's config of any Keras in the form that kshim's layers take.

    Args:
        where: named in messages: a file, or the word Model.

    Raises:
        FileError: for bytecode, which is not executed, and for configs nested without end.
    """
    mine = custom_objects()
    try:
        known = frozenset([*LAYERS.names(), *mine])
        return _Reading(where, mine, known, _only_ordering(config)).form_of(config)
    except RecursionError:
        raise FileError(f"{where}: layers must be nested less deep, got too many levels.") from None


def read_json(text: str, where: str) -> Any:
    """Return what a JSON text says.

    Raises:
        FileError: when it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise FileError(f"{where}: must be JSON text, got {reason}.") from None


def read_metrics(metrics: Any, output_names: list[str]) -> Any:
    """Return the metrics of a training config as `compile` takes them.

    tf.keras writes objects, named after their output where there are several.
    """
    if isinstance(metrics, Mapping) and "class_name" not in metrics:
        return {key: read_metrics(value, output_names) for key, value in metrics.items()}
    if isinstance(metrics, list):
        return [read_metrics(item, output_names) for item in metrics]
    if not isinstance(metrics, Mapping):
        return metrics
    config = dict(metrics.get("config") or {})
    name = str(config.get("name") or "")
    for output in output_names if len(output_names) > 1 else []:
        name = name.removeprefix(f"{output}_")
    if metrics["class_name"] == "MeanMetricWrapper" and name in METRIC_WORDS:
        return name
    return {
        "class_name": metrics["class_name"],
        "config": config | ({"name": name} if name else {}),
    }


def _without_silent(kind: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Return a config, those inside it too, without defaults that the oldest reader lacks."""
    silent = _unknown_to_the_oldest(kind)
    return {
        key: _inner(value)
        for key, value in config.items()
        if key not in silent or value != silent[key]
    }


def _inner(value: Any) -> Any:
    """Return the config of a layer inside a layer (of a wrapper, of cells) as it is written."""
    if isinstance(value, list):
        return [_inner(item) for item in value]
    if not isinstance(value, Mapping) or value.get("class_name") not in LAYERS.names():
        return value
    kind = LAYERS.find(value["class_name"])
    return {**value, "config": _without_silent(kind, value["config"])}


def _unknown_to_the_oldest(kind: Any) -> dict[str, Any]:
    """Return the keys of a class's configs that the oldest reader lacks, and their defaults."""
    known = ERAS.index(WRITTEN)
    with in_era(ERAS[-2]):
        late = {
            name: to_config(argument.check(argument.value_by_default()))
            for name, argument in getattr(kind, "arguments", {}).items()
            if argument.since is not None and ERAS.index(argument.since) > known
        }
    fixed = FOR_KERAS_3.get() and getattr(kind, "__name__", "") in NEVER_TRAINABLE
    return LATE | late | ({"trainable": True} if fixed else {})


@dataclass(frozen=True)
class _Reading:
    """Hold what is known while one config is read.

    Attributes:
        where: named in messages.
        mine, layers: the user's own objects, and the names of all layers there are.
        ordering: the dim_ordering of all layers that say theirs: Keras 1 leaves it out of the
            configs of padding, enlarging and dropping layers.
    """

    where: str
    mine: Mapping[str, Any]
    layers: frozenset[str]
    ordering: str | None

    def form_of(self, value: Any) -> Any:
        """Return a config in the form that layers take."""
        if isinstance(value, list | tuple):
            return [self.form_of(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if "class_name" not in value:
            return {key: self.form_of(item) for key, item in value.items()}
        kind = str(value["class_name"])
        if kind in POLICIES:
            return _type_of(value.get("config"))
        if kind == "function" and isinstance(value.get("config"), str):
            return value["config"]
        if str(value.get("module")).startswith(OPERATIONS) or self.is_operation(kind, value):
            value = {**value, "class_name": f"keras.ops.{kind}"}
        elif value.get("registered_name") in self.mine:
            value = {**value, "class_name": value["registered_name"]}
        kind = str(value["class_name"])
        if isinstance(value.get("config"), list) and "name" in value:  # a Sequential before 2.2.3
            value = {**value, "config": {"name": value["name"], "layers": value["config"]}}
        if TRUSTED.get():
            if is_bytecode(value):
                return function_of(value, f"{self.where}: a function")
            value = {**value, "config": with_functions(value.get("config"), self.where)}
        self.refuse_code(kind.rpartition(">")[2], value.get("config"))
        said = {key: item for key, item in value.items() if key not in BESIDE}
        if isinstance(said.get("config"), Mapping):
            silent = {"fn"} if kind in LOSSES.names() else set()
            told = {
                key: it
                for key, it in said["config"].items()
                if key not in silent and not is_silent(key, it)
            }
            said["config"] = self.in_present_words(kind, told)
        return {key: self.form_of(item) for key, item in said.items()}

    def is_operation(self, kind: str, entry: Mapping[str, Any]) -> bool:
        """Return whether an entry that names no module is an operation of Keras 3, not a layer."""
        calls = entry.get("inbound_nodes")
        first = calls[0] if isinstance(calls, list) and calls else None
        if kind not in BY_KERAS or not isinstance(first, Mapping) or "args" not in first:
            return False
        return kind not in self.layers or len(first["args"]) > 1 or "newshape" in entry["config"]

    def in_present_words(self, kind: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return one config in the present words of its class, silent keys left out."""
        short = kind.rpartition(">")[2]
        if short not in self.layers and kind not in self.layers:
            return config
        declared = getattr(LAYERS.find(kind), "arguments", None)
        if declared is None:
            return config
        config = present_words(declared, config)
        if self.ordering and "data_format" not in config and _had_ordering(declared):
            config["data_format"] = self.ordering
        renamed: dict[str, Any] = {}
        for key, value in config.items():
            name = key if key in declared else RENAMED.get(key, key)
            silent = name not in declared and key in SILENT and value == SILENT[key]
            if not silent and (name == key or name not in config):
                renamed[name] = value
        if short == "Lambda":
            return self.with_function(renamed)
        if short == "BatchNormalization" and isinstance(renamed.get("axis"), list):
            renamed["axis"] = renamed["axis"][0]
        return renamed

    def with_function(self, config: dict[str, Any]) -> dict[str, Any]:
        """Return a Lambda's config with the user's own function in place of what stands there."""
        name, stored = str(config.get("name")), named_function(config.get("function"))
        if isinstance(config.get("function"), FunctionName):
            return {key: named_function(value) for key, value in config.items()}
        if callable(stored):
            return _plain_lambda(config)
        function = self.mine.get(name) or self.mine.get(stored if isinstance(stored, str) else "")
        if not callable(function):
            given = f"the name {stored!r}" if isinstance(stored, str) else "bytecode"
            raise FileError(
                f"{self.where}: the function of Lambda {name!r} must be supplied, got {given}: "
                f"code in files is not executed. Load with custom_objects={{{name!r}: function}}."
            )
        told = {key: config[key] for key in LAMBDA_KEYS if config.get(key) is not None}
        return told | {"name": name, "function": function, "output_shape": _plain_shape(config)}

    def refuse_code(self, short: str, config: Any) -> None:
        """Refuse code in any place but a Lambda's function, which the user may supply."""
        if short == "__lambda__":
            raise FileError(
                f"{self.where}: a function must be named, got bytecode, which is not executed."
            )
        if not isinstance(config, Mapping) or short == "Lambda":
            return
        coded = [key for key, kind in config.items() if key.endswith("_type") and kind == "lambda"]
        if coded:
            what, name = coded[0].removesuffix("_type"), config.get("name")
            raise FileError(
                f"{self.where}: {what} of {short} {name!r} must be named, got bytecode, which is "
                "not executed. Build the model in code and load its weights."
            )


def is_silent(key: str, value: Any) -> bool:
    """Return whether a key is only Keras 3's, and says nothing at this value."""
    return key in NEWEST and value == NEWEST[key]


def _only_ordering(config: Any) -> str | None:
    """Return the dim_ordering in a config of Keras 1, or None where there is none, or several."""
    found: set[str] = set()
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            found.add(str(value.get("dim_ordering")))
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    named = found & {"tf", "th"}
    return named.pop() if len(named) == 1 else None


def _had_ordering(declared: Mapping[str, Any]) -> bool:
    """Return whether Keras 1 knew a dim_ordering of a class."""
    return "data_format" in declared and "dim_ordering" in declared["data_format"].was


def _type_of(config: Any) -> str:
    """Return the name of a policy: that of a type, or a mixed one."""
    return str(config.get("name")) if isinstance(config, Mapping) else "float32"


def _plain_lambda(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Lambda's config without what stands beside functions that are functions already."""
    shape = config.get("output_shape")
    told = {key: it for key, it in config.items() if not key.endswith(("module", "_type"))}
    return told | {"output_shape": shape if callable(shape) else _plain_shape(config)}


def _plain_shape(config: Mapping[str, Any]) -> Any:
    """Return a Lambda's output_shape where it is a shape; a function's is found by a trial run."""
    shape, kind = config.get("output_shape"), config.get("output_shape_type", "raw")
    plain = kind == "raw" and isinstance(shape, list)
    return shape if plain and all(isinstance(size, int | None) for size in shape or []) else None
