"""Hostile configs: what is no config, what names what it must not, and graphs that cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.hostile.parts import (
    PAYLOAD_MODULE,
    TRAINING,
    Case,
    bytecode,
    configured,
    dense,
    functional,
    layer,
    marker,
    node,
    pickled,
    sequential,
    write,
)

CONFIG = "model_config"
DEEP = 10_000


def nested(opening: str, closing: str, inside: str = "1") -> str:
    """Return a text nested ten thousand deep."""
    return opening * DEEP + inside + closing * DEEP


def boxed(depth: int, kind: str = "Sequential") -> str:
    """Return the text of models inside models."""
    opening = f'{{"class_name": "{kind}", "config": {{"name": "m", "layers": ['
    return opening * depth + json.dumps(dense("a")) + "]}}" * depth


def wrapped(depth: int) -> str:
    """Return the text of wrappers inside wrappers."""
    opening = '{"class_name": "TimeDistributed", "config": {"name": "t", "layer": '
    text = opening * depth + json.dumps(dense("a")) + "}}" * depth
    return f'{{"class_name": "Sequential", "config": {{"layers": [{text}]}}}}'


TEXTS = [
    ("half a config", '{"class_name": "Sequential"', "JSON"),
    ("a word", "nope", "JSON"),
    ("two values", "{} {}", "JSON"),
    ("Python's literals", "{'class_name': None}", "JSON"),
    ("a pickle in text", "cos\nsystem\n(S'true'\ntR.", "JSON"),
    ("YAML", "!!python/object/apply:os.system ['true']", "JSON"),
    ("a list", "[1, 2]", "class_name and config"),
    ("a null", "null", "class_name and config"),
    ("a number", "17", "class_name and config"),
    ("a text in a text", '"Sequential"', "class_name and config"),
    ("an endless number", '{"class_name": ' + "9" * 9999 + "}", "must"),
    ("no class", '{"config": {}}', "class_name and config"),
    ("a class that is a list", '{"class_name": ["Sequential"], "config": {}}', "must"),
    ("a class that is null", '{"class_name": null, "config": {}}', "must"),
    ("a config that is a text", '{"class_name": "Sequential", "config": "os"}', "must"),
    ("layers that are a number", '{"class_name": "Sequential", "config": {"layers": 7}}', "must"),
    ("layers that are null", '{"class_name": "Sequential", "config": {"layers": null}}', "must"),
    ("a layer that is null", '{"class_name": "Sequential", "config": {"layers": [null]}}', "must"),
    ("deep lists", nested("[", "]"), "must be"),
    ("deep dicts", nested('{"a":', "}"), "must be"),
    ("deep lists that never end", "[" * DEEP, "JSON"),
    ("deep models", boxed(DEEP), "must be"),
    ("900 models deep", boxed(900), "must be"),
    ("deep functional models", boxed(300, "Model"), "must be"),
    ("deep wrappers", wrapped(DEEP), "must be"),
    ("200 wrappers deep", wrapped(200), "must be"),
]


def written_text(path: Path, text: str) -> None:
    path.write_text(text)


AS_JSON = [
    Case(f"JSON: {name}", partial(written_text, text=text), "", reason, "json", ".json")
    for name, text, reason in TEXTS
]
AS_CONFIG = [Case(name, configured(text), CONFIG, reason) for name, text, reason in TEXTS]

# Names of what is no layer: importable, callable, of Keras's or kshim's own.
STRANGERS = [
    "os.system",
    "posix.system",
    "builtins.eval",
    "builtins.exec",
    "subprocess.Popen",
    "eval",
    "keras.utils.get_file",
    "keras.models.load_model",
    "keras.src.saving.load_model",
    "get_file",
    "torch.load",
    "numpy.load",
    "pickle.loads",
    "importlib.import_module",
    "__import__",
    "kshim.saving.whole.load_model",
    "kshim.utils.files.get_file",
    "layers.Dense.__init__",
    f"{PAYLOAD_MODULE}.Payload",
    "TFSMLayer",
    "TorchModuleWrapper",
    "FlaxLayer",
    "JaxLayer",
    "TFOpLambda>os.system",
    "builtins>eval",
    "../../Dense",
    "",
    "Dense\0",
    "Layer",
]
AS_CLASS = [
    Case(
        f"class {name!r}",
        configured(sequential(layer(name, command="true", module="gASV", fname="x", origin="y"))),
        CONFIG,
        "(known layer|must name a layer|keyword must be|not here)",
    )
    for name in STRANGERS
]


def imported(module: str, name: str, registered: Any = None, **config: Any) -> dict[str, Any]:
    """Return a layer's entry as Keras 3 writes it: with the module that it would import."""
    return {
        "module": module,
        "class_name": name,
        "config": {"name": "odd", **config},
        "registered_name": registered or f"{module}>{name}",
        "build_config": {"input_shape": [None, 3]},
    }


