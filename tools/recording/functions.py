"""Record activations, regularizers and constraints: their values and gradients.

Runs inside the real Keras (Python 3.6 and newer).
"""

import inspect
import os

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from draws import stream
from oracle import OLD, K, keras, origin, tf


class Unknown(Exception):
    """Say that this Keras has no such name, or not with these arguments."""


def record(oracle: object, cases: str, out: str) -> list:
    """Record every function this Keras knows; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "functions.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "functions", "functions")
    write_recording(target, answers, origin(oracle, "functions"))
    return [failure for failure in failures if Unknown.__name__ not in failure]


def record_case(oracle: object, case: dict) -> tuple:
    """Return the case and its arrays: given, value, and the gradient of sum(value * cos(n))."""
    oracle.renew()
    given = stream("functions", case["shape"]).normal(size=case["shape"]).astype(np.float32) * 2
    function = find(case)
    if case["owner"] == "constraints":
        return case, {"given": given, "value": evaluated(function(variable(given)))}
    value, gradient = derive(function, given)
    return case, {"given": given, "value": value, "gradient": gradient}


def find(case: dict) -> object:
    """Return the function a case names, its arguments taken in."""
    home, arguments = getattr(keras, case["owner"]), dict(case["arguments"])
    try:
        found = home.get(case["called"]) if not arguments else getattr(home, case["called"])
    except Exception as error:
        raise Unknown(str(error)) from None
    if not callable(found):
        raise Unknown(case["called"])
    if not arguments:
        return found
    taken = inspect.signature(found).parameters
    if not set(arguments) <= set(taken):
        raise Unknown(case["called"])
    if case["owner"] == "activations":
        return lambda values: found(values, **arguments)
    return found(**arguments)


def derive(function: object, given: np.ndarray) -> tuple:
    """Return what a function gives, and the gradient of sum(value * cos(0, 1, 2, ...))."""
    if tf is None:
        import torch

        leaf = torch.tensor(given).requires_grad_()
        value = function(leaf)
        total = (value * torch.tensor(waves(value.shape))).sum() + 0 * leaf.sum()
        (gradient,) = torch.autograd.grad(total, leaf)
        return value.detach().numpy(), gradient.numpy()
    if OLD:
        leaf = K.variable(given)
        value = function(leaf)
        total = K.sum(value * waves(K.eval(value).shape))
        return K.eval(value), K.eval(tf.gradients(total, leaf)[0])
    leaf = tf.constant(given)
    with tf.GradientTape() as tape:
        tape.watch(leaf)
        value = function(leaf)
        total = tf.reduce_sum(value * waves(value.shape))
    return value.numpy(), tf.convert_to_tensor(tape.gradient(total, leaf)).numpy()


def variable(given: np.ndarray) -> object:
    """Return numbers as the weight that a constraint changes."""
    return keras.ops.convert_to_tensor(given) if tf is None else K.variable(given)


def waves(shape: tuple) -> np.ndarray:
    """Return cos(0, 1, 2, ...) in a shape."""
    shape = tuple(int(size) for size in shape)
    return np.cos(np.arange(int(np.prod(shape)))).reshape(shape).astype(np.float32)


def evaluated(tensor: object) -> np.ndarray:
    """Return the numbers of a tensor, or of an array."""
    if isinstance(tensor, np.ndarray):
        return tensor
    if OLD:
        return K.eval(tensor)
    return tensor.detach().numpy() if tf is None else np.asarray(tensor)
