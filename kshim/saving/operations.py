"""Operations: functions of tensors that stand in graphs, under the names that files give them.

tf.keras writes `TFOpLambda` and `SlicingOpLambda` layers that name a function of TensorFlow, Keras
3 the class of one of its operations. Both are looked up in one table, which holds all that may
stand in a file; nothing else is called. Functions of kshim, torch and Python's operators that are
in the table are written under these names.

Source: files of tf.keras 2.15 and Keras 3.15.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kshim.core.config import to_config
from kshim.core.symbols import Node, Symbol, map_symbols, symbols_in
from kshim.errors import NotSupported, nearest
from kshim.layers.functions import (
    BY_KERAS,
    BY_TENSORFLOW,
    Stored,
    class_around,
    index_in,
    known_function,
    signature,
    values_in,
    without_dots,
)
from kshim.layers.operations import Operation

TENSORFLOW = ("TFOpLambda", "SlicingOpLambda")
KERAS = "keras.ops."
# What stands for a layer where the first argument of a call is a plain value.
CONSTANT = "_CONSTANT_VALUE"

Reference = Callable[[Symbol], Any]


class StoredOperation(Operation):
    """Apply a function of the table; called with the words of the file."""

    def __init__(
        self, stored: Stored, words: Mapping[str, str], given: Mapping[str, Any], name: str | None
    ) -> None:
        """Take the function, the file's words for its parameters, fixed arguments and its name."""
        super().__init__(stored.function, name)
        self.stored, self.given = stored, given
        self.words = {word: name for name, word in words.items()}

    @property
    def keras_name(self) -> str:
        """Return what the era calls the class around the function."""
        return class_around(self.stored.function, self.era)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Record or compute, with what TensorFlow alone asks for left out.

        Raises:
            NotSupported: for an argument that the function does not take.
        """
        said = {self.words.get(word, word): it for word, it in {**self.given, **kwargs}.items()}
        known = self.stored.parameters
        silent = {word for word, it in said.items() if word == "name" or it is None or it is False}
        unknown = [word for word in said if word not in known and word not in silent]
        if unknown:
            wanted = f"one of {', '.join(known)}"
            raise NotSupported(
                f"Operation {self.name!r}: argument must be {wanted}, got {unknown[0]!r}."
            )
        named = {word: values_in(it) for word, it in said.items() if word in known}
        return super().__call__(*map(values_in, args), **named)


def is_operation(class_name: str) -> bool:
    """Return whether a class name in a file stands for a function of tensors."""
    return class_name in TENSORFLOW or class_name.startswith(KERAS)


def operation_of(class_name: str, config: Mapping[str, Any]) -> StoredOperation:
    """Return the operation that a file describes.

    Raises:
        NotSupported: for a function that is not in the table.
    """
    name = config.get("name")
    given = {key: it for key, it in config.items() if key not in ("name", "trainable", "dtype")}
    if class_name in TENSORFLOW:
        stored = _looked_up(BY_TENSORFLOW, str(given.get("function")))
        made = StoredOperation(stored, stored.tensorflow_words, {}, name)
    else:
        kind = class_name.removeprefix(KERAS)
        if "dtype" in config and kind == "Cast":
            given["dtype"] = config["dtype"]
        stored = _looked_up(BY_KERAS, kind)
        made = StoredOperation(stored, stored.keras_words, given, name)
    return made


def tensorflow_form(layer: Operation, reference: Reference) -> dict[str, Any]:
    """Return the entry of an operation's layer as tf.keras writes it."""
    stored = stored_form(layer)
    return {
        "class_name": "SlicingOpLambda" if stored.keras == "GetItem" else "TFOpLambda",
        "config": {
            "name": layer.name,
            "trainable": True,
            "dtype": "float32",
            "function": stored.tensorflow[0],
        },
        "name": layer.name,
        "inbound_nodes": [_tensorflow_call(layer, it, reference) for it in layer.inbound_nodes],
    }


