"""Cases of layers that only enlarge, cut off or add cells, or let whole axes come down to one."""

ERAS = ("2.2", "2.3", "2.15", "3")

FIRST = {"data_format": "channels_first"}
LENGTHS = {1: [7], 2: [5, 6], 3: [5, 4, 6]}


def row(kind, rank, name, arguments, **more):
    """Return a case of one kind, with 2 images of 3 channels."""
    lengths = LENGTHS[rank]
    shape = [2, 3] + lengths if "data_format" in arguments else [2] + lengths + [3]
    return dict(
        {
            "name": f"{kind.lower()}_{rank}d_{name}",
            "class_name": f"{kind}{rank}D",
            "inputs": [shape],
            "arguments": arguments,
        },
        **more,
    )


CASES = [
    row("UpSampling", 1, "plain", {}),
    row("UpSampling", 1, "three", {"size": 3}),
    row("UpSampling", 1, "one", {"size": 1}),
    row("UpSampling", 2, "plain", {}),
    row("UpSampling", 2, "uneven", {"size": [2, 3]}),
    row("UpSampling", 2, "channels_first", dict(FIRST, size=[3, 2])),
    row("UpSampling", 2, "bilinear", {"interpolation": "bilinear"}),
    row("UpSampling", 2, "bilinear_uneven", {"interpolation": "bilinear", "size": [3, 2]}),
    row("UpSampling", 3, "plain", {}),
    row("UpSampling", 3, "uneven", {"size": [1, 2, 3]}),
    row("UpSampling", 3, "channels_first", dict(FIRST, size=[2, 1, 3])),
    row("UpSampling", 2, "three", {"size": 3}),
    row("UpSampling", 2, "bilinear_three", {"interpolation": "bilinear", "size": 3}),
    row("UpSampling", 2, "bilinear_first", dict(FIRST, interpolation="bilinear")),
    row("Cropping", 1, "plain", {}),
    row("Cropping", 1, "each_side", {"cropping": [2, 0]}),
    row("Cropping", 1, "uneven", {"cropping": [1, 3]}),
    row("Cropping", 2, "plain", {}),
    row("Cropping", 2, "symmetric", {"cropping": [1, 2]}),
    row("Cropping", 2, "each_side", {"cropping": [[1, 0], [2, 1]]}),
    row("Cropping", 2, "channels_first", dict(FIRST, cropping=[[1, 0], [2, 1]])),
    row("Cropping", 3, "plain", {}),
    row("Cropping", 3, "each_side", {"cropping": [[1, 0], [0, 1], [2, 1]]}),
    row("Cropping", 3, "channels_first", dict(FIRST, cropping=[1, 0, 2])),
    row("ZeroPadding", 1, "plain", {}),
    row("ZeroPadding", 1, "each_side", {"padding": [2, 0]}),
    row("ZeroPadding", 1, "two", {"padding": 2}),
    row("ZeroPadding", 3, "plain", {}),
    row("ZeroPadding", 3, "each_side", {"padding": [[1, 0], [0, 2], [2, 1]]}),
    row("ZeroPadding", 3, "channels_first", dict(FIRST, padding=[1, 2, 0])),
    row("GlobalMaxPooling", 3, "plain", {}),
    row("GlobalMaxPooling", 3, "channels_first", FIRST),
    row("GlobalMaxPooling", 3, "wide", {}, scale=3.0),
    row("GlobalAveragePooling", 3, "plain", {}),
    row("GlobalAveragePooling", 3, "channels_first", FIRST),
    row("GlobalAveragePooling", 3, "wide", {}, scale=3.0),
    row("GlobalAveragePooling", 3, "keepdims", {"keepdims": True}, eras=["2.15", "3"]),
] + [
    row("UpSampling", 2, f"{method}_{name}", {"interpolation": method, "size": size}, eras=eras)
    for method, eras in [
        ("bicubic", ["2.15", "3"]),
        ("lanczos3", ["2.15"]),
        ("lanczos5", ["2.15"]),
        ("gaussian", ["2.15"]),
        ("mitchellcubic", ["2.15"]),
        ("area", ["2.15"]),
    ]
    for name, size in [("two", 2), ("uneven", [3, 2])]
]
