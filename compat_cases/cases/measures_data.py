"""What the rows of ``measures.py`` are measured on, and how: the same in the real Keras and kshim.

Runs on Python 3.6 and newer, with numpy alone.
"""

import zlib

import numpy as np

SAMPLES, STEPS, BATCH = 8, 4, 3


def measure(keras, era, row):
    """Return what a row comes to: names and values, of a whole evaluation or of each batch."""
    targets, guesses = drawn(row["data"])
    weight = None
    if row.get("weighted"):
        weight = stream("weights").uniform(0.5, 2.0, size=SAMPLES).astype(np.float32)
    if row.get("form") == "values":
        return measure_values(keras, row, targets, guesses, weight)
    if row.get("masked"):
        guesses = guesses.copy()
        guesses[1, 2:] = guesses[4, :1] = guesses[6, 1] = 0.0
    model = built(keras, era, row, guesses.shape[1:])
    words = {"batch_size": BATCH, "sample_weight": weight, "verbose": 0}
    if era == "3":  # whose lists hold values of one name twice
        told = model.evaluate(guesses, targets, return_dict=True, **words)
        return {"names": sorted(told), "values": [np.asarray(told[name]) for name in sorted(told)]}
    found = model.evaluate(guesses, targets, **words)
    found = found if isinstance(found, (list, tuple)) else [found]
    return {"names": list(model.metrics_names), "values": [np.asarray(one) for one in found]}


def built(keras, era, row, shape):
    """Return a compiled model that gives back what it is fed."""
    layers = keras.layers
    first = [layers.Masking(input_shape=shape)] if row.get("masked") else []
    more = {} if first else {"input_shape": shape}
    model = keras.models.Sequential([*first, layers.Activation("linear", **more)])
    words = {"metrics": [made(keras, row["called"])]}
    if row.get("weighted"):
        words["weighted_metrics"] = [made(keras, row["called"])]
    model.compile("sgd", LOSSES.get(row["data"].split("_steps")[0], "mse"), **words)
    return model


def made(keras, called):
    """Return what compile is told: a name, or an object made anew."""
    if isinstance(called, str):
        return called
    arguments = dict(called["arguments"])
    if "fn" in arguments:
        arguments["fn"] = getattr(keras.metrics, arguments["fn"])
    return getattr(keras.metrics, called["class_name"])(**arguments)


def measure_values(keras, row, targets, guesses, weight):
    """Return the results of a metric of plain values behind each batch."""
    metric, results = made(keras, row["called"]), []
    pairs = "fn" in row["called"]["arguments"]
    size = 4 if row["called"]["class_name"] == "MeanTensor" else BATCH
    for first in range(0, SAMPLES, size):
        part = slice(first, first + size)
        words = {} if weight is None else {"sample_weight": weight[part]}
        given = (targets[part], guesses[part]) if pairs else (guesses[part],)
        results.append(RUN(metric, *given, **words))
    return {"names": ["result"], "values": results}


def RUN(metric, *given, **words):
    """Update a metric by one batch and return its result; a real Keras may need another way."""
    metric.update_state(*given, **words)
    return np.asarray(metric.result()).copy()


def stream(*said):
    """Return the random stream that belongs to these words."""
    return np.random.RandomState(zlib.crc32("/".join(("measures",) + said).encode()))


def drawn(data):
    """Return the targets and the guesses of a kind of data."""
    kind = data.split("_steps")[0]
    size = (SAMPLES, STEPS) if data.endswith("_steps") else (SAMPLES,)
    return DATA[kind](stream(data), size)


def one_hot(random, size, count):
    """Return rows of noughts with a single one."""
    return np.eye(count, dtype=np.float32)[random.randint(0, count, size=size)]


def shared_out(random, size, count):
    """Return positive numbers that sum to one."""
    values = random.uniform(0.05, 1.0, size=size + (count,))
    return (values / values.sum(-1, keepdims=True)).astype(np.float32)


def floats(values):
    """Return values in single precision."""
    return np.asarray(values, np.float32)


DATA = {
    "numbers": lambda r, size: tuple(floats(r.normal(size=size + (2,))) for _ in range(2)),
    "values": lambda r, size: tuple(floats(r.normal(size=size + (2,))) for _ in range(2)),
    "triples": lambda r, size: tuple(floats(r.normal(size=size + (3,))) for _ in range(2)),
    "counts": lambda r, size: (
        floats(r.randint(1, 5, size=size + (2,))),
        floats(r.uniform(0.5, 5, size=size + (2,))),
    ),
    "signs": lambda r, size: (
        floats(r.randint(0, 2, size=size + (2,)) * 2 - 1),
        floats(r.normal(size=size + (2,))),
    ),
    "binary": lambda r, size: (
        floats(r.randint(0, 2, size=size + (2,))),
        floats(r.uniform(0.02, 0.98, size=size + (2,))),
    ),
    "whole": lambda r, size: (
        floats(r.randint(0, 3, size=size + (2,))),
        floats(r.randint(0, 3, size=size + (2,))),
    ),
    "shares": lambda r, size: (one_hot(r, size, 3), shared_out(r, size, 3)),
    "sevenths": lambda r, size: (one_hot(r, size, 7), shared_out(r, size, 7)),
    "classes": lambda r, size: (floats(r.randint(0, 3, size=size + (1,))), shared_out(r, size, 3)),
    "seven_classes": lambda r, size: (
        floats(r.randint(0, 7, size=size + (1,))),
        shared_out(r, size, 7),
    ),
}

LOSSES = {
    "binary": "binary_crossentropy",
    "shares": "categorical_crossentropy",
    "sevenths": "categorical_crossentropy",
    "classes": "sparse_categorical_crossentropy",
    "seven_classes": "sparse_categorical_crossentropy",
}
