"""Cases of the locally connected layers: a kernel of its own for every place."""

ERAS = ("2.2", "2.3", "2.15")


def row(rank, name, arguments, lengths=None, **more):
    """Return a case of a rank, with 2 images of 3 channels and 4 filters."""
    lengths = lengths or {1: [7], 2: [4, 5]}[rank]
    shape = [2, 3] + lengths if "data_format" in arguments else [2] + lengths + [3]
    given = dict({"filters": 4, "kernel_size": {1: 3, 2: [3, 2]}[rank]}, **arguments)
    return dict(
        {
            "name": f"locally_connected_{rank}d_{name}",
            "class_name": f"LocallyConnected{rank}D",
            "inputs": [shape],
            "arguments": given,
        },
        **more,
    )


FIRST = {"data_format": "channels_first"}
LATER = {"eras": ["2.3", "2.15"]}

CASES = [
    row(rank, name, arguments, **more)
    for rank in (1, 2)
    for name, arguments, more in [
        ("plain", {}, {}),
        ("strided", {"strides": 2}, {}),
        ("even_kernel", {"kernel_size": 2, "activation": "relu"}, {}),
        ("no_bias", {"use_bias": False}, {}),
        ("channels_first", dict(FIRST, strides=2), {}),
        ("implementation_2", {"implementation": 2}, LATER),
        ("implementation_2_same", {"implementation": 2, "padding": "same", "strides": 2}, LATER),
        ("implementation_2_first", dict(FIRST, implementation=2), LATER),
        ("implementation_3", {"implementation": 3}, LATER),
        ("implementation_3_same", {"implementation": 3, "padding": "same"}, LATER),
        ("implementation_3_first", dict(FIRST, implementation=3, strides=2), LATER),
    ]
] + [row(2, "uneven_strides", {"strides": [2, 1]}, [5, 4])]
