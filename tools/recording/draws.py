"""Draw the inputs, weights and directions of a case: the same in every era, from its name alone.

Runs inside the real Keras (Python 3.6 and newer).
"""

import zlib

import numpy as np


def stream(*words: object) -> np.random.RandomState:
    """Return the random stream that belongs to these words."""
    return np.random.RandomState(zlib.crc32("/".join(str(word) for word in words).encode()))


def draw_inputs(case: dict, turn: int = 0) -> list:
    """Return the input arrays of a case; each turn (batch, stateful call) has its own."""
    if "data" in case:
        dtypes = case.get("input_dtypes") or [None] * len(case["data"])
        return [array_of(values, dtype) for values, dtype in zip(case["data"], dtypes)]
    random = stream(case["name"], "inputs", turn)
    kinds = case.get("kinds") or ["float"] * len(case["inputs"])
    return [
        draw_input(case, random, shape, kind, place)
        for place, (shape, kind) in enumerate(zip(case["inputs"], kinds))
    ]


def array_of(values: list, dtype: object) -> np.ndarray:
    """Return the numbers or words that stand in a case."""
    return np.asarray(values, dtype=None if dtype == "string" else dtype or np.float32)


def draw_input(
    case: dict, random: np.random.RandomState, shape: list, kind: object, place: int
) -> np.ndarray:
    """Return one input: normal floats, or whole numbers below ``kind``; masked steps set."""
    if kind == "float":
        values = (random.normal(size=shape) * case.get("scale", 1.0)).astype(np.float32)
    elif kind == "truth":
        return random.uniform(size=shape) < 0.7
    else:
        values = random.randint(0, kind, size=shape).astype(np.float32)
    values = values.astype(case.get("floatx", "float32"))
    if place in case.get("masked_inputs", [0]):
        for row, steps in enumerate(case.get("masked_steps", [])):
            values[row, steps] = case.get("mask_value", 0.0)
    return values


def draw_weights(case: dict, names: list, shapes: list) -> list:
    """Return one array for each weight, spread about 0.5; variances are positive."""
    random = stream(case["name"], "weights")
    return [draw_weight(random, name, shape) for name, shape in zip(names, shapes)]


def draw_weight(random: np.random.RandomState, name: str, shape: list) -> np.ndarray:
    """Return one weight."""
    if "variance" in name or name.endswith("running_std"):
        return random.uniform(0.5, 1.5, size=shape).astype(np.float32)
    return (random.normal(size=shape) * 0.5).astype(np.float32)


def draw_directions(case: dict, outputs: list) -> list:
    """Return the arrays that the outputs are multiplied with before they are summed."""
    random = stream(case["name"], "directions")
    return [random.normal(size=output.shape).astype(np.float32) for output in outputs]
