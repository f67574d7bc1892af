"""Cases of the convolutions that look at each channel for itself."""

ERAS = ("2.2", "2.3", "2.15", "3")


def row(kind, rank, name, arguments, **more):
    """Return a case of one kind, with 2 images of 3 channels."""
    lengths = {1: [7], 2: [7, 6]}[rank]
    shape = [2, 3] + lengths if "data_format" in arguments else [2] + lengths + [3]
    given = {"kernel_size": {1: 3, 2: [3, 2]}[rank]}
    if kind == "SeparableConv":
        given["filters"] = 5
    return dict(
        {
            "name": f"{kind.lower()}_{rank}d_{name}",
            "class_name": f"{kind}{rank}D",
            "inputs": [shape],
            "arguments": dict(given, **arguments),
        },
        **more,
    )


CASES = [
    row(
        kind,
        rank,
        name,
        arguments,
        **({"eras": ["2.15", "3"]} if (kind, rank) == ("DepthwiseConv", 1) else {}),
    )
    for kind in ("SeparableConv", "DepthwiseConv")
    for rank in (1, 2)
    for name, arguments in [
        ("plain", {}),
        ("same", {"padding": "same"}),
        ("same_strided", {"padding": "same", "strides": 2}),
        ("multiplied", {"depth_multiplier": 2, "activation": "relu"}),
        ("no_bias", {"use_bias": False, "strides": 2}),
        ("channels_first", {"data_format": "channels_first", "depth_multiplier": 2}),
    ]
] + [
    row("SeparableConv", 2, "dilated", {"dilation_rate": 2}),
    row("SeparableConv", 1, "causal", {"padding": "causal", "dilation_rate": 2}, eras=["2.15"]),
    row("DepthwiseConv", 2, "dilated", {"dilation_rate": 2, "padding": "same"}, eras=["2.15", "3"]),
]
