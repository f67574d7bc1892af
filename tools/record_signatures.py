"""Write down in which order the layers of a real Keras take their arguments.

    ORACLE_PYTHON tools/record_signatures.py FILE

Runs inside the real Keras (Python 3.6 and newer), and adds it to the table in FILE.
"""

import inspect
import json
import os
import sys

try:
    import keras
except ImportError:
    from tensorflow import keras

import keras.layers as layers

try:
    from keras.layers import Layer
except ImportError:
    from keras.engine import Layer


def order(kind: type) -> list:
    """Return the words of the positional arguments of a layer class."""
    # Keras 2 wraps constructors that understand Keras 1's words.
    made = getattr(kind.__init__, "_original_function", kind.__init__)
    words = list(inspect.signature(made).parameters.values())[1:]
    return [word.name for word in words if word.kind == word.POSITIONAL_OR_KEYWORD]


def main(path: str) -> None:
    """Add the orders of this Keras to the table at a path."""
    named = {name: getattr(layers, name) for name in dir(layers)}
    found = {
        name: order(kind)
        for name, kind in sorted(named.items())
        if inspect.isclass(kind) and issubclass(kind, Layer) and kind is not Layer
    }
    table = {}
    if os.path.exists(path):
        with open(path) as file:
            table = json.load(file)
    table[keras.__version__] = found
    with open(path, "w") as file:
        json.dump(table, file, indent=1, sort_keys=True)
        file.write("\n")


main(sys.argv[1])
