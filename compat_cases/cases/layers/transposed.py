"""Cases of the transposed convolutions."""

ERAS = ("2.2", "2.3", "2.15", "3")

FIRST = {"data_format": "channels_first"}


def row(name, rank, arguments, **more):
    """Return a case of the transposed convolution of a rank, 3 channels in and 4 out."""
    lengths = {1: [5], 2: [5, 4], 3: [3, 2, 4]}[rank]
    shape = [2, 3] + lengths if "data_format" in arguments else [2] + lengths + [3]
    given = dict({"filters": 4, "kernel_size": {1: 3, 2: [3, 2], 3: [3, 2, 2]}[rank]}, **arguments)
    return dict(
        {
            "name": f"conv_{rank}d_transpose_{name}",
            "class_name": f"Conv{rank}DTranspose",
            "inputs": [shape],
            "arguments": given,
        },
        **more,
    )


CASES = [
    row(name, rank, arguments, **({"eras": ["2.15", "3"]} if rank == 1 else {}))
    for rank in (1, 2, 3)
    for name, arguments in [
        ("plain", {}),
        ("same", {"padding": "same"}),
        ("strided", {"strides": 2}),
        ("same_strided", {"strides": 2, "padding": "same"}),
        ("same_odd", {"strides": 2, "padding": "same", "kernel_size": 3}),
        ("same_even", {"strides": 2, "padding": "same", "kernel_size": 4}),
        ("stride_above_kernel", {"strides": 3, "kernel_size": 2}),
        ("same_stride_above_kernel", {"strides": 3, "kernel_size": 2, "padding": "same"}),
        ("relu_no_bias", {"activation": "relu", "use_bias": False}),
        ("channels_first", dict(FIRST, strides=2, padding="same")),
    ]
] + [
    row("output_padding", 2, {"strides": 2, "output_padding": 1}),
    row("same_output_padding", 2, {"strides": 2, "output_padding": 1, "padding": "same"}),
    row(
        "same_no_output_padding",
        2,
        {"strides": 2, "output_padding": 0, "padding": "same", "kernel_size": 3},
    ),
]
