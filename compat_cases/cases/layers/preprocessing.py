"""Cases of the preprocessing layers of images and numbers."""

ERAS = ("2.15", "3")

IMAGE = [2, 5, 6, 3]
INTERPOLATIONS = [
    "bilinear",
    "nearest",
    "bicubic",
    "area",
    "lanczos3",
    "lanczos5",
    "gaussian",
    "mitchellcubic",
]


def row(name, class_name, inputs, arguments=None, **more):
    """Return one case."""
    return dict(more, name=name, class_name=class_name, inputs=inputs, arguments=arguments or {})


def resizing(name, height, width, arguments=None, shape=IMAGE, **more):
    """Return a case of Resizing."""
    given = dict({"height": height, "width": width}, **(arguments or {}))
    return row("resizing_" + name, "Resizing", [shape], given, **more)


def encoding(name, tokens, arguments, **more):
    """Return a case of CategoryEncoding on whole numbers."""
    shape = [len(tokens), len(tokens[0])]
    told = dict({"inputs": [shape], "data": [tokens], "input_dtypes": ["int64"]}, **more)
    return dict(row("category_encoding_" + name, "CategoryEncoding", [], arguments), **told)


def bins(name, arguments, **more):
    """Return a case of Discretization into the bins below -1, 0, 0.5 and the rest."""
    given = dict({"bin_boundaries": [-1.0, 0.0, 0.5]}, **arguments)
    told = dict({"inputs": [[3, 2]], "data": [[[-1.5, 1.0], [0.5, -1.0], [0.2, 0.0]]]}, **more)
    return dict(row("discretization_" + name, "Discretization", [], given), **told)


TOKENS = [[1, 2, 0], [3, 3, 1]]

CASES = (
    [
        row("rescaling", "Rescaling", [[2, 4]], {"scale": 0.5}),
        row("rescaling_offset", "Rescaling", [IMAGE], {"scale": 1.0 / 127.5, "offset": -1.0}),
        row("rescaling_each", "Rescaling", [[2, 5, 3]], {"scale": [1.0, 2.0, 3.0], "offset": 0.1}),
        row("rescaling_double", "Rescaling", [[2, 4]], {"scale": 0.5}, floatx="float64"),
        row("center_crop", "CenterCrop", [IMAGE], {"height": 3, "width": 4}),
        row("center_crop_odd", "CenterCrop", [IMAGE], {"height": 2, "width": 3}),
        row("center_crop_one_side", "CenterCrop", [IMAGE], {"height": 5, "width": 2}),
        row("center_crop_larger", "CenterCrop", [IMAGE], {"height": 8, "width": 7}),
        row("center_crop_mixed", "CenterCrop", [IMAGE], {"height": 3, "width": 8}),
    ]
    + [
        resizing(
            f"{method}_{name}",
            *lengths,
            {"interpolation": method},
            **{} if method in ("bilinear", "nearest", "bicubic") else {"eras": ["2.15"]},
        )
        for method in INTERPOLATIONS
        for name, lengths in [("up", (8, 9)), ("down", (3, 2)), ("mixed", (10, 4))]
    ]
    + [
        resizing(f"cropped_{name}", *lengths, {"crop_to_aspect_ratio": True})
        for name, lengths in [("wide", (3, 8)), ("tall", (8, 3)), ("square", (4, 4))]
    ]
    + [
        resizing(
            "cropped_nearest", 4, 2, {"crop_to_aspect_ratio": True, "interpolation": "nearest"}
        ),
        resizing("same_size", 5, 6),
        resizing(
            "channels_first",
            8,
            4,
            {"data_format": "channels_first"},
            shape=[2, 3, 5, 6],
            eras=["3"],
        ),
        resizing("padded", 4, 9, {"pad_to_aspect_ratio": True}, eras=["3"]),
        resizing(
            "padded_filled", 7, 4, {"pad_to_aspect_ratio": True, "fill_value": 0.5}, eras=["3"]
        ),
    ]
    + [
        encoding(f"{mode}_{name}", data, {"num_tokens": 4, "output_mode": mode})
        for mode in ("multi_hot", "count")
        for name, data in [("plain", TOKENS), ("single", [[1], [3]]), ("repeated", [[2, 2, 2]])]
    ]
    + [
        encoding("one_hot", [[1], [3], [0]], {"num_tokens": 4, "output_mode": "one_hot"}),
        encoding("default", TOKENS, {"num_tokens": 5}),
        encoding(
            "count_weighted",
            TOKENS,
            {"num_tokens": 4, "output_mode": "count"},
            inputs=[[2, 3], [2, 3]],
            data=[TOKENS, [[0.1, 0.2, 0.3], [0.5, 1.5, 2.0]]],
            input_dtypes=["int64", "float32"],
            separate=True,
            keywords={"count_weights": 1},
        ),
    ]
    + [
        bins("int", {}),
        bins("one_hot", {"output_mode": "one_hot"}, inputs=[[3, 1]], data=[[[-1.5], [0.5], [0.2]]]),
        bins("multi_hot", {"output_mode": "multi_hot"}),
        bins("count", {"output_mode": "count"}),
        row(
            "discretization_adapted",
            "Discretization",
            [[3, 2]],
            {"num_bins": 4},
            eras=["2.15"],
            data=[[[-1.5, 1.0], [0.5, -1.0], [0.2, 0.0]]],
            adapt_data=[[-2.0], [-1.0], [-0.5], [0.0], [0.25], [0.5], [1.0], [3.0]],
        ),
        row(
            "discretization_adapted_epsilon",
            "Discretization",
            [[3, 2]],
            {"num_bins": 3, "epsilon": 0.1},
            eras=["2.15"],
            data=[[[-1.5, 1.0], [0.5, -1.0], [0.2, 0.0]]],
            adapt_data=[[-2.0], [-1.0], [-0.5], [0.0], [0.25], [0.5], [1.0], [3.0]],
        ),
    ]
)
