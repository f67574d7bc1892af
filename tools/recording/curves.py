"""Record learning curves: what each batch and each epoch of a training told, and the last weights.

Runs inside the real Keras (Python 3.6 and newer).
"""

import os
import runpy

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from draws import draw_weights
from layers import add, weight_name
from oracle import OLD, keras, origin
from ordering import orders


def record(oracle: object, cases: str, out: str) -> list:
    """Record every curve of this era; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "curves.py"), oracle.era)
    networks = runpy.run_path(os.path.join(cases, "curves_networks.py"))
    answers, failures = ask(wanted, lambda case: record_case(oracle, networks, case))
    target = os.path.join(out, "recorded", oracle.name, "curves", "curves")
    write_recording(target, answers, origin(oracle, "curves"))
    return failures


def record_case(oracle: object, networks: dict, case: dict) -> tuple:
    """Train a case in every order this Keras may take; return its row and the distinct runs."""
    runs, start = {}, []
    for order in orders(oracle):
        oracle.renew()
        start.clear()
        with order:
            model, told = networks["train"](
                keras, oracle.era, case, lambda it: draw(it, case, start)
            )
        batches, epochs = table(told["batches"]), np.array(list(told["epochs"].values())).T
        found = [batches, epochs.astype(np.float32), *model.get_weights()]
        runs[b"".join(array.tobytes() for array in found)] = found
    arrays = {}
    add(arrays, "weight", start)
    for place, key in enumerate(sorted(runs)):
        batches, epochs, *weights = runs[key]
        arrays[f"run_{place}_batches"], arrays[f"run_{place}_epochs"] = batches, epochs
        add(arrays, f"run_{place}_weight", weights)
    names = {"batch_keys": sorted(told["batches"][0]), "epoch_keys": list(told["epochs"])}
    asked = {key: case[key] for key in case if key != "eras"}
    return dict(asked, runs=len(runs), metrics_names=told["metrics_names"], **names), arrays


def draw(model: object, case: dict, start: list) -> None:
    """Give a model the weights drawn for its network, and keep them."""
    weights = model.weights
    if OLD:  # whose model gives its values layer by layer, its weights the trainable ones first
        weights = [weight for layer in model.layers for weight in layer.weights]
    names = [weight_name(weight) for weight in weights]
    shapes = [value.shape for value in model.get_weights()]
    values = draw_weights({"name": "curves/" + case["network"]}, names, shapes)
    if case["data"].endswith("_far"):
        values = [value * np.float32(8.0) for value in values]
    model.set_weights(values)
    start.extend(values)


def table(batches: list) -> np.ndarray:
    """Return the values of each batch, by the names in order."""
    return np.array([[told[key] for key in sorted(told)] for told in batches], np.float32)