def keras_form(layer: Operation, reference: Reference) -> dict[str, Any]:
    """Return the entry of an operation as Keras 3 writes it.

    Raises:
        NotSupported: for a transposed matmul, which Keras 3 has no word for.
    """
    stored = stored_form(layer)
    tensors, calls, config = stored.parameters[: stored.tensors], [], {"name": layer.name}
    for node in layer.inbound_nodes:
        named = arguments_of(layer, node.args, node.kwargs)
        args = [keras_value(named.pop(word), reference) for word in tensors]
        calls.append({"args": args, "kwargs": {}})
        config |= {stored.keras_words.get(word, word): it for word, it in named.items()}
    if stored.keras == "Matmul" and len(config) > 1:
        raise NotSupported(
            f"Saving {layer.name!r}: matmul must be of tensors as they are in a .keras archive, "
            "got a transposed one. Transpose in a step of its own, or save to an .h5 file."
        )
    return {
        "module": stored.module,
        "class_name": stored.keras,
        "config": to_config(config),
        "registered_name": stored.keras,
        "name": layer.name,
        "inbound_nodes": calls,
    }


def keras_value(value: Any, reference: Reference) -> Any:
    """Return an argument as Keras 3 writes it."""
    return map_symbols(
        lambda symbol: {
            "class_name": "__keras_tensor__",
            "config": {
                "shape": list(symbol.shape),
                "dtype": symbol.dtype,
                "keras_history": reference(symbol),
            },
        },
        index_in(value, lambda it: {"class_name": "__slice__", "config": _slice_parts(it)}),
    )


def _tensorflow_call(layer: Operation, node: Node, reference: Reference) -> Any:
    """Return one call: the first argument, the others by TensorFlow's words behind it."""
    stored = stored_form(layer)
    named = arguments_of(layer, node.args, node.kwargs)
    first = named.pop(stored.parameters[0])
    words = {stored.tensorflow_words.get(word, word): it for word, it in named.items()}
    plain = {word: index_in(it, _slice_parts) for word, it in words.items()}
    told = to_config(map_symbols(reference, plain))
    if not symbols_in(first):
        return [CONSTANT, -1, first, told]
    return map_symbols(lambda symbol: [*reference(symbol), told], first)


def _slice_parts(value: slice) -> dict[str, Any]:
    return {"start": value.start, "stop": value.stop, "step": value.step}


def stored_form(layer: Operation) -> Stored:
    """Return what files call the function of an operation.

    Raises:
        NotSupported: for a function that is not in the table.
    """
    function = layer.function
    found = known_function(function)
    if found is None:
        name = getattr(function, "__name__", function)
        raise NotSupported(
            f"Saving {layer.name!r}: a function of symbols must be one that files can name, got "
            f"{name}. Write Lambda(function)(x), or a layer class, instead."
        )
    return found


def arguments_of(
    layer: Operation, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a call by the names in the table, defaults left out.

    Raises:
        NotSupported: for arguments that the function in the table does not take.
    """
    stored, given = stored_form(layer), layer.function
    try:
        bound = signature(given).bind(*args, **kwargs).arguments
        named = dict(zip(stored.parameters, bound.values(), strict=False))
        if set(bound) <= set(stored.parameters):
            named = dict(bound)
    except (TypeError, ValueError):
        named = {**dict(zip(stored.parameters, args, strict=False)), **kwargs}
    usual = {name: it.default for name, it in signature(stored.function).parameters.items()}
    unknown = [name for name in named if name not in usual]
    if unknown:
        raise NotSupported(f"Saving {layer.name!r}: {unknown[0]} must be left out, got a value.")
    if stored.keras == "GetItem":
        named["key"] = without_dots(named["key"], len(named["x"].shape))
    return {name: it for name, it in named.items() if not _is_usual(it, usual[name])}


def _looked_up(table: Mapping[str, Stored], name: str) -> Stored:
    if name not in table:
        raise NotSupported(
            f"Operation: function must be one that kshim reads, got {name!r}."
            f"{nearest(name, table)} Build the model in code and load its weights."
        )
    return table[name]


def _is_usual(value: Any, usual: Any) -> bool:
    plain = isinstance(value, bool | int | float | str | list | tuple | None)
    return plain and type(value) is type(usual) and value == usual
