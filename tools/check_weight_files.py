"""Check files of weights in the official naming: kshim reads those of real Kerases, these kshim's.

    python tools/check_weight_files.py both KERAS_PYTHON ...
    python tools/check_weight_files.py write FOLDER ERA        kshim writes, as the Keras of an era
    KERAS_PYTHON tools/check_weight_files.py write FOLDER      a real Keras writes
    ... read FOLDER [ERA]                                      either reads what the other wrote

Some architectures are made small, with their top and without, and filled by the formula of
compat_cases/cases/applications.py. Each file is read in order, by name under a top of one's own,
and by name into a top of other classes: refused, or left as it was with skip_mismatch. A row tells
whether all weights are those of the formula, and how far the outputs are from the writer's, in
parts of the largest number. `both` goes both ways, in a folder that is removed afterwards.
Keras 3, which writes no such files any more, reads those of tf.keras 2.15. Runs on Python 3.6 and
newer.
"""

import importlib
import os
import runpy
import subprocess
import sys
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FORMULA = runpy.run_path(os.path.join(ROOT, "compat_cases", "cases", "applications.py"))
KERNELS = "_weights_tf_dim_ordering_tf_kernels"
# The rows that are written, by the names of their files with the top and without, and the eras
# whose files these are.
FILES = {
    "ResNet50": ("resnet50" + KERNELS, "_notop", ("1.2", "2.0", "2.2", "2.3", "2.15")),
    "MobileNet": ("mobilenet_1_0_224_tf", "_no_top", ("2.0", "2.2", "2.3", "2.15")),
    "MobileNetV2-thin": (
        "mobilenet_v2" + KERNELS + "_0.35_224", "_no_top", ("2.2", "2.3", "2.15"),
    ),
    "MobileNetV3Small": ("weights_mobilenet_v3_small_224_1.0_float", "_no_top_v2", ("2.15",)),
    "EfficientNetB0": ("efficientnetb0", "_notop", ("2.15",)),
}  # fmt: skip
WRITTEN_IN = {"3": "2.15"}  # the era of the files that are read in an era
TAKES_PATHS = ("2.2", "2.3", "2.15", "3")  # as weights=
SKIPS = ("2.2", "2.3", "2.15", "3")  # with skip_mismatch=True
TOLERANCE = 1e-4
OTHER_CLASSES = 7


def main(words):
    """Run one of the three commands; return 0 when everything agrees."""
    command, rest = words[0], words[1:]
    if command == "both":
        return max([both(python) for python in rest])
    keras = Kshim(rest[1]) if len(rest) > 1 else RealKeras()
    return {"write": write, "read": read}[command](keras, rest[0])


def both(python):
    """Let a real Keras and kshim read each other's files; return 0 when everything agrees."""
    script = os.path.abspath(__file__)
    with tempfile.TemporaryDirectory() as theirs, tempfile.TemporaryDirectory() as mine:
        print(python)
        era = subprocess.check_output([python, script, "write", theirs]).decode().split()[-1]
        if era in WRITTEN_IN:
            mine_alone = subprocess.call([sys.executable, script, "write", mine, WRITTEN_IN[era]])
            return mine_alone or subprocess.call([python, script, "read", mine])
        return max(
            subprocess.call([sys.executable, script, "read", theirs, era]),
            subprocess.call([sys.executable, script, "write", mine, era]),
            subprocess.call([python, script, "read", mine]),
        )


class Kshim:
    """Make models as kshim does in an era."""

    name = "kshim"

    def __init__(self, era):
        """Hold the era, and put it in force."""
        sys.path.insert(0, ROOT)
        import kshim
        from kshim import layers, models

        kshim.era(era)
        self.era, self.layers, self.models = era, layers, models

    def make(self, case, **words):
        """Return the model of a row, for a call of these words."""
        from kshim.core.names import forget_names

        forget_names()
        module = importlib.import_module("kshim.applications." + case["module"])
        return getattr(module, case["function"])(**words)

    def shape(self, weight):
        """Return the shape of a weight."""
        return tuple(weight.shape)


class RealKeras:
    """Make models as the Keras of this Python does."""

    name = "keras"

    def __init__(self):
        """Open this Keras as the recorder does."""
        sys.path.insert(0, os.path.join(ROOT, "tools", "recording"))
        from applications import function_of
        from oracle import keras, open_oracle

        self._oracle, self._function_of = open_oracle(), function_of
        self.era, self.layers, self.models = self._oracle.era, keras.layers, keras.models
        self.shape = self._oracle.shape

    def make(self, case, **words):
        """Return the model of a row, for a call of these words."""
        self._oracle.renew()
        return self._function_of(case)(**words)


