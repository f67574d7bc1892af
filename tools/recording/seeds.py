"""Record how far numpy's stream has come once a layer stands in a model.

Runs inside the real Keras (Python 3.6 and newer).
"""

import os

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from layers import make_layer
from oracle import keras, origin


def record(oracle: object, cases: str, out: str) -> list:
    """Record every case of this era; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "seeds.py"), oracle.era)
    if not wanted:
        return []
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "seeds", "seeds")
    write_recording(target, answers, origin(oracle, "seeds"))
    return failures


def record_case(oracle: object, case: dict) -> tuple:
    """Return the case with the number drawn behind the model; there are no arrays."""
    oracle.renew()
    np.random.seed(0)
    inputs = keras.layers.Input(shape=tuple(case["inputs"][1:]))
    layer = make_layer(case["class_name"], case["arguments"], name="tested")
    keras.models.Model(inputs, layer(inputs))
    return dict(case, next=int(np.random.randint(10**6))), {}
