"""Initializers: each by its name, over kernels of several ranks with 100,000 numbers or more.

A name that an era does not know is left out of its recording.
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


CASES = [
    *(
        row(name, kind)
        for name in NAMES
        for kind in SHAPES
        if (name, kind) != ("orthogonal", "vector")
    ),
    *(row(name, kind, **more) for name, more in CLASSES for kind in ("matrix", "image")),
    dict(row("identity", "matrix"), shape=[320, 320]),
]  # fmt: skip