AS_MODULE = [
    Case(
        f"{module} {name}",
        configured(sequential(imported(module, name))),
        CONFIG,
        "(known layer|must)",
    )
    for module, name in [
        (PAYLOAD_MODULE, "Payload"),
        ("os", "system"),
        ("builtins", "exec"),
        ("keras.src.utils.file_utils", "get_file"),
        ("keras.models", "load_model"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.src.backend.common.global_state", "set_global_attribute"),
        ("keras.saving", "save_img"),
    ]
]

# The same as a function: what an activation, initializer and so on may be.
FUNCTIONS: list[Any] = [
    "os.system",
    "builtins.eval",
    "keras.utils.get_file",
    "get_file",
    f"{PAYLOAD_MODULE}.Payload",
    {"class_name": "function", "config": "get_file", "module": "keras.utils"},
    {"class_name": "system", "config": {"command": "true"}, "module": "os"},
    {"class_name": "Payload", "config": {}, "module": PAYLOAD_MODULE, "registered_name": None},
    {"class_name": "__numpy__", "config": {"value": "gASV", "dtype": "object"}},
    {"class_name": "__bytes__", "config": {"value": "cos"}},
    {"class_name": "__typespec__", "config": {}},
]
PLACES = {
    "activation": ("Dense", {"units": 2}),
    "kernel_initializer": ("Dense", {"units": 2}),
    "kernel_regularizer": ("Dense", {"units": 2}),
    "bias_constraint": ("Dense", {"units": 2}),
    "activity_regularizer": ("Dense", {"units": 2}),
}


def named(value: Any) -> str:
    """Return a short name of a value."""
    return value if isinstance(value, str) else f"{value['class_name']} dict"


AS_FUNCTION = [
    Case(
        f"activation {named(value)}",
        configured(sequential(layer("Dense", units=2, activation=value))),
        CONFIG,
        "activation",
    )
    for value in FUNCTIONS
] + [
    Case(
        f"{place} {named(value)}",
        configured(sequential(layer(kind, **config, **{place: value}))),
        CONFIG,
        place.split("_")[-1],
    )
    for place, (kind, config) in PLACES.items()
    if place != "activation"
    for value in ("os.system", FUNCTIONS[7])
]


def trained(**change: Any) -> Callable[[Path], None]:
    """Return what writes a sound file with another training config."""
    return lambda path: write(path, training=TRAINING | change)


AS_TRAINING = [
    Case(f"{word} {named(value)}", trained(**{word: given}), "training_config", reason)
    for value in ("os.system", FUNCTIONS[6], FUNCTIONS[7])
    for word, given, reason in [
        ("loss", value, "(loss|system)"),
        ("metrics", [value], "metric"),
        ("optimizer_config", value, "optimizer"),
    ]
] + [
    Case(
        "a learning rate that is a class",
        trained(
            optimizer_config={
                "class_name": "SGD",
                "config": {"lr": {"class_name": "Popen", "config": {"args": "true"}}},
            }
        ),
        "training_config",
        "must",
    ),
]

AS_PART = [
    Case(f"{name}", configured(sequential(entry)), CONFIG, reason)
    for name, entry, reason in [
        ("a wrapper of a stranger", layer("TimeDistributed", layer=layer("os.system")), "known"),
        ("a wrapper of nothing", layer("TimeDistributed", layer=None), "must"),
        ("a wrapper of a function", layer("Bidirectional", layer="get_file"), "must"),
        (
            "the other direction a stranger",
            layer(
                "Bidirectional",
                layer=layer("LSTM", units=2),
                backward_layer=layer("subprocess.Popen", args="true"),
            ),
            "known layer",
        ),
        ("a cell that is a stranger", layer("RNN", cell=layer("os.system")), "known"),
        ("cells that are strangers", layer("RNN", cell=[layer("eval")]), "must"),
        ("an operation", layer("TFOpLambda", function="os.system"), "must"),
        ("an operation on files", layer("TFOpLambda", function="io.write_file"), "must"),
        ("a raw operation", layer("TensorFlowOpLayer", node_def={"op": "WriteFile"}), "must"),
        ("a TorchModuleWrapper", layer("TorchModuleWrapper", module="gASVAA=="), "must"),
    ]
]


# Lambdas: bytecode in every spelling and place.


def coded(place: Callable[[str], Any], **more: Any) -> Callable[[Path], None]:
    """Return what writes a file of a config that `place` makes around bytecode."""
    return lambda path: write(path, place(bytecode(path)), **more)


def triple(code: str) -> list[Any]:
    """Return bytecode as Keras 2 stores it: code, defaults, closure."""
    return [code, None, None]


def modern(code: str) -> dict[str, Any]:
    """Return bytecode as Keras 3 stores it."""
    inside = {"code": code, "defaults": None, "closure": None}
    return {"class_name": "__lambda__", "config": inside}


def lambda_of(function: Any, kind: str = "lambda", **more: Any) -> dict[str, Any]:
    """Return the entry of a Lambda."""
    return layer("Lambda", function=function, function_type=kind, **more)


LAMBDAS: list[tuple[str, Callable[[str], Any], str]] = [
    ("a Lambda", lambda code: sequential(lambda_of(triple(code))), "custom_objects"),
    ("Keras 1's Lambda", lambda code: sequential(lambda_of(code)), "custom_objects"),
    ("Keras 3's Lambda", lambda code: sequential(lambda_of(modern(code))), "custom_objects"),
    ("a Lambda of no type", lambda code: sequential(lambda_of(triple(code), "")), "custom_obj"),
    (
        "a Lambda of a function type",
        lambda code: sequential(lambda_of(triple(code), "function")),
        "custom_objects",
    ),
    ("a Lambda called eval", lambda code: sequential(lambda_of("eval", "function")), "custom_obj"),
    (
        "a Lambda of a module",
        lambda code: sequential(lambda_of("system", "function", module="os")),
        "custom_objects",
    ),
    (
        "a registered Lambda",
        lambda code: sequential(
            imported("keras.layers", "Lambda", "Custom>Lambda", function=modern(code))
        ),
        "custom_obj",
    ),
    (
        "a Lambda in a wrapper",
        lambda code: sequential(layer("TimeDistributed", layer=lambda_of(triple(code)))),
        "custom_objects",
    ),
    (
        "a Lambda in a model",
        lambda code: sequential(
            {
                "class_name": "Sequential",
                "config": {"name": "m", "layers": [lambda_of(triple(code))]},
            }
        ),
        "custom_objects",
    ),
    (
        "a Lambda in a graph",
        lambda code: functional(
            node("a", [[["in", 0, 0, {}]]], "Lambda", function=triple(code), function_type="lambda")
        ),
        "custom_objects",
    ),
    (
        "a Lambda in a list of layers",
        lambda code: {"class_name": "Sequential", "config": [lambda_of(triple(code))]},
        "custom_objects",
    ),
    (
        "a shape of code",
        lambda code: sequential(
            lambda_of("f", "function", output_shape=triple(code), output_shape_type="lambda")
        ),
        "custom_objects",
    ),
    (
        "a mask of code",
        lambda code: sequential(lambda_of("f", "function", mask=triple(code), mask_type="lambda")),
        "custom_objects",
    ),
    (
        "a merge of code",
        lambda code: functional(
            node("a", [[["in", 0, 0], ["in", 0, 0]]], "Merge", mode=code, mode_type="lambda")
        ),
        "bytecode",
    ),
    (
        "a merge's shape of code",
        lambda code: functional(
            node(
                "a",
                [[["in", 0, 0], ["in", 0, 0]]],
                "Merge",
                mode="sum",
                mode_type="raw",
                output_shape=code,
                output_shape_type="lambda",
            )
        ),
        "bytecode",
    ),
    (
        "an activation of code",
        lambda code: sequential(layer("Dense", units=2, activation=modern(code))),
        "bytecode",
    ),
    (
        "an activation of a triple",
        lambda code: sequential(layer("Dense", units=2, activation=triple(code))),
        "activation",
    ),
    (
        "an initializer of code",
        lambda code: sequential(layer("Dense", units=2, kernel_initializer=modern(code))),
        "bytecode",
    ),
    (
        "a regularizer of code",
        lambda code: sequential(layer("Dense", units=2, bias_regularizer=modern(code))),
        "bytecode",
    ),
    (
        "a call's keyword of code",
        lambda code: functional(node("a", [[["in", 0, 0, {"training": modern(code)}]]])),
        "bytecode",
    ),
    (
        "arguments of code",
        lambda code: sequential(lambda_of("f", "function", arguments={"then": modern(code)})),
        "must",
    ),
]
AS_LAMBDA = [Case(name, coded(place), CONFIG, reason) for name, place, reason in LAMBDAS] + [
    Case(
        "JSON: a Lambda",
        lambda path: (
            path.write_text(json.dumps(sequential(lambda_of(triple(bytecode(path)))))) and None
        ),
        "model_from_json",
        "custom_objects",
        "json",
        ".json",
    ),
    Case(
        "a loss of code",
        lambda path: write(path, training=TRAINING | {"loss": modern(bytecode(path))}),
        "training_config",
        "(bytecode|loss)",
    ),
    Case(
        "a metric of code",
        lambda path: write(path, training=TRAINING | {"metrics": [modern(bytecode(path))]}),
        "training_config",
        "(bytecode|metric)",
    ),
    Case(
        "a pickle in a config",
        lambda path: write(
            path, sequential(layer("Dense", units=2, activation=pickled(path).hex()))
        ),
        CONFIG,
        "activation",
    ),
    Case(
        "code that is no code",
        configured(sequential(lambda_of(["AAAA", None, None]))),
        CONFIG,
        "custom_objects",
    ),
    Case(
        "code by the name of a marker",
        lambda path: write(path, sequential(lambda_of(f"open({marker(path)!r}, 'w')"))),
        CONFIG,
        "custom_objects",
    ),
]


# Vocabularies and other entries that would name a file.

LOOKUPS = [
    Case(
        f"{kind} of {what}",
        configured(sequential(layer(kind.partition("'")[0], **config))),
        CONFIG,
        "must",
    )
    for what, value in [
        ("a file", "/etc/passwd"),
        ("a URL", "http://127.0.0.1:9/words.txt"),
        ("a bucket", "gs://bucket/words.txt"),
    ]
    for kind, config in [
        ("StringLookup", {"vocabulary": value}),
        ("IntegerLookup", {"vocabulary": value}),
        ("TextVectorization", {"vocabulary": value}),
        (
            "StringLookup's idf",
            {"vocabulary": ["a"], "output_mode": "tf_idf", "idf_weights": value},
        ),
    ][: 4 if what == "a file" else 1]
]


# Absurd numbers.

NUMBERS: list[tuple[str, Any, str]] = [
    ("no units", layer("Dense"), "units"),
    ("units below nought", layer("Dense", units=-3), "units"),
    ("no unit", layer("Dense", units=0), "units"),
    ("half a unit", layer("Dense", units=2.5), "units"),
    ("units of text", layer("Dense", units="3"), "units"),
    ("units of a list", layer("Dense", units=[3]), "units"),
    ("units that are no number", layer("Dense", units=float("nan")), "must"),
    ("endless units", layer("Dense", units=float("inf")), "must"),
    ("units that are true", layer("Dense", units=True), "units"),
    ("a rate of 7", layer("Dropout", rate=7), "rate"),
    ("a name that is a number", layer("Dense", 3, units=2), "must be a text"),
    ("a name that is a dict", layer("Dense", {"a": 1}, units=2), "must be a text"),
    ("an unknown word", layer("Dense", units=2, command="true"), "keyword must be one of"),
    ("an unknown dtype", layer("Dense", units=2, dtype="object"), "must"),
    ("a shape of texts", layer("Dense", units=2, batch_input_shape=["a"]), "must"),
]
ABSURD: list[tuple[str, Any]] = [
    ("a shape below nought", layer("Dense", units=2, batch_input_shape=[None, -4])),
    ("a batch below nought", layer("Dense", units=2, batch_input_shape=[-1, 4])),
    ("Dense 10^9", layer("Dense", units=10**9)),
    ("Dense 10^18", layer("Dense", units=10**18)),
    ("Dense 10^400", layer("Dense", units=10**400)),
    ("an input of 10^12", layer("Dense", units=9, batch_input_shape=[None, 10**12])),
    ("Embedding 10^10", layer("Embedding", input_dim=10**10, output_dim=4)),
    ("PReLU over 10^12", layer("PReLU", batch_input_shape=[None, 10**6, 10**6])),
    ("LSTM 10^7", layer("LSTM", units=10**7, batch_input_shape=[None, 3, 4])),
    (
        "Conv2D 10^9",
        layer("Conv2D", filters=10**9, kernel_size=[99, 99], batch_input_shape=[None, 99, 99, 3]),
    ),
    ("BatchNormalization 10^12", layer("BatchNormalization", batch_input_shape=[None, 10**12])),
    (
        "stateful over 10^12",
        layer("LSTM", units=9, stateful=True, batch_input_shape=[10**12, 3, 4]),
    ),
]


def only(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a Sequential of one layer."""
    entry["config"].setdefault("batch_input_shape", [None, 4])
    return {"class_name": "Sequential", "config": {"name": "hostile", "layers": [entry]}}


AS_NUMBER = [
    Case(name, configured(sequential(entry)), CONFIG, reason) for name, entry, reason in NUMBERS
] + [Case(name, configured(only(entry)), CONFIG, "must") for name, entry in ABSURD]


# Graphs.

IN = [[["in", 0, 0, {}]]]
DENSE_A = node("a", IN)


def k3_call(name: str, number: int = 0, place: int = 0) -> list[Any]:
    """Return a call as Keras 3 lists it."""
    history = [name, number, place]
    return [
        {
            "args": [{"class_name": "__keras_tensor__", "config": {"keras_history": history}}],
            "kwargs": {},
        }
    ]


GRAPHS: list[tuple[str, dict[str, Any], str]] = [
    ("a circle of one", functional(node("a", [[["a", 0, 0, {}]]])), "follow from the inputs"),
    (
        "a circle of two",
        functional(node("a", [[["b", 0, 0, {}]]]), node("b", [[["a", 0, 0, {}]]])),
        "follow from the inputs",
    ),
    (
        "Keras 3's circle",
        functional(node("a", k3_call("b")), node("b", k3_call("a"))),
        "follow from the inputs",
    ),
    (
        "a circle of calls",
        functional(node("a", [[["in", 0, 0, {}]], [["a", 2, 0, {}]], [["a", 1, 0, {}]]])),
        "follow",
    ),
    (
        "a call of a layer that is not there",
        functional(node("a", [[["ghost", 0, 0, {}]]])),
        "ghost",
    ),
    ("Keras 3's layer that is not there", functional(node("a", k3_call("ghost"))), "ghost"),
    ("a call that is not there", functional(node("a", [[["in", 99, 0, {}]]])), "must"),
    ("an output that is not there", functional(node("a", [[["in", 0, 5, {}]]])), "must"),
    ("an output below nought", functional(node("a", [[["in", 0, -1, {}]]])), "must"),
    ("a call below nought", functional(node("a", [[["in", -1, 0, {}]]])), "must"),
    ("a call by a text", functional(node("a", [[["in", "0", 0, {}]]])), "must"),
    ("calls that are a number", functional(node("a", 7)), "must"),
    ("calls that are a text", functional(node("a", "in")), "must"),
    ("a call that is null", functional(node("a", [None])), "must"),
    ("an empty call", functional(node("a", [[]])), "must"),
    ("a call of dicts", functional(node("a", [{"args": 7, "kwargs": 8}])), "must"),
    ("a call without args", functional(node("a", [{"args": [], "kwargs": {}}])), "must"),
    ("unknown keywords", functional(node("a", [[["in", 0, 0, {"command": "true"}]]])), "must"),
    ("keywords that are a list", functional(node("a", [[["in", 0, 0, ["x"]]]])), "must"),
    ("no outputs", functional(DENSE_A, outputs=[]), "must"),
    ("outputs of nothing", functional(DENSE_A, outputs=[["ghost", 0, 0]]), "ghost"),
    ("outputs that are null", functional(DENSE_A, outputs=[None]), "must"),
    ("outputs that are a number", functional(DENSE_A, outputs=5), "must"),
    ("inputs of nothing", functional(DENSE_A, inputs=[["ghost", 0, 0]]), "ghost"),
    ("no inputs", functional(DENSE_A, inputs=[]), "must"),
    ("two layers of one name", functional(DENSE_A, node("a", IN)), "'a'"),
    (
        "a layer without a name",
        functional({"class_name": "Dense", "config": {"units": 2}, "inbound_nodes": IN}),
        "must",
    ),
    (
        "no layers",
        {
            "class_name": "Model",
            "config": {"name": "m", "layers": [], "input_layers": [], "output_layers": []},
        },
        "must",
    ),
    ("no lists at all", {"class_name": "Model", "config": {"name": "m", "layers": []}}, "must"),
    (
        "a path for a name",
        functional(node("a", IN), node("../../x", [[["a", 0, 0]]], units=-1)),
        "must",
    ),
]
AS_GRAPH = [Case(name, configured(config), CONFIG, reason) for name, config, reason in GRAPHS] + [
    Case(
        "inputs that are no inputs",
        configured(functional(DENSE_A, inputs=[["a", 0, 0]])),
        "",
        "layers with weights must be 0",
    ),
    Case(
        "two layers of one name in a row",
        configured(sequential(dense("two"), dense("two"))),
        "",
        "two",
    ),
]

CASES = (
    AS_JSON + AS_CONFIG + AS_CLASS + AS_MODULE + AS_FUNCTION + AS_TRAINING + AS_PART + AS_LAMBDA
    + LOOKUPS + AS_NUMBER + AS_GRAPH
)  # fmt: skip
