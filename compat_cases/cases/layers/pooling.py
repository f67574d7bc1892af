"""Cases of pooling and of padding with zeros."""

ERAS = ("2.2", "2.3", "2.15", "3")

LENGTHS = {1: [7], 2: [7, 6], 3: [5, 3, 4]}


def shape(rank, arguments):
    """Return the shape of 2 images of 3 channels."""
    if arguments.get("data_format") == "channels_first":
        return [2, 3] + LENGTHS[rank]
    return [2] + LENGTHS[rank] + [3]


def row(kind, rank, name, arguments):
    """Return a case of one kind of pooling."""
    return {
        "name": f"{kind.lower()}_{rank}d_{name}",
        "class_name": f"{kind}{rank}D",
        "inputs": [shape(rank, arguments)],
        "arguments": arguments,
    }


FIRST = {"data_format": "channels_first"}

CASES = (
    [
        row(kind, rank, name, arguments)
        for kind in ("MaxPooling", "AveragePooling")
        for rank in (1, 2, 3)
        for name, arguments in [
            ("plain", {}),
            ("same", {"padding": "same"}),
            ("strides", {"pool_size": 3, "strides": 1}),
            ("same_strides", {"pool_size": 3, "strides": 2, "padding": "same"}),
            ("same_one", {"pool_size": 3, "strides": 1, "padding": "same"}),
            ("channels_first", FIRST),
            ("channels_first_same", dict(FIRST, padding="same", pool_size=3)),
        ]
    ]
    + [
        row("MaxPooling", 2, "uneven", {"pool_size": [2, 3], "strides": [3, 1]}),
        row("AveragePooling", 2, "uneven", {"pool_size": [3, 2], "padding": "same"}),
    ]
    + [
        row(kind, rank, name, arguments)
        for kind in ("GlobalMaxPooling", "GlobalAveragePooling")
        for rank in (1, 2)
        for name, arguments in [("plain", {}), ("channels_first", FIRST)]
    ]
    + [
        dict(row(kind, rank, "wide", {}), scale=3.0)
        for kind in ("GlobalMaxPooling", "GlobalAveragePooling")
        for rank in (1, 2)
    ]
    + [
        dict(row("GlobalAveragePooling", 1, "masked", {}), masked_steps=[[5, 6], [0, 2]]),
        {
            "name": "global_average_pooling_1d_keepdims",
            "class_name": "GlobalAveragePooling1D",
            "inputs": [[2, 5, 3]],
            "arguments": {"keepdims": True},
            "eras": ["2.15", "3"],
        },
        {
            "name": "global_max_pooling_2d_keepdims",
            "class_name": "GlobalMaxPooling2D",
            "inputs": [[2, 4, 5, 3]],
            "arguments": {"keepdims": True},
            "eras": ["2.15", "3"],
        },
    ]
    + [
        {
            "name": "zero_padding_2d_" + name,
            "class_name": "ZeroPadding2D",
            "inputs": [shape(2, arguments)],
            "arguments": arguments,
        }
        for name, arguments in [
            ("plain", {}),
            ("whole", {"padding": 2}),
            ("symmetric", {"padding": [1, 2]}),
            ("each_side", {"padding": [[1, 0], [2, 3]]}),
            ("channels_first", dict(FIRST, padding=[[1, 0], [2, 3]])),
        ]
    ]
)
