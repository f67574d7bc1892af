"""Cases of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D."""

ERAS = ("2.2", "2.3", "2.15", "3")

EVERY = {"return_sequences": True}
FIRST = {"data_format": "channels_first"}
SAME = {"padding": "same"}
LENGTHS = {1: [6], 2: [5, 4], 3: [4, 3, 2]}
KERNELS = {1: 3, 2: [3, 2], 3: [3, 2, 1]}


def row(rank, name, arguments, **more):
    """Return a case over 2 samples of 3 images of 2 channels, with 3 filters."""
    lengths = LENGTHS[rank]
    shape = [2, 3, 2] + lengths if "data_format" in arguments else [2, 3] + lengths + [2]
    given = dict({"filters": 3, "kernel_size": KERNELS[rank]}, **arguments)
    eras = {} if rank == 2 else {"eras": ["2.15", "3"]}
    return dict(
        {
            "name": f"convlstm_{rank}d_{name}",
            "class_name": f"ConvLSTM{rank}D",
            "inputs": [shape],
            "arguments": given,
        },
        **dict(eras, **more),
    )


CASES = [
    row(rank, name, arguments, **more)
    for rank in (1, 2, 3)
    for name, arguments, more in [
        ("plain", {}, {}),
        ("same", SAME, {}),
        ("sequences", dict(SAME, **EVERY), {}),
        ("strided", dict(EVERY, strides=2, **SAME), {}),
        ("dilated", dict(EVERY, dilation_rate=2, **SAME), {}),
        ("backwards", dict(EVERY, go_backwards=True, **SAME), {}),
        ("state", dict(EVERY, return_state=True, **SAME), {}),
        ("no_bias", dict(EVERY, use_bias=False, **SAME), {}),
        ("sigmoid", dict(SAME, recurrent_activation="sigmoid", activation="relu"), {}),
        ("hard_sigmoid", dict(SAME, recurrent_activation="hard_sigmoid"), {}),
        ("no_forget_bias", dict(SAME, unit_forget_bias=False), {}),
        ("channels_first", dict(EVERY, **dict(FIRST, **SAME)), {}),
        ("stateful", dict(SAME, stateful=True), {"calls": 2}),
    ]
]
