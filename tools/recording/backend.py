"""Record the backend's functions: results, and gradients by what went in.

Runs inside the real Keras (Python 3.6 and newer).
"""

import inspect
import os

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from draws import stream
from oracle import OLD, K, origin, tf


def record(oracle: object, cases: str, out: str) -> list:
    """Record every backend case of this era; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "backend.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "backend", "backend")
    write_recording(target, answers, origin(oracle, "backend"))
    functions = os.path.join(out, "recorded", oracle.name, "backend_functions.txt")
    with open(functions, "w", newline="\n") as file:
        file.write("".join(line + "\n" for line in public_functions()))
    return failures


def public_functions() -> list:
    """Return a line for each public function of K: its name and its arguments in order."""
    named = ((name, getattr(K, name)) for name in sorted(dir(K)) if not name.startswith("_"))
    return [
        " ".join([name, *words_of(one)])
        for name, one in named
        if callable(one) and not inspect.isclass(one)
    ]


def words_of(function: object) -> list:
    """Return the names of a function's arguments; none of one of Python's own."""
    if inspect.isbuiltin(function):
        return []
    taken = inspect.signature(inspect.unwrap(function)).parameters.values()
    return [one.name for one in taken if one.kind == one.POSITIONAL_OR_KEYWORD]


def record_case(oracle: object, case: dict) -> tuple:
    """Return the row and the arrays of a case; a call this era refuses is marked so."""
    oracle.renew()
    function = getattr(K, case["function"], None)
    inputs = draw_inputs(case)
    try:
        row, arrays = call(function, case, inputs)
    except Exception as error:
        return dict(case, refused=type(error).__name__), named("input", inputs)
    return dict(case, **row), dict(arrays, **named("input", inputs))


def call(function: object, case: dict, inputs: list) -> tuple:
    """Return what a function gives for the drawn arrays: a plain value, or arrays."""
    if OLD:
        tensors = [tf.constant(value) for value in inputs]
        made = run(function, case, tensors)
        if plain(made):
            return {"value": made}, {}
        return record_tensors(made, tensors, lambda total, by: tf.gradients(total, by))
    tensors = [tf.constant(value) for value in inputs]
    with tf.GradientTape() as tape:
        tape.watch([one for one in tensors if one.dtype.is_floating])
        made = run(function, case, tensors)
        if plain(made):
            return {"value": made}, {}
        total = weighted_sum(made)
    return record_tensors(made, tensors, lambda _, by: tape.gradient(total, by), total)


def record_tensors(made: object, tensors: list, derive: object, total: object = None) -> tuple:
    """Return the kinds and arrays of results, and the gradients of their weighted sum."""
    results = list(made) if isinstance(made, (list, tuple)) else [made]
    arrays = [value_of(one) for one in results]
    kinds = [str(array.dtype) for array in arrays]
    found = named("result", arrays)
    total = weighted_sum(made) if total is None else total
    if total is not None:
        floats = [place for place, one in enumerate(tensors) if one.dtype.is_floating]
        for place, grad in zip(floats, derive(total, [tensors[place] for place in floats])):
            if grad is not None:
                found[f"gradient_{place}"] = value_of(tf.convert_to_tensor(grad))
    return {"kinds": kinds}, found


def weighted_sum(made: object) -> object:
    """Return the sum of the first float result times cos(0), cos(1), …, or None."""
    first = made[0] if isinstance(made, (list, tuple)) else made
    if not first.dtype.is_floating:
        return None
    size = int(np.prod([int(one) for one in tf.convert_to_tensor(first).shape]))
    weights = np.cos(np.arange(size)).astype(np.float32)
    return tf.reduce_sum(tf.reshape(first, [-1]) * tf.constant(weights))


def run(function: object, case: dict, tensors: list) -> object:
    """Return what a function gives, tensors standing where the row says arrays."""
    left = iter(tensors)
    arguments = [filled(argument, left) for argument in case["arguments"]]
    keywords = {key: filled(value, left) for key, value in case.get("keywords", {}).items()}
    return function(*arguments, **keywords)


def filled(argument: object, left: object) -> object:
    """Return an argument with the next tensor in place of each drawn array; lists are tuples."""
    if isinstance(argument, dict):
        return next(left)
    if isinstance(argument, list) and any(isinstance(one, dict) for one in argument):
        return [filled(one, left) for one in argument]
    return tuple(filled(one, left) for one in argument) if isinstance(argument, list) else argument


def draw_inputs(case: dict) -> list:
    """Return the drawn arrays of a row, in order."""
    random = stream("backend", case["name"])
    flat = []
    for argument in case["arguments"]:
        flat += argument if isinstance(argument, list) else [argument]
    return [draw(random, one["array"], one["kind"]) for one in flat if isinstance(one, dict)]


def draw(random: np.random.RandomState, shape: list, kind: object) -> np.ndarray:
    """Return one array of a kind (see the cases)."""
    if isinstance(kind, int):
        return random.randint(0, kind, size=shape).astype(np.int32)
    if kind == "zeros":
        return np.zeros(shape, np.float32)
    if kind == "labels":
        return random.randint(0, 2, size=shape).astype(np.float32)
    if kind == "truth":
        return np.asarray(random.uniform(size=shape) < 0.6)
    if kind == "ties":
        return random.randint(-1, 2, size=shape).astype(np.float32)
    if kind == "halves":
        return (random.randint(-5, 6, size=shape) / 2.0).astype(np.float32)
    if kind == "wide":
        return (random.normal(size=shape) * 2.0).astype(np.float32)
    if kind == "positive":
        return random.uniform(0.1, 2.0, size=shape).astype(np.float32)
    values = random.uniform(0.05, 0.95, size=shape)
    if kind == "unit":
        return values.astype(np.float32)
    if kind == "shares":
        return (values / values.sum(-1, keepdims=True)).astype(np.float32)
    return random.normal(size=shape).astype(np.float32)


def value_of(tensor: object) -> np.ndarray:
    """Return the numbers a tensor or variable stands for."""
    return np.asarray(K.eval(tensor)) if OLD else np.asarray(tensor)


def plain(made: object) -> bool:
    """Return whether a result is no tensor but a value of Python."""
    items = made if isinstance(made, (list, tuple)) else [made]
    return all(isinstance(one, (int, float, str, bool)) for one in items)


def named(name: str, arrays: list) -> dict:
    """Return arrays under a numbered name."""
    return {f"{name}_{place}": array for place, array in enumerate(arrays)}
