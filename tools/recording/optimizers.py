"""Record optimizers: the loss of each of ten batches or more and the weights they lead to.

Runs inside the real Keras (Python 3.6 and newer).
"""

import os

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from draws import draw_weights, stream
from layers import add, weight_name
from oracle import keras, origin

STEPS, ROWS, WIDTH, TARGETS = 10, 3, 4, 2


def record(oracle: object, cases: str, out: str) -> list:
    """Record every optimizer case of this era; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "optimizers.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "optimizers", "optimizers")
    write_recording(target, answers, origin(oracle, "optimizers"))
    return failures


def record_case(oracle: object, case: dict) -> tuple:
    """Run a case as often as this Keras needs; return its row and the distinct runs."""
    random = stream("optimizers", "batches")
    steps = case.get("steps", STEPS)
    batches = random.normal(size=(steps, ROWS, WIDTH)).astype(np.float32)
    targets = random.normal(size=(steps, ROWS, TARGETS)).astype(np.float32)
    runs = {}
    for turn in range(oracle.repeats):
        oracle.renew(turn)
        start, config, losses, weights = run(case, batches, targets)
        runs[b"".join(array.tobytes() for array in [losses, *weights])] = losses, weights
    arrays = {"batches": batches, "targets": targets}
    add(arrays, "weight", start)
    for place, key in enumerate(sorted(runs)):
        arrays[f"run_{place}_losses"] = runs[key][0]
        add(arrays, f"run_{place}_weight", runs[key][1])
    return dict(case, runs=len(runs), config=config), arrays


def run(case: dict, batches: np.ndarray, targets: np.ndarray) -> tuple:
    """Train the tiny model afresh; return its first weights, config, losses, last weights."""
    model = build(case)
    start = model.get_weights()
    optimizer = make_optimizer(case)
    model.compile(optimizer, "mse")
    losses = [model.train_on_batch(batch, target) for batch, target in zip(batches, targets)]
    return start, optimizer.get_config(), np.array(losses, np.float32), model.get_weights()


def build(case: dict) -> object:
    """Return the tiny model with its drawn weights, the same for every case."""
    model = keras.models.Sequential(
        [
            keras.layers.Dense(3, activation="tanh", input_shape=(WIDTH,), **case.get("layer", {})),
            keras.layers.Dense(TARGETS),
        ]
    )
    names = [weight_name(weight) for weight in model.weights]
    shapes = [value.shape for value in model.get_weights()]
    model.set_weights(draw_weights({"name": "optimizers"}, names, shapes))
    return model


def make_optimizer(case: dict) -> object:
    """Return the optimizer of a case; ``legacy.`` names live in a module of that name."""
    home = keras.optimizers
    for word in case["class_name"].split("."):
        home = getattr(home, word)
    return home(**case["arguments"])
