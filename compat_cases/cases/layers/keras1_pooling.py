"""Cases of Keras 1's pooling, padding, cropping and enlarging."""

ERAS = ("1.2",)

LENGTHS = {1: [7], 2: [7, 6], 3: [5, 4, 6]}
TH = {"dim_ordering": "th"}


def row(kind, rank, name, arguments, **more):
    """Return a case of one kind, with 2 images of 3 channels."""
    lengths = LENGTHS[rank]
    shape = [2, 3] + lengths if "dim_ordering" in arguments else [2] + lengths + [3]
    return dict(
        {
            "name": f"{kind.lower()}_{rank}d_{name}",
            "class_name": f"{kind}{rank}D",
            "inputs": [shape],
            "arguments": arguments,
        },
        **more,
    )


def windows(rank):
    """Return the names and arguments of windows of a rank."""
    size, step = ("pool_length", "stride") if rank == 1 else ("pool_size", "strides")

    def every(number):
        return number if rank == 1 else [number] * rank

    return [
        ("plain", {}),
        ("same", {"border_mode": "same"}),
        ("strides", {size: every(3), step: every(1)}),
        ("same_strides", {size: every(3), step: every(2), "border_mode": "same"}),
        ("same_one", {size: every(3), step: every(1), "border_mode": "same"}),
        ("same_even", {size: every(2), step: every(1), "border_mode": "same"}),
    ]


CASES = (
    [
        row(kind, rank, name, arguments)
        for kind in ("MaxPooling", "AveragePooling")
        for rank in (1, 2, 3)
        for name, arguments in windows(rank)
    ]
    + [
        row(kind, rank, name, arguments)
        for kind in ("MaxPooling", "AveragePooling")
        for rank in (2, 3)
        for name, arguments in [("th", TH), ("th_same", dict(TH, border_mode="same"))]
    ]
    + [
        row("MaxPooling", 2, "uneven", {"pool_size": [2, 3], "strides": [3, 1]}),
        row("AveragePooling", 2, "uneven", {"pool_size": [3, 2], "border_mode": "same"}),
    ]
    + [
        row(kind, rank, name, arguments, **more)
        for kind in ("GlobalMaxPooling", "GlobalAveragePooling")
        for rank in (1, 2, 3)
        for name, arguments, more in [
            ("plain", {}, {}),
            ("double", {}, {"floatx": "float64"}),
            ("relu_like", {}, {"scale": 3.0}),
            ("th", TH, {}),
        ]
        if rank > 1 or name != "th"
    ]
    + [
        row("ZeroPadding", 1, "plain", {}),
        row("ZeroPadding", 1, "two", {"padding": 2}),
        row("ZeroPadding", 1, "each_side", {"padding": [2, 0]}),
        row("ZeroPadding", 2, "plain", {}),
        row("ZeroPadding", 2, "symmetric", {"padding": [1, 2]}),
        row("ZeroPadding", 2, "each_side", {"padding": [1, 0, 2, 3]}),
        row("ZeroPadding", 2, "th", dict(TH, padding=[1, 2])),
        row("ZeroPadding", 3, "plain", {}),
        row("ZeroPadding", 3, "uneven", {"padding": [1, 2, 0]}),
        row("ZeroPadding", 3, "th", dict(TH, padding=[0, 2, 1])),
        row("Cropping", 1, "plain", {}),
        row("Cropping", 1, "each_side", {"cropping": [2, 0]}),
        row("Cropping", 1, "uneven", {"cropping": [1, 3]}),
        row("Cropping", 2, "plain", {}),
        row("Cropping", 2, "each_side", {"cropping": [[1, 0], [2, 1]]}),
        row("Cropping", 2, "th", dict(TH, cropping=[[1, 0], [2, 1]])),
        row("Cropping", 3, "plain", {}),
        row("Cropping", 3, "each_side", {"cropping": [[1, 0], [0, 1], [2, 1]]}),
        row("Cropping", 3, "th", dict(TH, cropping=[[1, 0], [0, 1], [2, 1]])),
        row("UpSampling", 1, "plain", {}),
        row("UpSampling", 1, "three", {"length": 3}),
        row("UpSampling", 1, "one", {"length": 1}),
        row("UpSampling", 2, "plain", {}),
        row("UpSampling", 2, "uneven", {"size": [2, 3]}),
        row("UpSampling", 2, "th", dict(TH, size=[3, 2])),
        row("UpSampling", 3, "plain", {}),
        row("UpSampling", 3, "uneven", {"size": [1, 2, 3]}),
        row("UpSampling", 3, "th", dict(TH, size=[2, 1, 3])),
    ]
)
