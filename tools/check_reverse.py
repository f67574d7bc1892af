"""Check that real Kerases read what kshim writes: the same predictions, the same next losses.

    python tools/check_reverse.py write FOLDER
    KERAS_PYTHON tools/check_reverse.py read FOLDER
    python tools/check_reverse.py both KERAS_PYTHON ...

`write` builds every model of compat_cases/cases/models*.py with kshim, in three eras, and saves it
with its predictions: as HDF5, as an archive, and its weights alone. `read` runs inside a real Keras
(Python 3.6 and newer), loads each file that is meant for it, and compares. `both` does one after
the other, in a folder that is removed afterwards.
"""

import glob
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

ERAS = ("2.2", "2.15", "3")
H5, ARCHIVE, WEIGHTS = ".h5", ".keras", ".weights.h5"
# What each real Keras is to read: the era in which kshim built the model, and the format.
READS = {
    "2.2": [("2.2", H5), ("2.15", H5)],
    "2.15": [("2.2", H5), ("2.15", H5), ("2.15", ARCHIVE), ("3", ARCHIVE), ("2.15", WEIGHTS)],
    "3": [("3", H5), ("3", ARCHIVE), ("2.15", ARCHIVE), ("3", WEIGHTS)],
}
# Where training goes on from the state in the file. Keras 3 itself cannot train on from HDF5, and
# tf.keras takes no optimizer's state that holds a learning rate.
RESUMES = {"2.2": [H5], "2.15": [H5], "3": [ARCHIVE]}
# Models that this Keras and that of the era they were written in compute in other ways.
DIFFERING = ("bilinear", "activations", "conv_lstm")  # corners, and two forms of hard_sigmoid
# Models whose archive only the Keras of its era reads: tf.keras and Keras 3 tell operations, and
# calls with symbols as keywords, in words of their own, the first wants shapes that the second
# refuses, and they count the calls of models inside models from 1 and from 0 (tf.keras looks for a
# missing one for ever).
ONE_ARCHIVE = ("attending", "states", "nested", "shared_model", "trained_nested", "operators")
# What the real Keras cannot read, its own file of that model neither: Keras 3 finds no metrics of
# several outputs in HDF5.
UNREADABLE = ("trained_outputs-3.h5",)
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
    from kshim import (
        constraints,
        initializers,
        layers,
        losses,
        metrics,
        models,
        optimizers,
        regularizers,
    )
    from kshim.core.eras import in_era
    from kshim.core.names import forget_names

    class kshim:  # noqa: N801  (stands for the module keras)
        Input = layers.Input

    for name, module in (("layers", layers), ("models", models), ("optimizers", optimizers),
                         ("initializers", initializers), ("regularizers", regularizers),
                         ("constraints", constraints), ("losses", losses),
                         ("metrics", metrics)):  # fmt: skip
        setattr(kshim, name, module)
    for era in ERAS:
        for case in [it for it in cases(era) if it.get("reverse", True)]:
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
    model.save(path + H5)
    if model.era != ERAS[0]:
        model.save(path + ARCHIVE)
        model.save_weights(path + WEIGHTS)
    model.reset_states()
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
    known = {case["name"]: case for it in ERAS for case in cases(it)}
    wrong = 0
    for name in sorted(it[:-4] for it in os.listdir(folder) if it.endswith(".npz")):
        title, _, written = name.rpartition("-")
        for ending in [it for wanted, it in READS[era] if wanted == written]:
            case = known[title]
            other = DIFFERING + (ONE_ARCHIVE if ending == ARCHIVE else ())
            fitting = era in case["eras"] and (written == era or title not in other)
            if fitting and name + ending not in UNREADABLE:
                fresh_session(keras, era)
                wrong = max(wrong, compare(case, keras, os.path.join(folder, name), ending, era))
    return wrong


def compare(case, keras, path, ending, era):
    """Print how far a real Keras is from kshim for one file; return 1 if that is too far."""
    name = os.path.basename(path) + ending
    try:
        found = differences(case, keras, path, ending, ending in RESUMES[era])
    except Exception as error:
        reason = " ".join(str(error).split())
        print(f"{name:36} cannot be read: {type(error).__name__}: {reason[-260:]}")
        return 1
    print(f"{name:36}", *(f" {what} {far:.1e}" for what, far in found))
    return int(not all(far < TOLERANCE or what != "predictions" for what, far in found))


def differences(case, keras, path, ending, resumes):
    """Return how far predictions, and losses when training goes on, are from kshim's."""
    with np.load(path + ".npz") as stored:
        count = len(case["inputs"])
        inputs = [stored[f"input_{place}"] for place in range(count)]
        outputs = [stored[f"output_{place}"] for place in range(len(stored.files) - count)]
    with open(path + ".json") as file:
        told = json.load(file)
    model = loaded(case, keras, path + ending, inputs)
    given = as_list(model.predict_on_batch(bare(inputs)))
    found = [("predictions", max(apart(a, b) for a, b in zip(given, outputs)))]
    if "losses" in told and resumes:
        start = case["train"]
        losses = [first(train(case, model, start + n)) for n in range(len(told["losses"]))]
        found.append(("losses", np.abs(np.array(losses) - np.array(told["losses"])).max()))
    return found


def apart(mine, theirs):
    """Return the largest difference, absolute below 1 and relative above."""
    return (np.abs(mine - theirs) / np.maximum(1.0, np.abs(theirs))).max()


def loaded(case, keras, path, inputs):
    """Return the model in a file, or the case's own model with the weights in it."""
    if not path.endswith(WEIGHTS):
        return keras.models.load_model(path)
    model = case["build"](keras)
    model.predict_on_batch(bare(inputs))
    model.load_weights(path)
    for layer in model.layers:  # the first call left its states in those that keep them
        if getattr(layer, "stateful", False):
            (getattr(layer, "reset_state", None) or layer.reset_states)()
    return model


def real_keras():
    """Return the Keras of this Python (tensorflow.keras from 2.4 on), and which era it is of."""
    import keras

    first, second = (int(part) for part in keras.__version__.split(".")[:2])
    if first == 3:
        return keras, "3"
    if second < 4:
        return on_one_thread(keras), "2.2"
    from tensorflow import keras

    return keras, "2.15"


def fresh_session(keras, era):
    """Forget the models before: on TensorFlow 1 a graph grows slower with every one."""
    keras.backend.clear_session()
    if era == "2.2":
        on_one_thread(keras)


def on_one_thread(keras):
    """Return a Keras on TensorFlow 1 that trains with one thread: with more, its updates race."""
    import tensorflow as tf

    one = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    keras.backend.set_session(tf.Session(config=one))
    return keras


def cases(era):
    """Return the models of an era."""
    tables = sorted(glob.glob(os.path.join(ROOT, "compat_cases", "cases", "models*.py")))
    modules = [runpy.run_path(table) for table in tables]
    every = [{"eras": module["ERAS"], **it} for module in modules for it in module["CASES"]]
    return [it for it in every if era in it["eras"]]


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
