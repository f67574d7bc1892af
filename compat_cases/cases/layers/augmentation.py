"""Cases of the random layers of images where nothing is random: at rest, or by their limits."""

ERAS = ("2.15", "3")

IMAGE = [2, 6, 5, 3]


def row(class_name, name, arguments, shape=IMAGE, **more):
    """Return one case."""
    return dict(
        more,
        name=f"{class_name.lower()}_{name}",
        class_name=class_name,
        inputs=[shape],
        arguments=arguments,
    )


CASES = [
    case
    for class_name, arguments, more in [
        ("RandomFlip", {}, {}),
        ("RandomRotation", {"factor": 0.2}, {}),
        ("RandomZoom", {"height_factor": 0.2}, {}),
        ("RandomTranslation", {"height_factor": 0.2, "width_factor": 0.1}, {}),
        ("RandomContrast", {"factor": 0.2}, {}),
        ("RandomBrightness", {"factor": 0.2}, {}),
        ("RandomHeight", {"factor": 0.2}, {"eras": ["2.15"]}),
        ("RandomWidth", {"factor": 0.2}, {"eras": ["2.15"]}),
    ]
    for case in [
        row(class_name, "rest", arguments, **more),
        row(class_name, "rest_seed", dict(arguments, seed=3), [2, 4, 7, 1], **more),
        row(class_name, "rest_wide", arguments, [3, 2, 8, 3], **more),
    ]
] + [
    row("RandomCrop", "rest", {"height": 4, "width": 3}),
    row("RandomCrop", "rest_wide", {"height": 2, "width": 5}),
    row("RandomCrop", "rest_larger", {"height": 9, "width": 4}),
] + [
    row(class_name, name, arguments, fixed=True)
    for class_name, name, arguments in [
        ("RandomRotation", "fixed", {"factor": (0.13, 0.13)}),
        ("RandomRotation", "wrap", {"factor": (-0.3, -0.3), "fill_mode": "wrap"}),
        (
            "RandomRotation", "nearest",
            {"factor": (0.2, 0.2), "fill_mode": "nearest", "interpolation": "nearest"},
        ),
        ("RandomRotation", "constant", {"factor": (0.4, 0.4), "fill_mode": "constant"}),
        ("RandomZoom", "fixed", {"height_factor": (0.3, 0.3), "width_factor": (-0.2, -0.2)}),
        ("RandomZoom", "nearest", {"height_factor": (-0.3, -0.3), "fill_mode": "nearest"}),
        ("RandomZoom", "wrap", {"height_factor": (0.6, 0.6), "fill_mode": "wrap"}),
        (
            "RandomTranslation", "constant",
            {
                "height_factor": (0.3, 0.3), "width_factor": (-0.2, -0.2),
                "fill_mode": "constant", "fill_value": 0.7,
            },
        ),
        ("RandomTranslation", "fixed", {"height_factor": (0.8, 0.8), "width_factor": (0.7, 0.7)}),
        (
            "RandomTranslation", "wrap",
            {"height_factor": (-0.7, -0.7), "width_factor": (0.9, 0.9), "fill_mode": "wrap"},
        ),
        ("RandomBrightness", "fixed", {"factor": (0.2, 0.2), "value_range": (-1.0, 1.0)}),
    ]
]  # fmt: skip
