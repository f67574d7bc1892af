"""Cases of the convolutions."""

ERAS = ("2.2", "2.3", "2.15", "3")

LENGTHS = {1: [7], 2: [7, 6], 3: [5, 3, 4]}
KERNELS = {1: 3, 2: [3, 2], 3: [3, 2, 2]}


def row(name, rank, arguments, lengths=None, **more):
    """Return a case of the convolution of a rank, with 2 images of 3 channels and 4 filters."""
    lengths = lengths or LENGTHS[rank]
    first = arguments.get("data_format") == "channels_first"
    shape = [2, 3] + lengths if first else [2] + lengths + [3]
    given = dict({"filters": 4, "kernel_size": KERNELS[rank]}, **arguments)
    return dict(
        {
            "name": f"conv_{rank}d_{name}",
            "class_name": f"Conv{rank}D",
            "inputs": [shape],
            "arguments": given,
        },
        **more,
    )


CASES = [
    case
    for rank in (1, 2, 3)
    for case in [
        row("plain", rank, {}),
        row("same", rank, {"padding": "same"}),
        row("strided", rank, {"strides": 2}),
        row("same_strided", rank, {"padding": "same", "strides": 2}),
        row(
            "same_strided_even",
            rank,
            {"padding": "same", "strides": 2, "kernel_size": 2},
            lengths=[8, 6, 4][:rank],
        ),
        row(
            "same_strided_odd",
            rank,
            {"padding": "same", "strides": 2, "kernel_size": 3},
            lengths=[7, 5, 3][:rank],
        ),
        row("same_even_kernel", rank, {"padding": "same", "kernel_size": 4}),
        row("no_bias", rank, {"use_bias": False}),
        row("relu", rank, {"activation": "relu", "padding": "same"}),
        row("channels_first", rank, {"data_format": "channels_first"}),
        row(
            "channels_first_same",
            rank,
            {"data_format": "channels_first", "padding": "same", "strides": 2},
        ),
    ]
] + [
    row("strides_above_kernel", 1, {"strides": 3, "kernel_size": 2, "padding": "same"}),
    row("pointwise_strided_same", 2, {"strides": 2, "kernel_size": 1, "padding": "same"}),
    row("uneven_strides", 2, {"strides": [2, 3], "padding": "same"}),
    row("dilated", 1, {"dilation_rate": 2}),
    row("dilated_same", 1, {"dilation_rate": 2, "padding": "same"}),
    row("dilated", 2, {"dilation_rate": 2}),
    row("dilated_same", 2, {"dilation_rate": [2, 1], "padding": "same"}),
    row(
        "dilated_channels_first",
        2,
        {"dilation_rate": 2, "data_format": "channels_first", "padding": "same"},
    ),
    row("causal", 1, {"padding": "causal"}),
    row("causal_strided", 1, {"padding": "causal", "strides": 2}),
    row("causal_dilated", 1, {"padding": "causal", "dilation_rate": 2}),
    row("groups", 1, {"groups": 3, "filters": 6}, eras=["2.15", "3"]),
    row("groups", 2, {"groups": 3, "filters": 6, "padding": "same"}, eras=["2.15", "3"]),
]
