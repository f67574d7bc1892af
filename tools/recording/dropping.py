"""Record what random layers leave of ones in training: each outcome and its share.

Runs inside the real Keras (Python 3.6 and newer).
"""

import os
import random

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from layers import make_layer
from oracle import keras, origin

SEED, MANY = 1234, 40


def record(oracle: object, cases: str, out: str) -> list:
    """Record every case of this era; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "dropping.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "dropping", "dropping")
    write_recording(target, answers, origin(oracle, "dropping"))
    return failures


def record_case(oracle: object, case: dict) -> tuple:
    """Return the case with what its outputs come to; there are no arrays."""
    np.random.seed(SEED)
    random.seed(SEED)
    oracle.renew()
    inputs = keras.layers.Input(shape=tuple(case["inputs"][1:]))
    layer = make_layer(case["class_name"], case["arguments"], name="tested")
    model = keras.models.Model(inputs, layer(inputs))
    if "weights" in case:
        shapes = [value.shape for value in layer.get_weights()]
        layer.set_weights([filled(*pair) for pair in zip(shapes, case["weights"])])
    (outputs,), _ = oracle.run(model, [np.ones(case["inputs"], np.float32)], training=True)
    return dict(case, **summary(outputs)), {}


def filled(shape: tuple, blocks: list) -> np.ndarray:
    """Return an array of blocks: so many identities in a kernel, so many constants in a bias."""
    width = shape[-1] // len(blocks)
    shapes = [(*shape[:-1], width)] * len(blocks)
    parts = [
        number * (np.broadcast_to(np.eye(width), one) if len(one) > 1 else np.ones(one))
        for number, one in zip(blocks, shapes)
    ]
    return np.concatenate(parts, axis=-1).astype(np.float32)


def summary(outputs: np.ndarray) -> dict:
    """Return how often each outcome was seen over the places of a channel; of many, moments."""
    columns = np.moveaxis(outputs.reshape(len(outputs), -1, outputs.shape[-1]), 1, -1)
    columns = columns.reshape(-1, columns.shape[-1])
    seen, counts = np.unique(np.round(columns.astype(np.float64), 3), axis=0, return_counts=True)
    if len(seen) > MANY:
        return {
            "count": int(outputs.size),
            "mean": float(outputs.mean()),
            "deviation": float(outputs.std()),
        }
    shares = counts / float(len(columns))
    pairs = [[[float(value) for value in one], float(share)] for one, share in zip(seen, shares)]
    return {"count": len(columns), "shares": pairs}
