"""Record layers: outputs, masks, shapes, configs and gradients of every case of this era.

Runs inside the real Keras (Python 3.6 and newer).
"""

import glob
import os
import runpy

import numpy as np
import oracle as real
from archive import write_recording
from asking import ask, cases_of
from draws import draw_directions, draw_inputs, draw_weights, stream
from oracle import K, bare, keras, origin

LAMBDAS = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../compat_cases/cases/lambdas.py"
)
CHANNELS_LAST_NOTE = (
    "this Keras cannot run channels_first here: recorded with channels_last on transposed arrays"
)


def record(oracle: object, cases: str, out: str, families: str = "*") -> list:
    """Record every family of cases; return a line for each case that could not be recorded."""
    failures = []
    for path in sorted(glob.glob(os.path.join(cases, "layers", families + ".py"))):
        wanted = cases_of(path, getattr(oracle, "asked", oracle.era))
        if not wanted:
            continue
        answers, failed = ask(wanted, lambda case: record_case(oracle, case))
        describe_once(answers)
        family = os.path.splitext(os.path.basename(path))[0]
        target = os.path.join(out, "recorded", oracle.name, "layers", family)
        write_recording(target, answers, origin(oracle, "layers"))
        failures += failed
    return failures


def describe_once(answers: list) -> None:
    """Keep the config of the first row of each class only: the others say the same again."""
    seen = set()
    for row, _ in answers:
        if row["class_name"] in seen:
            del row["config"]
        seen.add(row["class_name"])


def record_case(oracle: object, case: dict) -> tuple:
    """Return what the real Keras says about a case, and the arrays that prove it."""
    try:
        return measure(oracle, case)
    except Exception as error:
        if not needs_channels_last(case, error):
            raise
        row, arrays = measure(oracle, turned_case(case))
        row.update(case, note=CHANNELS_LAST_NOTE, output_shape=None, symbol_shape=None, config=None)
        return row, {key: turned_back(key, value) for key, value in arrays.items()}


def measure(oracle: object, case: dict) -> tuple:
    """Build the case's layer, run it, and return its row and its arrays."""
    oracle.renew()
    K.set_floatx(case.get("floatx", "float32"))
    set_format(case.get("image_data_format", "channels_last"))
    layer, fed, model = build(case)
    keeps = layer if "adapt_data" not in case else None
    initial = weights_of(keeps)
    arrays = {"adapt": adapt(layer, case)} if "adapt" in case else draw(keeps, case)
    weights = weights_of(keeps)
    row = dict(case, **describe(oracle, case, layer, fed, model))
    row["weights"] = describe_weights(keeps, initial)
    for key, value in enumerate(weights):
        arrays[f"weight_{key}"] = value
    if "unrun" in case:
        return row, arrays
    row["masks"] = run_calls(oracle, case, model, arrays)
    arrays.update(gradients(oracle, case, model, arrays, training=False))
    row.update(kinds_of(arrays))
    if "fixed" in case:
        outputs, _ = oracle.run(model, arrays_of(arrays, "input"), training=True)
        add(arrays, "training_output", outputs)
    if "train" in case:
        arrays.update(train(oracle, case, layer, model, weights, arrays))
    return row, arrays


def set_format(image_data_format: str) -> None:
    """Say where the channels stand where a layer is told nothing; Keras 1 is asked its default."""
    if hasattr(K, "set_image_data_format"):
        K.set_image_data_format(image_data_format)


def build(case: dict) -> tuple:
    """Return the layer of a case, what it is fed, and a model of inputs, masks and layer."""
    layer = make_layer(case["class_name"], case["arguments"], name="tested")
    if "adapt_data" in case:
        layer.adapt(np.asarray(case["adapt_data"]))
    inputs = make_inputs(case)
    masked = case.get("masked_inputs", [0]) if "masked_steps" in case else []
    tensors = [
        keras.layers.Masking(case.get("mask_value", 0.0))(tensor) if place in masked else tensor
        for place, tensor in enumerate(inputs)
    ]
    states, named = case.get("initial_state", []), case.get("keywords", {})
    call = dict(case.get("call", {}), **{word: tensors[place] for word, place in named.items()})
    if states:
        call["initial_state"] = [tensors[place] for place in states]
    aside = [*states, *named.values()]
    fed = [tensor for place, tensor in enumerate(tensors) if place not in aside]
    if "alone" in case:
        return layer, fed, Alone(layer, inputs)
    made = layer(*fed, **call) if "separate" in case else layer(bare(fed), **call)
    return layer, fed, keras.models.Model(inputs, made)


class Alone:
    """Stand for a model of one layer that this Keras cannot put into one: it is called itself."""

    trainable_weights = ()

    def __init__(self, layer: object, inputs: list) -> None:
        """Hold the layer; its outputs are as large as its inputs."""
        self.layer, self.inputs, self.outputs = layer, inputs, inputs

    def __call__(self, values: object, training: bool) -> object:
        """Return what the layer makes."""
        return self.layer(values, training=training)


