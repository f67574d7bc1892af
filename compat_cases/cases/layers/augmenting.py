"""Cases of Keras 3's layers of images: at rest, and where arguments leave nothing to chance."""

ERAS = ("3",)

IMAGE, FIRST, GRAY = [2, 6, 5, 3], [2, 3, 6, 5], [2, 4, 7, 1]
BYTES = {"kinds": [256]}


def row(class_name, name, arguments, shape=IMAGE, **more):
    """Return one case."""
    return dict(
        more,
        name=f"{class_name.lower()}_{name}",
        class_name=class_name,
        inputs=[shape],
        arguments=arguments,
    )


def first(class_name, name, arguments, **more):
    """Return one case with the channels first."""
    arguments = dict(arguments, data_format="channels_first")
    return row(class_name, name + "_first", arguments, FIRST, **more)


def sure(class_name, name, arguments, shape=IMAGE, **more):
    """Return one case that is recorded in training too, of values from 0 to 255."""
    return row(class_name, name, arguments, shape, fixed=True, **dict(BYTES, **more))


def sure_first(class_name, name, arguments, **more):
    """Return one case with the channels first that is recorded in training too."""
    return first(class_name, name, arguments, fixed=True, **dict(BYTES, **more))


def layer(class_name, **arguments):
    """Return the description of a layer inside another."""
    return {"class_name": class_name, "arguments": arguments}


def pipeline(name, layers, shape=IMAGE, **more):
    """Return one case of several layers, whose shape this Keras does not tell."""
    return row("Pipeline", name, {"layers": layers}, shape, untold=True, **more)


