"""Record small networks under policies of types: their types, predictions and learning.

Runs inside the real Keras (Python 3.6 and newer).
"""

import os
import runpy

from archive import write_recording
from asking import ask, cases_of
from layers import add
from oracle import keras, origin


def record(oracle: object, cases: str, out: str) -> list:
    """Record every case; return a line for each that failed."""
    path = os.path.join(cases, "precision.py")
    run = runpy.run_path(path)["run"]
    answers, failures = ask(cases_of(path, oracle.era), lambda case: record_case(oracle, run, case))
    target = os.path.join(out, "recorded", oracle.name, "precision", "precision")
    write_recording(target, answers, origin(oracle, "precision"))
    return failures


def record_case(oracle: object, run: object, case: dict) -> tuple:
    """Return a case with its types, and its arrays."""
    oracle.renew()
    try:
        told, before, losses, last = run(keras, case)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    arrays = {"output_0": before, "losses": losses}
    add(arrays, "weight", last)
    return dict(case, **told), arrays
