"""Check that real Kerases read what kshim writes: the same predictions, the same next losses.

    python tools/check_reverse.py write FOLDER
    KERAS_PYTHON tools/check_reverse.py read FOLDER
    python tools/check_reverse.py both KERAS_PYTHON ...

`write` builds every model of compat_cases/cases/models.py with kshim, in two eras, and saves it
with its predictions. `read` runs inside a real Keras (Python 3.6 and newer), loads each file, and
compares. `both` does one after the other, in a folder that is removed afterwards.
"""

import json
import os
import runpy
import subprocess
import sys
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools", "recording"))

from draws import draw_inputs, stream  # noqa: E402

ERAS = ("2.2", "2.15")
TOLERANCE = 1e-5
BATCHES = 3


def main(words):
    """Run one of the three commands; return 0 when everything agrees."""
    command, rest = words[0], words[1:]
    if command == "write":
        return write(rest[0])
    if command == "read":
        return read(rest[0])
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        script = os.path.abspath(__file__)
        return max([subprocess.call([python, script, "read", folder]) for python in rest])


def write(folder):
    """Save every model, built by kshim in each era, with inputs and predictions beside it."""
    sys.path.insert(0, ROOT)
    from kshim import constraints, initializers, layers, models, optimizers, regularizers
    from kshim.core.eras import in_era
    from kshim.core.names import forget_names

    class kshim:  # noqa: N801  (stands for the module keras)
        Input = layers.Input

    for name, module in (("layers", layers), ("models", models), ("optimizers", optimizers),
                         ("initializers", initializers), ("regularizers", regularizers),
                         ("constraints", constraints)):  # fmt: skip
        setattr(kshim, name, module)
    for era in ERAS:
        for case in cases(era):
            with in_era(era):
                forget_names()
                path = os.path.join(folder, f"{case['name']}-{era}")
                save(case, case["build"](kshim), path)
    return 0


def save(case, model, path):
    """Train if the case asks for it, save, and write down what the model says next."""
    inputs = draw_inputs(case)
    model.predict(bare(inputs))
    told = {}
    for turn in range(case.get("train", 0)):
        train(case, model, turn)
    model.save(path + ".h5")
    arrays = {f"input_{place}": value for place, value in enumerate(inputs)}
    for place, value in enumerate(as_list(model.predict(bare(inputs)))):
        arrays[f"output_{place}"] = value
    if "train" in case:
        told["losses"] = [first(train(case, model, case["train"] + n)) for n in range(BATCHES)]
    np.savez(path + ".npz", **arrays)
    with open(path + ".json", "w") as file:
        json.dump(told, file)


def read(folder):
    """Load each file with the real Keras, print what differs; return 1 if something does."""
    keras, era = real_keras()
    wrong = 0
    for name in sorted(it[:-3] for it in os.listdir(folder) if it.endswith(".h5")):
        path = os.path.join(folder, name)
        case = {case["name"]: case for case in cases(None)}[name.rpartition("-")[0]]
        if era not in case.get("eras", ERAS):
            print(f"{name:30}  not for this Keras")
            continue
        try:
            found = differences(case, keras, path)
        except Exception as error:
            print(f"{name:30} cannot be read: {type(error).__name__}: {str(error)[:300]}")
            wrong = 1
            continue
        print(f"{name:30}", *(f" {what} {far:.1e}" for what, far in found))
        wrong = max(wrong, int(not found[0][1] < TOLERANCE))
    return wrong


def differences(case, keras, path):
    """Return how far predictions, and losses when training goes on, are from kshim's."""
    with np.load(path + ".npz") as stored:
        count = len(case["inputs"])
        inputs = [stored[f"input_{place}"] for place in range(count)]
        outputs = [stored[f"output_{place}"] for place in range(len(stored.files) - count)]
    with open(path + ".json") as file:
        told = json.load(file)
    model = keras.models.load_model(path + ".h5")
    given = as_list(model.predict_on_batch(bare(inputs)))
    found = [("predictions", max(np.abs(a - b).max() for a, b in zip(given, outputs)))]
    if "losses" in told:
        start = case["train"]
        losses = [first(train(case, model, start + n)) for n in range(len(told["losses"]))]
        found.append(("losses", np.abs(np.array(losses) - np.array(told["losses"])).max()))
    return found


def real_keras():
    """Return the Keras of this Python (tensorflow.keras from 2.4 on), and which era it is of."""
    try:
        import keras

        if int(keras.__version__.split(".")[1]) < 4:
            return on_one_thread(keras), ERAS[0]
    except ImportError:
        pass
    from tensorflow import keras

    return keras, ERAS[1]


def on_one_thread(keras):
    """Return a Keras on TensorFlow 1 that trains with one thread: with more, its updates race."""
    import tensorflow as tf

    one = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    keras.backend.set_session(tf.Session(config=one))
    return keras


def cases(era):
    """Return the models of an era, or all of them."""
    module = runpy.run_path(os.path.join(ROOT, "compat_cases", "cases", "models.py"))
    return [it for it in module["CASES"] if era is None or era in it.get("eras", module["ERAS"])]


def train(case, model, turn):
    """Return what training on one batch returns."""
    inputs = draw_inputs(case, turn + 1)
    targets = []
    for place, (rows, width) in enumerate(case["targets"]):
        random = stream(case["name"], "target", place, turn)
        sharp = np.eye(width)[random.randint(0, width, size=rows)]
        targets.append(sharp if width > 1 else random.normal(size=(rows, width)))
    return model.train_on_batch(bare(inputs), bare([it.astype("float32") for it in targets]))


def first(value):
    """Return the loss of what train_on_batch returns."""
    return float(value[0] if isinstance(value, (list, tuple)) else value)


def bare(values):
    """Return one array alone, several as a list."""
    return values[0] if len(values) == 1 else values


def as_list(value):
    """Return a list of arrays."""
    return [np.asarray(it) for it in value] if isinstance(value, list) else [np.asarray(value)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
