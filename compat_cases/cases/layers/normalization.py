"""Cases of batch normalization: at rest, in training, and its statistics after two batches."""

ERAS = ("2.2", "2.3", "2.15", "3")


def row(name, shape, arguments=None, **more):
    """Return one case."""
    return dict(
        {
            "name": "batch_normalization_" + name,
            "class_name": "BatchNormalization",
            "inputs": [shape],
            "arguments": arguments or {},
            "train": 2,
        },
        **more,
    )


# So little that a least epsilon of the kernel's own shows.
SMALL = [
    [[[0.001], [0.004]], [[-0.002], [0.003]]],
    [[[0.0], [-0.001]], [[0.002], [0.005]]],
]
CASES = [
    row("rank_2", [5, 3]),
    row("rank_3", [3, 4, 2]),
    row("rank_4", [3, 4, 5, 2]),
    row("rank_5", [2, 3, 4, 3, 2]),
    row("axis_1_rank_3", [3, 4, 2], {"axis": 1}),
    row("axis_1_rank_4", [3, 2, 4, 5], {"axis": 1}),
    row("axis_2_rank_4", [3, 4, 2, 5], {"axis": 2}),
    row("no_center", [5, 3], {"center": False}),
    row("no_scale", [5, 3], {"scale": False}),
    row("bare", [5, 3], {"center": False, "scale": False}),
    row("no_scale_rank_4", [3, 4, 5, 2], {"scale": False}),
    row("momentum_epsilon", [5, 3], {"momentum": 0.5, "epsilon": 0.1}),
    row("momentum_rank_4", [3, 4, 5, 2], {"momentum": 0.5, "epsilon": 0.1}),
    row("frozen", [5, 3], {"trainable": False}),
    row("frozen_rank_4", [3, 4, 5, 2], {"trainable": False}),
    row("masked", [3, 4, 2], masked_steps=[[0], [1, 2], [3]]),
    row("small_rank_4", [2, 2, 2, 1], {"epsilon": 1e-7}, data=[SMALL]),
    row("small_rank_2", [2, 2], {"epsilon": 1e-7}, data=[[[0.001, 0.004], [0.003, -0.002]]]),
]
