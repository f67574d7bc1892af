"""Record the architectures of keras.applications: their layers, weights and some of their outputs.

Each row of ``cases/applications.py`` is asked with its top and without: for the shapes that are
usual (the layers, their shapes and weights), and for small images and the weights of a formula
(the outputs). Runs inside the real Keras (Python 3.6 and newer).
"""

import gzip
import importlib
import json
import os
import runpy

import numpy as np
from asking import ask, cases_of
from oracle import keras, origin


def record(oracle: object, cases: str, out: str, names: str = "") -> list:
    """Record every case, or those of these names; return a line for each that failed.

    The file is written after each case, because some take minutes.
    """
    path = os.path.join(cases, "applications.py")
    formula = runpy.run_path(path)
    known = cases_of(path, oracle.era)
    target = os.path.join(out, "recorded", oracle.name, "applications.json.gz")
    kept = {one["name"]: one for one in recorded(target)}

    def answer(case: dict) -> None:
        kept[case["name"]] = record_case(oracle, formula, case)
        rows = [kept[one["name"]] for one in known if one["name"] in kept]
        write(target, dict(origin(oracle, "applications"), cases=rows))

    asked = [case for case in known if not names or case["name"] in names.split(",")]
    return ask(asked, answer)[1]


def write(target: str, told: dict) -> None:
    """Write a packed file, whole."""
    text = json.dumps(told, separators=(",", ":"), sort_keys=True, default=int)
    with open(target + ".new", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.encode("ascii"))
    os.rename(target + ".new", target)


def recorded(target: str) -> list:
    """Return the cases that a file holds, if it is there."""
    if not os.path.exists(target):
        return []
    with gzip.open(target, "rb") as file:
        return json.loads(file.read().decode("ascii"))["cases"]


def record_case(oracle: object, formula: dict, case: dict) -> dict:
    """Return the name of a case with all that was found of it, with the top and without."""
    function = function_of(case)
    found = {
        side: record_side(oracle, formula, case, function, side == "top")
        for side in ("top", "notop")
    }
    told = {side: one.get("output", ["layers alone"])[0] for side, one in found.items()}
    print(case["name"], told, flush=True)
    return dict(found, name=case["name"])


def record_side(oracle: object, formula: dict, case: dict, function: object, top: bool) -> dict:
    """Return layers and outputs with the top, or without."""
    answer = usual(oracle, formula, case, function, top) if case["usual"] else None
    if answer and not formula["has_outputs"](case, oracle.era):
        return answer
    oracle.renew()
    model = function(**formula["words_of"](case, oracle.era, top, True))
    answer = answer or described(oracle, model)
    fill(formula["filling"](model.layers, case, oracle.shape))
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):  # takes in what else only files and adapt change
            layer.finalize_state()
    shape = oracle.shape(model.inputs[0])[1:]
    images = formula["images_for"](shape, case["pixels"])
    return dict(answer, shape=shape, output=rounded(formula["told"](model.predict(images))))


def usual(oracle: object, formula: dict, case: dict, function: object, top: bool) -> dict:
    """Return the layers of a model for the images that are usual, or why there is none."""
    oracle.renew()
    try:
        return described(oracle, function(**formula["words_of"](case, oracle.era, top, False)))
    except (TypeError, ValueError) as error:
        return {"refused": type(error).__name__}


def fill(filling: object) -> None:
    """Give layers their weights; all at once, because TensorFlow 1 looks at all each time."""
    held = [(layer, values) for layer, values in filling if values]
    if hasattr(keras.backend, "batch_set_value"):
        pairs = [pair for layer, values in held for pair in zip(layer.weights, values)]
        keras.backend.batch_set_value(pairs)
        return
    for layer, values in held:
        layer.set_weights(values)


def described(oracle: object, model: object) -> dict:
    """Return the name of a model, its numbers of weights and all about its layers."""
    return {
        "model": model.name,
        "parameters": model.count_params(),
        "trainable": sum(int(np.prod(oracle.shape(it))) for it in model.trainable_weights),
        "layers": [
            [layer.name, list(shape_of(oracle, layer)[1:]),
             [[getattr(it, "path", it.name), list(oracle.shape(it))] for it in layer.weights]]
            for layer in model.layers
        ],
    }  # fmt: skip


def shape_of(oracle: object, layer: object) -> tuple:
    """Return the shape of a layer's output, batch first."""
    output = layer.output
    return tuple(oracle.shape(output[0] if isinstance(output, list) else output))


def function_of(case: dict) -> object:
    """Return the function of a case, from this Keras or the package it takes its models from."""
    for package in ("keras.applications", "tensorflow.keras.applications"):
        try:
            module = importlib.import_module(package + "." + case["module"])
            # MobileNetV3's modules do not show its functions.
            found = getattr(module, case["function"], None)
            return found or getattr(importlib.import_module(package), case["function"])
        except (ImportError, AttributeError):
            pass
    module = importlib.import_module("keras_applications." + case["module"])
    return keras.applications.keras_modules_injection(getattr(module, case["function"]))


def rounded(values: list) -> list:
    """Return numbers with seven digits."""
    return [float(f"{value:.7g}") for value in values]
