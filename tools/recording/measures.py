"""Record every public metric as a compiled model reports it over uneven batches.

Runs inside the real Keras (Python 3.6 and newer).
"""

import inspect
import os
import runpy

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from layers import add
from oracle import OLD, K, keras, origin, tf


def record(oracle: object, cases: str, out: str) -> list:
    """Record every metric of this era; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "measures.py"), oracle.era)
    data = runpy.run_path(os.path.join(cases, "measures_data.py"))
    data["measure"].__globals__["RUN"] = run
    answers, failures = ask(wanted, lambda case: record_case(oracle, data, case))
    target = os.path.join(out, "recorded", oracle.name, "measures", "measures")
    write_recording(target, answers, dict(origin(oracle, "measures"), public=public_names()))
    return failures


def public_names() -> list:
    """Return the names of this Keras's metrics: its classes and its functions of two arguments."""
    held = vars(keras.metrics)
    return sorted(
        name
        for name in held
        if not name.startswith("_") and (is_metric(held[name]) or is_function(held[name]))
    )


def is_metric(thing: object) -> bool:
    """Return whether a thing is a class of metrics."""
    return inspect.isclass(thing) and hasattr(thing, "update_state")


def is_function(thing: object) -> bool:
    """Return whether a thing is a function of targets and predictions."""
    thing = inspect.unwrap(thing) if inspect.isfunction(thing) else thing
    return inspect.isfunction(thing) and list(inspect.signature(thing).parameters)[:2] == [
        "y_true",
        "y_pred",
    ]


def record_case(oracle: object, data: dict, case: dict) -> tuple:
    """Return a case with its names, and its values as arrays; or with the error it met."""
    oracle.renew()
    asked = {key: case[key] for key in case if key != "eras"}
    try:
        found = data["measure"](keras, oracle.era, case)
    except Exception as error:  # what a Keras cannot do is a fact about it
        return dict(asked, refused=type(error).__name__), {}
    arrays = {}
    add(arrays, "value", found["values"])
    return dict(asked, names=found["names"]), arrays


def run(metric: object, *given: object, **words: object) -> np.ndarray:
    """Update a metric by one batch and return its result."""
    if not OLD:
        metric.update_state(*given, **words)
        result = metric.result()
        return np.array(result.detach() if hasattr(result, "detach") else result)
    words = {key: K.constant(value) for key, value in words.items()}
    update = metric.update_state(*[K.constant(value) for value in given], **words)
    session, v1 = K.get_session(), tf.compat.v1
    missing = [it for it in metric.weights if not session.run(v1.is_variable_initialized(it))]
    session.run(v1.variables_initializer(missing))
    session.run(update)
    return session.run(metric.result())
