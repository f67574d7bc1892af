"""Record warped images, fingerprints and fixed augmentations: ``kpy tools/recording/warps.py OUT``.

Writes OUT/<oracle>/warps.json. Runs inside TensorFlow 2; the tests draw the same images.
"""

import json
import os
import sys

import numpy as np
from draws import stream
from oracle import keras, open_oracle, origin, tf

FILLS = ("REFLECT", "WRAP", "CONSTANT", "NEAREST")
INTERPOLATIONS = ("NEAREST", "BILINEAR")
WORDS = [
    ("abcdefghijklmnopqrstuvwxyz0123456789" * 8)[:length]
    for length in (0, 1, 3, 4, 7, 8, 16, 17, 32, 33, 63, 64, 65, 127, 128, 129, 250)
]
MANY = (1 << 62) + 7
AUGMENTATIONS = [
    ("RandomRotation", {"factor": (0.13, 0.13)}),
    ("RandomRotation", {"factor": (-0.3, -0.3), "fill_mode": "wrap", "interpolation": "nearest"}),
    ("RandomZoom", {"height_factor": (0.3, 0.3), "width_factor": (-0.2, -0.2)}),
    ("RandomZoom", {"height_factor": (-0.3, -0.3), "fill_mode": "nearest"}),
    (
        "RandomTranslation",
        {
            "height_factor": (0.3, 0.3),
            "width_factor": (-0.2, -0.2),
            "fill_mode": "constant",
            "fill_value": 0.7,
        },
    ),
    ("RandomBrightness", {"factor": (0.2, 0.2), "value_range": (-1.0, 1.0)}),
]


def images() -> np.ndarray:
    """Return three images of four rows and five columns, of one channel."""
    return stream("warps", "images").normal(size=(3, 4, 5, 1)).astype(np.float32)


def transforms() -> np.ndarray:
    """Return transforms that leave little inside the images: ten times three."""
    moves = stream("warps", "transforms").normal(size=(10, 3, 8))
    moves = moves * [0.4, 0.4, 4, 0.4, 0.4, 4, 0, 0] + [1, 0, 0, 0, 1, 0, 0, 0]
    return moves.astype(np.float32)


def record(out: str) -> None:
    """Write what TensorFlow makes of the images and the words."""
    oracle = open_oracle()
    told = dict(origin(oracle, "warps"), command="kpy tools/recording/warps.py OUT")
    told["warps"] = {
        f"{fill}_{way}": [warped(moves, fill, way) for moves in transforms()]
        for fill in FILLS
        for way in INTERPOLATIONS
    }
    told["augmentations"] = [
        {"class_name": name, "arguments": words, "output": augmented(name, words)}
        for name, words in AUGMENTATIONS
    ]
    told["fingerprints"] = fingerprints()
    with open(os.path.join(out, oracle.name, "warps.json"), "w") as stored:
        json.dump(told, stored, sort_keys=True)
        stored.write("\n")


def warped(moves: np.ndarray, fill: str, way: str) -> list:
    """Return the images seen through transforms."""
    made = tf.raw_ops.ImageProjectiveTransformV3(
        images=images(),
        transforms=moves,
        output_shape=[4, 5],
        fill_value=0.7,
        interpolation=way,
        fill_mode=fill,
    )
    return rounded(made.numpy())


def augmented(name: str, words: dict) -> list:
    """Return what a layer whose limits leave no choice makes of the images in training."""
    return rounded(getattr(keras.layers, name)(**words)(images(), training=True).numpy())


def rounded(values: np.ndarray) -> list:
    """Return the numbers, in as many digits as float32 has."""
    return [float(f"{value:.7g}") for value in values.ravel()]


def fingerprints() -> list:
    """Return for each word the buckets of FarmHash and SipHash, and of its cross with a number."""
    fast = tf.strings.to_hash_bucket_fast(WORDS, MANY).numpy()
    strong = tf.strings.to_hash_bucket_strong(WORDS, MANY, key=[133, -137]).numpy()
    columns = [[word] for word in WORDS], [[-len(word)] for word in WORDS]
    crossed = tf.sparse.to_dense(
        tf.sparse.cross_hashed([tf.constant(column) for column in columns], MANY)
    )
    rows = zip(WORDS, fast, strong, crossed.numpy().ravel())
    return [[word, *(int(number) for number in numbers)] for word, *numbers in rows]


if __name__ == "__main__":
    record(sys.argv[1])