def cases(era):
    """Yield each row that has files in an era, with the names of both."""
    rows = {row["name"]: row for row in FORMULA["CASES"]}
    for name, (stem, ending, eras) in FILES.items():
        if WRITTEN_IN.get(era, era) in eras:
            yield rows[name], {True: stem + ".h5", False: stem + ending + ".h5"}


def write(keras, folder):
    """Write all files of an era, with the outputs beside each; print the era last."""
    for case, names in () if keras.era in WRITTEN_IN else cases(keras.era):
        for top, name in names.items():
            model = keras.make(case, **words_of(case, keras.era, top))
            for layer, values in FORMULA["filling"](model.layers, case, keras.shape):
                if values:
                    layer.set_weights(values)
            model.save_weights(os.path.join(folder, name))
            # Read again: what else is kept in a layer than its weights follows them then.
            model.load_weights(os.path.join(folder, name))
            images = images_for(keras, model, case)
            np.save(os.path.join(folder, name + ".npy"), model.predict(images))
    print(keras.era)
    return 0


def read(keras, folder):
    """Read all files in all ways, print a row for each; return 1 if something is not as written."""
    wrong = 0
    for case, names in cases(keras.era):
        for top, name in names.items():
            path = os.path.join(folder, name)
            for told, way in ((False, read_in_order), (True, read_by_name)):
                if top or not told:
                    cells = way(keras, case, top, path)
                    wrong += report(keras, name, way.__name__, cells)
    return min(wrong, 1)


def read_in_order(keras, case, top, path):
    """Return what came of a file read into its own model."""
    words = words_of(case, keras.era, top)
    if keras.era in TAKES_PATHS:
        model = keras.make(case, **dict(words, weights=path))
    else:
        model = keras.make(case, **words)
        model.load_weights(path)
    output = model.predict(images_for(keras, model, case))
    wanted = np.load(path + ".npy")
    far = np.abs(output - wanted).max() / np.abs(wanted).max()
    return {"weights": held(keras, case, model.layers), "outputs": far}


def read_by_name(keras, case, top, path):
    """Return what came of a file with the top read by name under other tops."""
    base = keras.make(case, **words_of(case, keras.era, False))
    pooled = keras.layers.GlobalAveragePooling2D()(base.output)
    model = keras.models.Model(base.input, keras.layers.Dense(3, name="mine")(pooled))
    before = model.get_layer("mine").get_weights()
    model.load_weights(path, by_name=True)
    told = {"weights": held(keras, case, base.layers)}
    told["own top"] = all(map(np.array_equal, before, model.get_layer("mine").get_weights()))
    if keras.era not in ("1.2", "2.0"):
        told.update(read_other_classes(keras, case, top, path))
    return told


def read_other_classes(keras, case, top, path):
    """Return whether a top of other classes is refused, and left alone where this is asked for."""
    words = dict(words_of(case, keras.era, top), classes=OTHER_CLASSES)
    told = {"other classes refused": False}
    try:
        keras.make(case, **words).load_weights(path, by_name=True)
    except ValueError:
        told["other classes refused"] = True
    if keras.era in SKIPS:
        model = keras.make(case, **words)
        last = [layer for layer in model.layers if layer.weights][-1]
        before = last.get_weights()
        model.load_weights(path, by_name=True, skip_mismatch=True)
        rest = [layer for layer in model.layers if layer is not last]
        told["the rest"] = held(keras, case, rest)
        told["skipped"] = all(map(np.array_equal, before, last.get_weights()))
    return told


def held(keras, case, layers):
    """Return whether layers hold the values of the formula, whole numbers cut off."""
    return all(
        all(np.array_equal(it, value.astype(it.dtype)) for it, value in zip(own, values))
        for layer, values in FORMULA["filling"](layers, case, keras.shape)
        for own in [layer.get_weights()]
    )


def report(keras, name, way, cells):
    """Print a row; return whether something in it is not as it must be."""
    told = ", ".join(
        what + (" " + ("yes" if it else "NO") if isinstance(it, bool) else f" {it:.1e}")
        for what, it in cells.items()
    )
    print(f"| {keras.name} {keras.era} | {name} | {way.replace('_', ' ')} | {told} |")
    sys.stdout.flush()
    return not all(it if isinstance(it, bool) else it < TOLERANCE for it in cells.values())


def words_of(case, era, top):
    """Return the words of a call for small images."""
    return FORMULA["words_of"](case, era, top, True)


def images_for(keras, model, case):
    """Return the images that the outputs are of."""
    return FORMULA["images_for"](tuple(keras.shape(model.inputs[0]))[1:], case["pixels"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
