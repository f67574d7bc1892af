"""Records what a real Keras makes of pictures that a pandas frame names, for tests/preprocessing.

Run it with the Python that has that Keras and pandas (1.1.5 beside Keras 2.2.4, 1.3.5 beside
2.3.1, 3.0.6 beside tf.keras 2.15); it imports nothing of kshim:

    cd compat_cases/recorded
    python ../../tools/recording/dataframes.py keras-2.2.4/preprocessing/dataframes.npz
    python ../../tools/recording/dataframes.py keras-2.3.1/preprocessing/dataframes.npz
    python ../../tools/recording/dataframes.py tf.keras-2.15.0/preprocessing/dataframes.npz

and, for words that keras_preprocessing 1.1 no longer listens to, with an older one in front of
Keras 2.2.4's own (`pip install --no-deps --target OLD keras_preprocessing==1.0.5`, then 1.0.9):

    PYTHONPATH=OLD python ../../tools/recording/dataframes.py keras-2.2.4/preprocessing/dataframes_old_1.0.5.npz
    PYTHONPATH=OLD python ../../tools/recording/dataframes.py keras-2.2.4/preprocessing/dataframes_old_1.0.9.npz

The tests make the same pictures and frame by this file and call kshim with the same arguments.
"""  # noqa: E501

import contextlib
import io
import json
import os
import sys
import tempfile
import warnings

import numpy as np
from folders import png

NAMES = ["b.png", "a.png", "sub/e.png", "gone.png", "d.png", "c.png", "note.txt", "a.png"]

# What a flow is asked, by the name of its case.
CASES = {
    "categorical": {"seed": 1},
    "in_order": {"shuffle": False},
    "several_classes": {"y_col": "tags", "shuffle": False},
    "several_of_given": {"y_col": "tags", "classes": ["wet", "old"], "shuffle": False},
    "given_classes": {"classes": ["dog", "cat"], "shuffle": False},
    "binary": {"classes": ["dog", "cat"], "class_mode": "binary", "seed": 2},
    "sparse": {"class_mode": "sparse", "seed": 3, "color_mode": "grayscale"},
    "input": {"class_mode": "input", "seed": 4, "color_mode": "rgba"},
    "none": {"class_mode": None, "seed": 5, "target_size": (4, 3), "interpolation": "bilinear"},
    "raw": {"class_mode": "raw", "y_col": "size", "seed": 6},
    "raw_columns": {"class_mode": "raw", "y_col": ["size", "age"], "shuffle": False},
    "other": {"class_mode": "other", "y_col": ["age", "size"], "shuffle": False},
    "multi_output": {"class_mode": "multi_output", "y_col": ["size", "age"], "seed": 7},
    "weighted": {"weight_col": "weight", "seed": 8},
    "training": {"subset": "training", "seed": 9},
    "validation": {"subset": "validation", "seed": 9, "weight_col": "weight"},
    "duplicates": {"drop_duplicates": True, "has_ext": True, "sort": True, "shuffle": False},
    "not_validated": {"validate_filenames": False, "class_mode": None},
}
# Keras 2.3.1 refuses words of older versions; Keras 2.2.4 and tf.keras 2.15 warn.
REFUSED = {"2.3.1": {"other", "duplicates"}}
# What only older versions of keras_preprocessing listen to.
OLD_CASES = {
    "1.0.5": {
        "without_endings": {"x_col": "stem", "has_ext": False, "seed": 10},
        "with_endings": {"has_ext": True, "class_mode": "binary", "shuffle": False},
        "other_without": {
            "x_col": "stem", "has_ext": False, "class_mode": "other", "y_col": "size", "seed": 11,
        },
    },
    "1.0.9": {
        "dropped": {"drop_duplicates": True, "seed": 12},
        "dropped_other": {
            "drop_duplicates": True, "class_mode": "other", "y_col": ["size", "age"],
            "shuffle": False,
        },
    },
}  # fmt: skip


def pictures(where):
    """Write the pictures into a folder: of 5 rows and 4 columns, and one note."""
    drawn = np.random.RandomState(21)
    for name in ("a.png", "b.png", "c.png", "d.png", "sub/e.png"):
        png(os.path.join(where, name), drawn.randint(0, 256, (5, 4, 3)).astype("uint8"))
    with open(os.path.join(where, "note.txt"), "w") as file:
        file.write("no picture")


def frame():
    """Return the frame: more rows than there are pictures, one picture twice."""
    import pandas

    kept = {
        "filename": NAMES,
        "class": ["dog", "cat", "emu", "cat", "dog", "cat", "dog", "cat"],
        "tags": [["wet"], ["old", "wet"], ("new",), [], ["old"], ["new", "dry"], ["wet"], []],
        "size": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5],
        "age": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0],
        "weight": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
    }
    return pandas.DataFrame(kept, index=range(10, 18))


def old_frame():
    """Return a frame as those versions take it: rows numbered from 0, flat names, two classes."""
    import pandas

    kept = {
        "filename": ["d.png", "b.png", "a.png", "c.png", "b.png"],
        "class": ["cat", "dog", "cat", "dog", "dog"],
        "size": [1.5, 2.5, 3.5, 4.5, 5.5],
        "age": [10.0, 20.0, 30.0, 40.0, 50.0],
    }
    kept["stem"] = [name[:-4] for name in kept["filename"]]
    return pandas.DataFrame(kept)


def cases(make_generator, where, version=""):
    """Yield (name, array) of every case of today's words that this version takes."""
    for name in sorted(set(CASES) - REFUSED.get(version, set())):
        asked = CASES[name]
        for part, value in flowing(make_generator, frame(), where, asked):
            yield name + "_" + part, value


def old_cases(make_generator, where, version):
    """Yield (name, array) of every case that this version of keras_preprocessing listens to."""
    for name, asked in OLD_CASES[version].items():
        for part, value in flowing(make_generator, old_frame(), where, asked):
            yield name + "_" + part, value


def flowing(make_generator, rows, where, asked):
    """Yield what a flow says of itself and its first batches."""
    made = make_generator(
        rotation_range=20, horizontal_flip=True, rescale=0.5, validation_split=0.4
    )
    asked = dict({"target_size": (5, 4), "batch_size": 3}, **asked)
    told = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(told):
        warnings.simplefilter("ignore")
        flow = made.flow_from_dataframe(rows, where, **asked)
    yield "files", np.asarray(json.dumps(flow.filenames))
    if asked.get("class_mode", "categorical") in ("categorical", "binary", "sparse"):
        yield "indices", np.asarray(json.dumps(flow.class_indices, sort_keys=True))
    if asked.get("validate_filenames", True):
        np.random.seed(31)
        for number in range(2):
            for path, array in arrays(next(flow)):
                yield f"batch_{number}{path}", array


def arrays(given, path=""):
    """Yield (path, array) of a batch, however its parts are nested."""
    if isinstance(given, (tuple, list)):
        for place, one in enumerate(given):
            yield from arrays(one, path + "_" + str(place))
    else:
        yield path, np.asarray(given)


def main(path):
    """Write the cases of the Keras installed here."""
    import keras

    generator = keras.preprocessing.image.ImageDataGenerator
    old = os.path.basename(path)[:-4].partition("_old_")[2]
    with tempfile.TemporaryDirectory() as where:
        os.mkdir(os.path.join(where, "sub"))
        pictures(where)
        if old:
            kept = dict(old_cases(generator, where, old))
        else:
            kept = dict(cases(generator, where, keras.__version__))
    kept["keras_version"] = np.asarray(keras.__version__)
    np.savez_compressed(path, **kept)
    print(len(kept), "cases of Keras", keras.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