def make_inputs(case: dict) -> list:
    """Return the symbols a case is built on; stateful layers are told the batch."""
    kinds = case.get("kinds") or ["float"] * len(case["inputs"])
    plain = ["bool" if kind == "truth" else case.get("floatx") for kind in kinds]
    dtypes = case.get("input_dtypes") or plain
    return [
        keras.layers.Input(
            **{"batch_shape": shape} if "calls" in case else {"shape": shape[1:]},
            **{"dtype": dtype} if dtype else {},
        )
        for shape, dtype in zip(told_shapes(case), dtypes)
    ]


def told_shapes(case: dict) -> list:
    """Return the shapes of the inputs as the model is told them, unknown lengths None."""
    unknown = case.get("unknown") or [[]] * len(case["inputs"])
    return [
        tuple(None if axis in axes else length for axis, length in enumerate(shape))
        for shape, axes in zip(case["inputs"], unknown)
    ]


def make_layer(class_name: str, arguments: dict, **more: object) -> object:
    """Return a layer from its arguments, those that are layers themselves made the same way."""
    made = {key: make_argument(value) for key, value in arguments.items()}
    return layer_class(class_name)(**dict(made, **more))


def layer_class(class_name: str) -> type:
    """Return a layer class, also one that this Keras keeps back in the file it stands in."""
    home = keras.layers
    if not hasattr(home, class_name):
        home = keras.layers.convolutional_recurrent
    return getattr(home, class_name)


def make_argument(value: object) -> object:
    """Return an argument: a layer from its description, a tuple from a list, else the value."""
    if isinstance(value, dict) and "class_name" in value and "arguments" in value:
        if value["class_name"] == "Sequential":
            made = [make_argument(layer) for layer in value["arguments"]["layers"]]
            return keras.models.Sequential(made)
        return make_layer(value["class_name"], value["arguments"])
    if isinstance(value, dict) and "function" in value:
        return runpy.run_path(LAMBDAS)[value["function"]]
    if isinstance(value, dict) and "torch" in value:
        given = [make_argument(entry) for entry in value["given"]]
        return getattr(real.torch.nn, value["torch"])(*given, **value["words"])
    if isinstance(value, list):
        return tuple(make_argument(entry) for entry in value)
    return value


def draw(layer: object, case: dict) -> dict:
    """Give a layer the weights that stand in the case, or its drawn ones."""
    if "given" in case:
        layer.set_weights([np.asarray(value, np.float32) for value in case["given"]])
        return {}
    shapes = [value.shape for value in weights_of(layer)]
    names = [weight_name(weight) for weight in layer.weights] if shapes else []
    if shapes:
        layer.set_weights(draw_weights(case, names, shapes))
    return {}


def adapt(layer: object, case: dict) -> np.ndarray:
    """Let a layer learn from drawn data; return the data."""
    data = stream(case["name"], "adapt").normal(2.0, 3.0, size=case["adapt"]).astype(np.float32)
    layer.adapt(data)
    return data


def describe(oracle: object, case: dict, layer: object, fed: list, model: object) -> dict:
    """Return what can be said of a layer without running it."""
    row = {
        "config": None if "own_code" in case else layer.get_config(),
        "output_shape": declared_shape(oracle, case, layer, fed),
        "symbol_shape": shape_rows([oracle.shape(tensor) for tensor in model.outputs]),
    }
    if "adapt_data" in case:
        row["learned"] = learned(layer)
    return row


def describe_weights(layer: object, initial: list) -> list:
    """Return a row for each weight; none for a layer that only keeps what it learned."""
    if layer is None:
        return []
    trainable = {id(weight) for weight in layer.trainable_weights}
    return [
        {
            "name": weight_name(weight),
            "full_name": getattr(weight, "path", weight.name),
            "shape": list(value.shape),
            "trainable": id(weight) in trainable,
            "initial": constant(value),
        }
        for weight, value in zip(layer.weights, initial)
    ]


def learned(layer: object) -> list:
    """Return the vocabulary or the bin boundaries a layer adapted to."""
    if hasattr(layer, "get_vocabulary"):
        return layer.get_vocabulary()
    return np.asarray(layer.bin_boundaries).tolist()


def weights_of(layer: object) -> list:
    """Return the numbers of a layer's weights; none where there is no layer."""
    return layer.get_weights() if layer is not None else []


def declared_shape(oracle: object, case: dict, layer: object, fed: list) -> object:
    """Return the shapes a layer says its outputs have; None when it cannot say them."""
    shapes = [oracle.shape(tensor) for tensor in fed]
    given = shapes if "separate" in case else [bare(shapes)]
    try:
        return shape_rows(oracle.declared_shape(layer, *given))
    except Exception:
        if {"separate", "data", "untold"} & set(case):
            return None
        raise


