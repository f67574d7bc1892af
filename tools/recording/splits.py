"""Records what tf.keras's `split_dataset` makes of arrays and data sets.

Run it with the Python that has that Keras; it imports nothing of kshim:

    cd compat_cases/recorded
    python ../../tools/recording/splits.py tf.keras-2.15.0/preprocessing/splits.json

The tests split the same data by this file with kshim.
"""

import json
import sys

import numpy as np

ROWS = np.arange(22, dtype="float32").reshape(11, 2)
MARKS = np.arange(11) * 10
SIZES = [
    {"left_size": 0.3},
    {"left_size": 4},
    {"right_size": 0.25},
    {"right_size": 3},
    {"left_size": 0.5, "right_size": 0.2},
    {"left_size": 2, "right_size": 3},
    {"left_size": 0.4, "right_size": 5},
    {"left_size": 0.35, "shuffle": True, "seed": 5},
    {"right_size": 6, "shuffle": True, "seed": 9},
]


def kinds(tf):
    """Return data of every kind that can be split, by its name."""
    slices = tf.data.Dataset.from_tensor_slices
    return {
        "array": lambda: ROWS,
        "list": lambda: [ROWS, MARKS],
        "list_of_one": lambda: [ROWS],
        "tuple": lambda: (ROWS, MARKS, ROWS + 1),
        "rows": lambda: slices((ROWS, MARKS)),
        "dict": lambda: slices({"a": ROWS, "b": MARKS}),
        "batched": lambda: slices((ROWS, MARKS)).batch(3),
        "batched_whole": lambda: slices((ROWS, MARKS)).batch(2, drop_remainder=True),
        "batches": lambda: slices((ROWS[:10], MARKS[:10])).batch(2).prefetch(1),
        "mapped": lambda: slices((ROWS, MARKS)).map(lambda x, y: (x * 2, y)),
    }


def cases(tf, split_dataset):
    """Yield (name, what the two sides hold) of every case."""
    for kind, make in kinds(tf).items():
        for number, words in enumerate(SIZES):
            if kind != "batches" or max(words.values()) < 5:  # five batches
                yield f"{kind}_{number}", [told(one) for one in split_dataset(make(), **words)]


def told(made):
    """Return the length of a data set, its elements one after another, and their kinds."""
    elements = list(made.as_numpy_iterator())
    return {
        "length": len(made),
        "kinds": plain(elements[0], lambda part: str(np.asarray(part).dtype)),
        "elements": [plain(one, lambda part: np.asarray(part).tolist()) for one in elements],
    }


def plain(element, say):
    """Return what is said of each part of an element; tuples become {"of": [parts]}."""
    if isinstance(element, tuple):
        return {"of": [plain(part, say) for part in element]}
    if isinstance(element, dict):
        return {name: plain(element[name], say) for name in sorted(element)}
    return say(element)


def main(path):
    """Write the cases of the Keras installed here."""
    import keras
    import tensorflow as tf

    kept = dict(cases(tf, tf.keras.utils.split_dataset))
    with open(path, "w") as file:
        json.dump({"keras_version": keras.__version__, "cases": kept}, file)
        file.write("\n")
    print(len(kept), "cases of Keras", keras.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
