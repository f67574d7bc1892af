"""Record which layers a real Keras offers: every class of ``keras.layers`` and its other names.

Runs inside the real Keras (Python 3.6 and newer).
"""

import inspect
import json
import os

from oracle import keras, origin


def record(oracle: object, cases: str, out: str) -> list:
    """Write ``recorded/<oracle>/catalogue.json``: each class with all names it goes by."""
    found = {}
    for name in sorted(dir(keras.layers)):
        thing = getattr(keras.layers, name)
        is_layer = inspect.isclass(thing) and issubclass(thing, keras.layers.Layer)
        if is_layer and not name.startswith("_"):
            found.setdefault(thing.__name__, []).append(name)
    path = os.path.join(out, "recorded", oracle.name, "catalogue.json")
    with open(path, "w") as file:
        json.dump(dict(origin(oracle, "catalogue"), layers=found), file, indent=0, sort_keys=True)
        file.write("\n")
    return []
