"""Record what random layers of images make of given chance: ``kpy tools/recording/chance.py OUT``.

Writes OUT/<oracle>/chance.json. Runs inside Keras 3 on torch. What the layers draw evenly is the
next of a row's `shares`, stretched between the limits they ask for; the tests put the same shares
in the place of kshim's own draws.
"""

import json
import os
import sys

import numpy as np
import torch
from draws import stream
from keras.src.backend.torch import random as chance
from oracle import keras, open_oracle, origin

HALF = {"factor": (0.4, 0.6)}
CASES = [
    ("RandomFlip", {}),
    ("RandomFlip", {"mode": "vertical"}),
    ("RandomRotation", {"factor": 0.4, "fill_mode": "wrap"}),
    ("RandomZoom", {"height_factor": 0.4, "width_factor": (-0.3, 0.5)}),
    ("RandomTranslation", {"height_factor": 0.6, "width_factor": 0.9, "fill_mode": "nearest"}),
    ("RandomBrightness", {"factor": 0.4}),
    ("RandomContrast", {"factor": (0.2, 0.8)}),
    ("RandomGrayscale", {}),
    ("RandomColorDegeneration", {"factor": 0.8}),
    ("RandomSaturation", {"factor": (0.1, 0.8)}),
    ("RandomHue", {"factor": 0.7}),
    ("RandomInvert", HALF),
    ("Solarization", {"addition_factor": 0.3, "threshold_factor": (0.2, 0.8)}),
    ("Solarization", {"threshold_factor": 0.9, "value_range": (-100, 300)}),
    (
        "RandomColorJitter",
        {
            "brightness_factor": 0.2,
            "contrast_factor": 0.5,
            "saturation_factor": (0.2, 0.7),
            "hue_factor": 0.5,
        },
    ),
    ("RandomGaussianBlur", dict(HALF, kernel_size=5, sigma=(0.4, 1.0))),
    ("RandomSharpness", {"factor": 0.9}),
    ("RandomErasing", dict(HALF, fill_value=9.0)),
    ("RandomErasing", {"factor": (1.0, 1.0), "scale": (0.3, 0.9), "fill_value": (1.0, 2.0, 3.0)}),
    ("RandomShear", {"x_factor": 0.8, "y_factor": (0.1, 0.5)}),
    ("RandomShear", {"x_factor": (0.2, 0.4), "fill_mode": "wrap", "interpolation": "nearest"}),
    ("RandomShear", {"y_factor": 0.9, "fill_mode": "constant", "fill_value": 50.0}),
    ("RandomPerspective", {"factor": (1.0, 1.0), "scale": 0.7, "fill_value": 30.0}),
    ("RandomPerspective", {"factor": (0.4, 0.6), "interpolation": "nearest"}),
    ("RandomElasticTransform", {"factor": (1.0, 1.0), "scale": (0.8, 1.0)}),
    (
        "RandomElasticTransform",
        {"factor": (1.0, 1.0), "scale": (1.0, 1.0), "fill_mode": "mirror", "value_range": (9, 99)},
    ),
    ("RandomElasticTransform", dict(HALF, fill_mode="wrap", interpolation="nearest")),
    ("CutMix", {"factor": (0.5, 1.0)}),
    ("MixUp", {}),
]


def images(name: str) -> np.ndarray:
    """Return four images of whole numbers; those that ripple are larger."""
    sizes = (2, 26, 24, 1) if name == "RandomElasticTransform" else (4, 6, 5, 3)
    return stream("chance", name, "images").randint(0, 256, size=sizes).astype(np.float32)


def record(out: str) -> None:
    """Write what each layer makes of its images, and the shares it drew."""
    oracle = open_oracle()
    told = dict(origin(oracle, "chance"), command="kpy tools/recording/chance.py OUT")
    told["cases"] = [row(name, words) for name, words in CASES]
    with open(os.path.join(out, oracle.name, "chance.json"), "w") as stored:
        json.dump(told, stored, sort_keys=True)
        stored.write("\n")


def row(name: str, words: dict) -> dict:
    """Return one layer's row."""
    given = images(name)
    told = {"class_name": name, "arguments": words, "images": given.tolist(), "shares": []}
    source = stream("chance", name, "shares", sorted(words.items()))
    chance.uniform = script(source, told["shares"])
    data = {"images": given}
    if name in ("CutMix", "MixUp"):
        kept, order = [0.9, 0.3, 0.5, 0.7], [2, 0, 3, 1]
        chance.beta = lambda *args, **kwargs: torch.tensor(kept)
        chance.shuffle = lambda *args, **kwargs: torch.tensor(order)
        data["labels"] = np.eye(4, dtype=np.float32)
        told.update(kept=kept, order=order)
    if name == "RandomElasticTransform":
        told["noise"] = rounded(noise(given.shape[:3]))
    layer = getattr(keras.layers, name)(**words)
    if "labels" in data:
        made = layer(data, training=True)
        told["labels"] = rounded(made["labels"].numpy())
    else:
        made = {"images": layer(given, training=True)}
    told["output"] = rounded(made["images"].numpy())
    return told


def script(source: np.random.RandomState, shares: list) -> object:
    """Return what stands for even draws: shares out of a stream, which are kept."""

    def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        drawn = source.uniform(size=tuple(shape)).astype(np.float32)
        shares.extend(rounded(drawn))
        return minval + (maxval - minval) * torch.tensor(drawn)

    return uniform


def noise(shape: tuple) -> np.ndarray:
    """Return the noise that an image ripples by; torch's stream begins there once more."""
    torch.manual_seed(5)
    drawn = [torch.normal(0.0, 1.0, size=tuple(shape)).numpy() for _ in range(2)]
    torch.manual_seed(5)
    return np.stack(drawn)


def rounded(values: np.ndarray) -> list:
    """Return the numbers, in as many digits as float32 has."""
    return [float(f"{value:.9g}") for value in np.ravel(values)]


if __name__ == "__main__":
    record(sys.argv[1])
