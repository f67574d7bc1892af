"""Cases of the random layers where nothing is random: at rest, and in training at rate 0."""

ERAS = ("2.2", "2.3", "2.15", "3")

SHAPES = {1: [2, 3, 4], 2: [2, 3, 5, 4], 3: [2, 3, 5, 2, 4]}


def row(name, class_name, shape, arguments, **more):
    """Return one case."""
    return dict(more, name=name, class_name=class_name, inputs=[shape], arguments=arguments)


CASES = (
    [
        row(f"{word}_{name}", class_name, shape, {key: amount}, **more)
        for word, class_name, key in [
            ("dropout", "Dropout", "rate"),
            ("alpha_dropout", "AlphaDropout", "rate"),
            ("gaussian_dropout", "GaussianDropout", "rate"),
            ("gaussian_noise", "GaussianNoise", "stddev"),
        ]
        for name, shape, amount, more in [
            ("rest", [2, 4], 0.5, {}),
            ("rest_steps", [2, 3, 4], 0.25, {"masked_steps": [[0], [1, 2]]}),
            ("none", [2, 4], 0.0, {"train": 1}),
        ]
    ]
    + [
        row(f"spatial_dropout_{rank}d_{name}", f"SpatialDropout{rank}D", shape, arguments, **more)
        for rank, shape in SHAPES.items()
        for name, arguments, more in [
            ("rest", {"rate": 0.5}, {}),
            ("first", {"rate": 0.5, "data_format": "channels_first"}, {}),
            ("none", {"rate": 0.0}, {"train": 1}),
        ]
        if rank > 1 or name != "first"
    ]
    + [
        row("spatial_dropout_1d_more", "SpatialDropout1D", [3, 5, 2], {"rate": 0.2}),
        row("activity_regularization", "ActivityRegularization", [2, 4], {"l1": 0.1, "l2": 0.2}),
        row("activity_regularization_l2", "ActivityRegularization", [2, 3, 4], {"l2": 0.1}),
        row("activity_regularization_none", "ActivityRegularization", [2, 3, 4, 5], {}),
        row("identity", "Identity", [2, 4], {}, eras=["2.15", "3"]),
        row(
            "identity_masked",
            "Identity",
            [2, 3, 4],
            {},
            masked_steps=[[0], [1, 2]],
            eras=["2.15", "3"],
        ),
        row("identity_rank_4", "Identity", [2, 3, 4, 5], {}, eras=["2.15", "3"]),
    ]
)
