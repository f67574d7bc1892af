"""Cases of Keras 1's batch normalization in its modes: by feature, by sample, by batch."""

ERAS = ("1.2",)


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


CASES = [
    row("rank_2", [5, 3]),
    row("rank_3", [3, 4, 2]),
    row("rank_4", [3, 4, 5, 2]),
    row("rank_5", [2, 3, 4, 3, 2]),
    row("axis_1_rank_3", [3, 4, 2], {"axis": 1}),
    row("axis_1_rank_4", [3, 2, 4, 5], {"axis": 1}),
    row("axis_2_rank_4", [3, 4, 2, 5], {"axis": 2}),
    row("momentum_epsilon", [5, 3], {"momentum": 0.5, "epsilon": 0.1}),
    row("momentum_rank_4", [3, 4, 5, 2], {"momentum": 0.5, "epsilon": 0.1}),
    row("inits", [5, 3], {"beta_init": "one", "gamma_init": "zero"}),
    row("frozen", [5, 3], {"trainable": False}),
    row("frozen_rank_4", [3, 4, 5, 2], {"trainable": False}),
    row("masked", [3, 4, 2], masked_steps=[[0], [1, 2], [3]]),
    row("double", [5, 3], floatx="float64"),
    row("mode_1", [5, 3], {"mode": 1}),
    row("mode_1_rank_3", [3, 4, 2], {"mode": 1}),
    row("mode_1_epsilon", [5, 3], {"mode": 1, "epsilon": 0.1}),
    row("mode_2", [5, 3], {"mode": 2}),
    row("mode_2_rank_3", [3, 4, 2], {"mode": 2}),
    row("mode_2_rank_4", [3, 4, 5, 2], {"mode": 2}),
    row("mode_2_axis_1", [3, 2, 4, 5], {"mode": 2, "axis": 1}),
]
