"""Initializers: each by its name, over kernels of several ranks with 100,000 numbers or more.

Behind them stand the first values of layers that are told no initializer. A name that an era does
not know is left out of its recording.
"""

ERAS = ("1.2", "2.2", "2.3", "2.15", "3")

SHAPES = {
    "matrix": [250, 400],
    "wide": [100, 1000],
    "steps": [5, 125, 160],
    "image": [3, 4, 60, 140],
    "block": [2, 3, 4, 50, 84],
    "vector": [100000],
}
NAMES = [
    "zero", "zeros", "one", "ones", "constant", "uniform", "random_uniform", "normal",
    "random_normal", "truncated_normal", "orthogonal", "lecun_uniform", "lecun_normal",
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal",
]  # fmt: skip
CLASSES = [
    ("RandomNormal", {"mean": 0.5, "stddev": 0.2}),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}),
    ("TruncatedNormal", {"mean": 0.5, "stddev": 0.2}),
    ("Constant", {"value": 0.3}),
    ("Orthogonal", {"gain": 2.0}),
    *(
        ("VarianceScaling", {"scale": 2.0, "mode": mode, "distribution": distribution})
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("uniform", "normal", "truncated_normal", "untruncated_normal")
    ),
]


def row(called, kind, **arguments):
    """Return one case."""
    told = "_".join(str(value) for _, value in sorted(arguments.items()))
    name = "_".join(part for part in (called, told, kind) if part)
    return {"name": name, "called": called, "arguments": arguments, "shape": SHAPES[kind]}


def first(name, inputs, weight, older, newer):
    """Return the first values of a layer's weight, asked in Keras 1's words and in later ones."""
    asked = [(("1.2",), *older), (ERAS[1:], *newer)]
    return [
        {
            "name": "first_" + name,
            "layer": class_name,
            "arguments": arguments,
            "inputs": inputs,
            "weight": weight,
            "eras": known,
        }
        for known, class_name, arguments in asked
        if class_name
    ]


STEPS, WAYS = [5, 250], ("cpu", "mem", "gpu")
LAYERS = [
    *first("dense", [250], 0, ("Dense", {"output_dim": 400}), ("Dense", {"units": 400})),
    *first(
        "convolution",
        [5, 6, 60],
        0,
        ("Convolution2D", {"nb_filter": 140, "nb_row": 3, "nb_col": 4}),
        ("Conv2D", {"filters": 140, "kernel_size": [3, 4]}),
    ),
    *first(
        "embedding",
        [5],
        0,
        ("Embedding", {"input_dim": 1000, "output_dim": 100}),
        ("Embedding", {"input_dim": 1000, "output_dim": 100}),
    ),
    *[
        case
        for kind in ("LSTM", "GRU", "SimpleRNN")
        for part, place in (("kernel", 0), ("recurrent", 1))
        for case in first(
            f"{kind.lower()}_{part}",
            STEPS,
            place,
            (kind, {"output_dim": 160}),
            (kind, {"units": 160}),
        )
    ],
    *[
        case
        for kind in ("LSTM", "GRU")
        for way in WAYS
        for case in first(
            f"{kind.lower()}_recurrent_{way}",
            STEPS,
            1,
            (kind, {"output_dim": 160, "consume_less": way, "inner_init": "one"}),
            (None, {}),
        )
    ],
]


CASES = [
    *(
        row(name, kind)
        for name in NAMES
        for kind in SHAPES
        if (name, kind) != ("orthogonal", "vector")
    ),
    *(row(name, kind, **more) for name, more in CLASSES for kind in ("matrix", "image")),
    dict(row("identity", "matrix"), shape=[320, 320]),
    *LAYERS,
]  # fmt: skip
