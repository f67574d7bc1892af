"""Records what TensorFlow gives for the names that Keras scripts touch.

Run it with the Python that has tf.keras 2.15; it imports nothing of kshim:

    cd compat_cases/recorded
    python ../../tools/recording/tensorflow_names.py tf.keras-2.15.0/tensorflow_names.json

The expressions stand in compat_cases/cases/tensorflow_names.py. A name that TensorFlow 2 left to
tf.compat.v1 is asked there.
"""

import json
import os
import runpy
import sys

import numpy as np

CASES = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../compat_cases/cases/tensorflow_names.py"
)


class Both:
    """Find names in a module of TensorFlow 2, or else in the one of TensorFlow 1."""

    def __init__(self, new, old):
        self.new, self.old = new, old

    def __getattr__(self, name):
        new, old = getattr(self.new, name, None), getattr(self.old, name, None)
        if new is None:
            return old
        return Both(new, old) if name == "image" else new


def told(made):
    """Return what JSON can hold of a result: tensors with type and shape, what nests them."""
    if isinstance(made, (list, tuple)):
        return [told(one) for one in made]
    if made is None or isinstance(made, (bool, int, float, str)):
        return {"plain": made}
    array = np.asarray(made.numpy() if hasattr(made, "numpy") else made)
    if array.dtype.kind in "OS":
        return {"type": "text", "values": array.astype(str).tolist()}
    values = [one if np.isfinite(one) else str(one) for one in array.ravel().tolist()]
    if array.dtype.kind == "f":
        values = [one if isinstance(one, str) else float(f"{one:.8g}") for one in values]
    return {"type": str(array.dtype), "shape": list(array.shape), "values": values}


def answers(expressions, names):
    """Yield (expression, what it gives)."""
    for expression in expressions:
        try:
            yield expression, told(eval(expression, dict(names)))
        except Exception as error:
            print("NOT RECORDED", expression, type(error).__name__, str(error)[:200])


def main(path):
    """Write what the TensorFlow installed here gives."""
    import tensorflow as tf

    cases = runpy.run_path(CASES)
    names = dict(cases["inputs"](), np=np, tf=Both(tf, tf.compat.v1), v1=tf.compat.v1)
    found = dict(answers(cases["CASES"], names))
    lines = ",\n".join(json.dumps(key) + ": " + json.dumps(one) for key, one in found.items())
    with open(path, "w", newline="\n") as file:
        file.write('{"tensorflow": "' + tf.__version__ + '", "cases": {\n' + lines + "\n}}\n")
    print(len(found), "expressions of TensorFlow", tf.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
