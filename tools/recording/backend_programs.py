"""Records what K's functions that keep state or take functions give, for tests/backend.

Run it with the Python that has a Keras; it imports nothing of kshim:

    cd compat_cases/recorded
    python ../../tools/recording/backend_programs.py keras-1.2.2/backend_programs.json

and likewise for Keras 2.0.8, 2.2.4, 2.3.1 and tf.keras 2.15. The expressions stand in
compat_cases/cases/backend_programs.py; those of GRAPHS are asked where Keras has graphs.
"""

import json
import os
import runpy
import sys

import numpy as np
from tensorflow_names import told

CASES = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../compat_cases/cases/backend_programs.py"
)


def main(path):
    """Write what the Keras installed here gives."""
    import tensorflow as tf

    old = tf.__version__.startswith("1.")
    keras = __import__("keras") if old else tf.keras
    cases, found = runpy.run_path(CASES), {}
    for expression in cases["CASES"] + (cases["GRAPHS"] if old else []):
        names = dict(cases["inputs"](keras.backend), np=np, K=keras.backend)
        try:
            found[expression] = told(eval(expression, names))
        except Exception as error:
            print("NOT RECORDED", expression, type(error).__name__, str(error)[:150])
    version = __import__("keras").__version__
    lines = ",\n".join(json.dumps(key) + ": " + json.dumps(one) for key, one in found.items())
    with open(path, "w") as file:
        file.write('{"keras_version": "' + version + '", "cases": {\n' + lines + "\n}}\n")
    print(len(found), "expressions of Keras", version)


if __name__ == "__main__":
    main(sys.argv[1])