GRAYING = layer("RandomGrayscale", factor=1.0)
CLAHE = "ContrastLimitedAdaptiveHistogramEqualization"
COLORS = [
    sure("RandomGrayscale", "all", {"factor": 1.0}),
    sure("RandomGrayscale", "none", {"factor": 0.0}),
    sure("RandomGrayscale", "gray", {"factor": 1.0}, GRAY),
    sure_first("RandomGrayscale", "all", {"factor": 1.0}),
    sure("RandomColorDegeneration", "grayer", {"factor": (0.3, 0.3)}),
    sure("RandomColorDegeneration", "stronger", {"factor": (-0.5, -0.5)}),
    sure(
        "RandomColorDegeneration", "range",
        {"factor": (0.8, 0.8), "value_range": (-1, 1)}, kinds=["float"],
    ),
    sure_first("RandomColorDegeneration", "grayer", {"factor": (1.0, 1.0)}),
    sure("RandomSaturation", "weaker", {"factor": (0.3, 0.3)}),
    sure("RandomSaturation", "stronger", {"factor": (0.8, 0.8), "value_range": (0, 1)}),
    sure("RandomSaturation", "none", {"factor": 0.0}),
    sure_first("RandomSaturation", "weaker", {"factor": (0.2, 0.2)}),
    sure("RandomHue", "half", {"factor": (1.0, 1.0)}),
    sure("RandomHue", "none", {"factor": 0.0}),
    sure("RandomHue", "range", {"factor": (1.0, 1.0), "value_range": (-10, 300)}),
    sure_first("RandomHue", "half", {"factor": (1.0, 1.0)}),
    sure("RandomInvert", "all", {"factor": (1.0, 1.0)}),
    sure("RandomInvert", "none", {"factor": 0.0}),
    sure("RandomInvert", "range", {"factor": (1.0, 1.0), "value_range": (0, 1)}, kinds=["float"]),
    sure_first("RandomInvert", "all", {"factor": (1.0, 1.0)}),
    sure("RandomPosterization", "three", {"factor": (3, 3)}),
    sure("RandomPosterization", "one", {"factor": 1}),
    sure("RandomPosterization", "range", {"factor": (2, 2), "value_range": (0, 510)}),
    sure_first("RandomPosterization", "eight", {"factor": (8, 8)}),
    sure("Solarization", "all", {}),
    sure("Solarization", "range", {"value_range": (-20, 300)}),
    row("Solarization", "rest", {"addition_factor": 0.3, "threshold_factor": (0.2, 0.6)}),
    sure_first("Solarization", "all", {}),
    sure(
        "RandomColorJitter", "all",
        {
            "brightness_factor": (0.1, 0.1), "contrast_factor": 0.0,
            "saturation_factor": (0.3, 0.3), "hue_factor": (1.0, 1.0),
        },
    ),
    sure("RandomColorJitter", "bright", {"brightness_factor": (-0.2, -0.2)}),
    sure("RandomColorJitter", "nothing", {}),
    row("RandomColorJitter", "rest", {"contrast_factor": 0.5, "hue_factor": 0.3}),
]  # fmt: skip
HISTOGRAMS = [
    sure("AutoContrast", "bytes", {}),
    sure("AutoContrast", "range", {"value_range": (-1, 2)}, kinds=["float"]),
    sure("AutoContrast", "gray", {}, GRAY),
    sure("AutoContrast", "one_value", {}, kinds=[1]),
    sure_first("AutoContrast", "bytes", {}),
    sure("Equalization", "bytes", {}, alone=True),
    sure("Equalization", "bins", {"bins": 16}, GRAY, alone=True),
    sure("Equalization", "range", {"value_range": (-2, 2)}, kinds=["float"], alone=True),
    sure("Equalization", "one_value", {}, kinds=[1], alone=True),
    sure_first("Equalization", "bytes", {"bins": 100}, alone=True),
    sure(CLAHE, "bytes", {}, [2, 16, 12, 3]),
    sure(CLAHE, "tiles", {"tile_grid_size": (2, 3), "clip_limit": 2.0}, [2, 7, 8, 1]),
    sure(CLAHE, "unlimited", {"tile_grid_size": (2, 2), "clip_limit": 0.0}),
    sure(
        CLAHE, "range", {"value_range": (-2, 2), "tile_grid_size": (3, 2)}, kinds=["float"]
    ),
    sure_first(CLAHE, "tiles", {"tile_grid_size": (2, 2)}),
]  # fmt: skip
PARTS = [
    sure("RandomGaussianBlur", "all", {"factor": (1.0, 1.0), "sigma": (0.7, 0.7)}),
    sure("RandomGaussianBlur", "none", {"factor": 0.0}),
    sure(
        "RandomGaussianBlur", "wide",
        {"factor": (1.0, 1.0), "kernel_size": 5, "sigma": (1.0, 1.0), "value_range": (50, 180)},
    ),
    sure_first(
        "RandomGaussianBlur", "all", {"factor": (1.0, 1.0), "kernel_size": (3, 3), "sigma": (1, 1)}
    ),
    sure("RandomSharpness", "blurred", {"factor": 0.0}),
    sure("RandomSharpness", "sharpened", {"factor": (1.0, 1.0)}),
    sure(
        "RandomSharpness", "range",
        {"factor": (0.3, 0.3), "value_range": (-1, 1)}, kinds=["float"],
    ),
    sure_first("RandomSharpness", "blurred", {"factor": (0.2, 0.2)}),
    sure(
        "RandomErasing", "all",
        {"factor": (1.0, 1.0), "scale": (1.0, 1.0), "fill_value": 7.0, "value_range": (20, 200)},
    ),
    sure(
        "RandomErasing", "colors",
        {"factor": (1.0, 1.0), "scale": (1.0, 1.0), "fill_value": (1.0, 20.0, 300.0)},
    ),
    sure("RandomErasing", "none", {"factor": 0.0}),
    sure_first(
        "RandomErasing", "all", {"factor": (1.0, 1.0), "scale": (1.0, 1.0), "fill_value": 9.0}
    ),
    row("CutMix", "rest", {}),
    sure("CutMix", "alone", {"factor": 0.5}, [1, 6, 5, 3]),
    first("CutMix", "rest", {"seed": 3}),
    row("MixUp", "rest", {}),
    sure("MixUp", "alone", {"alpha": 0.5}, [1, 6, 5, 3]),
    first("MixUp", "rest", {"seed": 3}),
]  # fmt: skip
PLACES = [
    sure("RandomShear", "none", {}),
    row("RandomShear", "rest", {"x_factor": 0.3, "y_factor": (0.1, 0.2), "fill_mode": "wrap"}),
    sure_first("RandomShear", "none", {"fill_mode": "constant", "interpolation": "nearest"}),
    sure("RandomPerspective", "still", {"factor": (1.0, 1.0), "scale": 0.0}),
    sure("RandomPerspective", "none", {"factor": 0.0}),
    row("RandomPerspective", "rest", {"interpolation": "nearest", "fill_value": 3.0, "seed": 3}),
    first("RandomPerspective", "rest", {}),
    sure("RandomElasticTransform", "still", {"factor": (1.0, 1.0), "scale": 0.0}),
    sure("RandomElasticTransform", "none", {"factor": 0.0, "value_range": (50, 180)}),
    row("RandomElasticTransform", "rest", {"fill_mode": "mirror", "interpolation": "nearest"}),
    first("RandomElasticTransform", "rest", {"seed": 3}),
]  # fmt: skip
SEVERAL = [
    row("RandAugment", "rest", {}),
    sure("RandAugment", "nothing", {"num_ops": 0}),
    first("RandAugment", "rest", {"num_ops": 3, "factor": (0.1, 0.4), "seed": 3}),
    row("AugMix", "rest", {}),
    sure("AugMix", "nothing", {"chain_depth": 0, "value_range": (20, 200)}),
    first("AugMix", "rest", {"num_chains": 2, "all_ops": False, "alpha": 0.5}),
    row("MaxNumBoundingBoxes", "images", {"max_number": 3}),
    sure("MaxNumBoundingBoxes", "none", {"max_number": 0}, GRAY),
    sure("MaxNumBoundingBoxes", "filled", {"max_number": 5, "fill_value": 0}),
    pipeline("still", [layer("Rescaling", scale=0.5), layer("CenterCrop", height=3, width=2)]),
    pipeline("inverted", [layer("RandomInvert", factor=(1.0, 1.0)), GRAYING], IMAGE, fixed=True),
    pipeline("weights", [layer("Dense", units=3), layer("Activation", activation="tanh")], [2, 5]),
    pipeline("one", [layer("Flatten")]),
]  # fmt: skip
CASES = COLORS + HISTOGRAMS + PARTS + PLACES + SEVERAL