def kinds_of(arrays: dict) -> dict:
    """Take words out of the arrays; return them, and the kinds of outputs that are no float32."""
    names = sorted(name for name in arrays if name.startswith("output_"))
    kinds = [str(arrays[name].dtype) for name in names]
    row = {"output_dtypes": kinds} if set(kinds) - {"float32"} else {}
    words = {key: arrays.pop(key) for key in list(arrays) if arrays[key].dtype.kind in "OSU"}
    found = {key: words[key].astype(str).tolist() for key in words if key.startswith("output_")}
    return dict(row, words=found) if found else row


def run_calls(oracle: object, case: dict, model: object, arrays: dict) -> list:
    """Add inputs, outputs and masks of each call; return which outputs carry a mask."""
    present = []
    for turn in range(case.get("calls", 1)):
        values = draw_inputs(case, turn)
        outputs, masks = oracle.run(model, values, training=False)
        before = f"call_{turn}_" if turn else ""
        add(arrays, before + "input", values)
        add(arrays, before + "output", outputs)
        add(arrays, before + "mask", masks)
        present = [mask is not None for mask in masks]
    return present


def gradients(oracle: object, case: dict, model: object, arrays: dict, training: bool) -> dict:
    """Return the gradients of sum(outputs * directions), and the directions."""
    before = "training_" if training else ""
    outputs = arrays_of(arrays, before + "output")
    if "calls" in case or any(output.dtype.kind != "f" for output in outputs):
        return {}
    directions = draw_directions(case, outputs)
    values = arrays_of(arrays, "input")
    try:
        by_input, by_weight = oracle.gradients(model, values, directions, training)
    except LookupError:  # TensorFlow has no gradient of this operation
        return {}
    found = {}
    add(found, "direction", directions)
    add(found, before + "input_gradient", by_input)
    add(found, before + "weight_gradient", by_weight)
    return found


def train(
    oracle: object, case: dict, layer: object, model: object, weights: list, arrays: dict
) -> dict:
    """Return output and gradients in training, and the weights after each training batch."""
    found = {}
    outputs, _ = oracle.run(model, arrays_of(arrays, "input"), training=True)
    add(found, "training_output", outputs)
    layer.set_weights(weights)
    found.update(gradients(oracle, case, model, dict(arrays, **found), training=True))
    layer.set_weights(weights)
    eagerly = {"run_eagerly": True} if "eagerly" in case else {}
    model.compile(keras.optimizers.SGD(0.0), "mse", **eagerly)
    for turn in range(case["train"]):
        values = draw_inputs(case, turn)
        if turn:
            add(found, f"batch_{turn}_input", values)
        model.train_on_batch(bare(values), np.zeros_like(outputs[0]))
        add(found, f"after_batch_{turn}_weight", layer.get_weights())
    return found


def add(arrays: dict, name: str, values: list) -> None:
    """Add numbered arrays under a name; None is left out."""
    for place, value in enumerate(values):
        if value is not None:
            arrays[f"{name}_{place}"] = np.asarray(value)


def arrays_of(arrays: dict, name: str) -> list:
    """Return the numbered arrays of a name, in order."""
    found = []
    while f"{name}_{len(found)}" in arrays:
        found.append(arrays[f"{name}_{len(found)}"])
    return found


def weight_name(weight: object) -> str:
    """Return the last word of a weight's name."""
    return weight.name.split("/")[-1].split(":")[0]


def constant(value: np.ndarray) -> object:
    """Return the number a fresh weight is filled with, a list of noughts and ones, or None."""
    if value.size and np.all(value == value.flat[0]):
        return float(value.flat[0])
    if value.size and np.all((value == 0) | (value == 1)):
        return value.tolist()
    return None


def shape_rows(shapes: object) -> list:
    """Return one shape or several as a list of lists."""
    if hasattr(shapes, "as_list"):
        return [shapes.as_list()]
    if isinstance(shapes[0], (tuple, list)) or hasattr(shapes[0], "as_list"):
        return [list(shape) for shape in shapes]
    return [list(shapes)]


def needs_channels_last(case: dict, error: Exception) -> bool:
    """Return whether a case failed because TensorFlow has no channels_first on the CPU."""
    words = str(error)
    refused = "NHWC" in words or "NDHWC" in words or "channels_last" in words
    return case["arguments"].get("data_format") == "channels_first" and refused


def turned_case(case: dict) -> dict:
    """Return a channels_first case as a channels_last one."""
    shapes = [[shape[0], *shape[2:], shape[1]] for shape in case["inputs"]]
    return dict(case, inputs=shapes, arguments=dict(case["arguments"], data_format="channels_last"))


def turned_back(key: str, value: np.ndarray) -> np.ndarray:
    """Return an array of a turned case with its channels first again; weights stay."""
    if key.startswith("weight") or value.ndim < 3:
        return value
    return np.moveaxis(value, -1, 1)
