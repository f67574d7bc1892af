"""Record what a Keras refuses to make.

Runs inside the real Keras (Python 3.6 and newer).
"""

import os

from archive import write_recording
from asking import ask, cases_of
from layers import make_layer
from oracle import keras, origin


def record(oracle: object, cases: str, out: str) -> list:
    """Record every case of this era; no case fails, as a failure is what is asked for."""
    wanted = cases_of(os.path.join(cases, "refusals.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "refusals", "refusals")
    write_recording(target, answers, origin(oracle, "refusals"))
    return failures


def record_case(oracle: object, case: dict) -> tuple:
    """Return the case with the kind of error it came to, or None; there are no arrays."""
    oracle.renew()
    return dict(case, refused=refusal(case)), {}


def refusal(case: dict) -> object:
    """Return the name of the error that making and calling a layer comes to, or None."""
    try:
        inputs = keras.layers.Input(shape=tuple(case["inputs"]))
        arguments = case["arguments"]
        if "from_config" in case:
            layer = getattr(keras.layers, case["class_name"]).from_config(arguments)
        else:
            layer = make_layer(case["class_name"], arguments)
        made = layer(inputs)
        if "attribute" in case:
            getattr(keras.models.Sequential([layer]), case["attribute"])
        keras.models.Model(inputs, made)
    except Exception as error:
        return type(error).__name__
    return None
