"""Record what initializers draw: mean, deviation, limits and moments of 100,000 numbers.

Runs inside the real Keras (Python 3.6 and newer).
"""

import inspect
import os
import random

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from functions import Unknown, evaluated
from layers import make_layer
from oracle import keras, origin

SEED = 1234


def record(oracle: object, cases: str, out: str) -> list:
    """Record every initializer this Keras knows; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "initializers.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "initializers", "initializers")
    write_recording(target, answers, origin(oracle, "initializers"))
    return [failure for failure in failures if Unknown.__name__ not in failure]


def record_case(oracle: object, case: dict) -> tuple:
    """Return the case with what its numbers come to."""
    oracle.renew()
    np.random.seed(SEED)
    random.seed(SEED)  # tf.keras 2.15 takes its seeds there
    values = draw(case).astype(np.float64)
    middle, ordered = values.mean(), np.sort(values, axis=None)
    told = {
        "mean": float(middle),
        "deviation": float(values.std()),
        "fourth_moment": float(((values - middle) ** 4).mean()),
        "lowest": float(ordered[0]),
        "highest": float(ordered[-1]),
        "tenth_lowest": float(ordered[9]),
        "tenth_highest": float(ordered[-10]),
    }
    return dict(case, **told), {}


def draw(case: dict) -> np.ndarray:
    """Return what the case's initializer fills its shape with, or its layer a weight."""
    if "layer" in case:
        inputs = keras.layers.Input(shape=tuple(case["inputs"]))
        layer = make_layer(case["layer"], case["arguments"])
        layer(inputs)
        return layer.get_weights()[case["weight"]]
    shape = tuple(case["shape"])
    if not hasattr(keras, "initializers"):
        return evaluated(old_function(case)(shape, **ordering(shape)))
    home = keras.initializers
    try:
        found = getattr(home, case["called"]) if case["arguments"] else home.get(case["called"])
    except (ValueError, AttributeError, KeyError) as error:
        raise Unknown(str(error)) from None
    if case["arguments"]:
        if not set(case["arguments"]) <= set(inspect.signature(found.__init__).parameters):
            raise Unknown(case["called"])
        found = made(found, case["arguments"])
    return evaluated(found(shape))


def made(kind: object, arguments: dict) -> object:
    """Return an initializer; a distribution that this Keras lacks is unknown."""
    try:
        return kind(**arguments)
    except ValueError as error:
        raise Unknown(str(error)) from None


def old_function(case: dict) -> object:
    """Return Keras 1's function of a name."""
    found = getattr(keras.initializations, case["called"], None)
    if found is None or case["arguments"]:
        raise Unknown(case["called"])
    return found


def ordering(shape: tuple) -> dict:
    """Return Keras 1's word for kernels whose window comes first."""
    return {"dim_ordering": "tf"} if len(shape) > 2 else {}
