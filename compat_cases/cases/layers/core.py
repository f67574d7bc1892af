"""Cases of the core layers."""

ERAS = ("2.2", "2.3", "2.15", "3")


def row(name, class_name, inputs, arguments=None, **more):
    """Return one case."""
    return dict(more, name=name, class_name=class_name, inputs=inputs, arguments=arguments or {})


ACTIVATIONS = [
    "softmax",
    "elu",
    "selu",
    "softplus",
    "softsign",
    "relu",
    "tanh",
    "sigmoid",
    "hard_sigmoid",
    "exponential",
    "linear",
]

CASES = [
    row("dense", "Dense", [[2, 4]], {"units": 3}),
    row("dense_no_bias", "Dense", [[2, 4]], {"units": 3, "use_bias": False}),
    row("dense_steps", "Dense", [[2, 5, 4]], {"units": 3, "activation": "tanh"}),
    row("dense_rank_4", "Dense", [[2, 3, 5, 4]], {"units": 6, "activation": "relu"}),
    row("dense_softmax", "Dense", [[2, 4]], {"units": 3, "activation": "softmax"}),
    row("dense_softmax_steps", "Dense", [[2, 5, 4]], {"units": 3, "activation": "softmax"}),
    row("dense_sigmoid", "Dense", [[2, 4]], {"units": 1, "activation": "sigmoid"}),
    row("dense_ones", "Dense", [[2, 4]], {"units": 3, "bias_initializer": "ones"}),
    row("dense_masked", "Dense", [[2, 3, 4]], {"units": 5}, masked_steps=[[0], [2]]),
    *[
        row("activation_" + name, "Activation", [[3, 5]], {"activation": name}, scale=3.0)
        for name in ACTIVATIONS
    ],
    *[
        row(
            "activation_" + name,
            "Activation",
            [[3, 5]],
            {"activation": name},
            scale=3.0,
            eras=["2.15", "3"],
        )
        for name in ("swish", "gelu", "relu6", "leaky_relu", "log_softmax", "mish", "silu")
    ],
    row("activation_softmax_steps", "Activation", [[2, 3, 4]], {"activation": "softmax"}),
    row(
        "activation_masked",
        "Activation",
        [[2, 3, 4]],
        {"activation": "tanh"},
        masked_steps=[[1], [0, 2]],
    ),
    row("dropout_rank_4_at_rest", "Dropout", [[2, 3, 4, 5]], {"rate": 0.3}),
    row("dropout_at_rest", "Dropout", [[2, 4]], {"rate": 0.5}),
    row("dropout_masked_at_rest", "Dropout", [[2, 3, 4]], {"rate": 0.3}, masked_steps=[[1], [2]]),
    *[
        row(
            f"flatten_{place}_rank_{len(shape)}",
            "Flatten",
            [shape],
            {"data_format": "channels_" + place},
        )
        for place in ("first", "last")
        for shape in ([2, 3, 4], [2, 3, 4, 5], [2, 3, 4, 5, 2])
    ],
    row("flatten_default", "Flatten", [[2, 3, 4]]),
    row("flatten_rank_2", "Flatten", [[2, 3]], eras=["2.15", "3"]),
    row("reshape", "Reshape", [[2, 3, 4]], {"target_shape": [6, 2]}),
    row("reshape_unknown", "Reshape", [[2, 3, 4]], {"target_shape": [-1, 2]}),
    row("reshape_unknown_last", "Reshape", [[2, 12]], {"target_shape": [2, 3, -1]}),
    row("reshape_flat", "Reshape", [[2, 3, 4]], {"target_shape": [12]}),
    row("permute", "Permute", [[2, 3, 4]], {"dims": [2, 1]}),
    row("permute_rank_4", "Permute", [[2, 3, 4, 5]], {"dims": [3, 1, 2]}),
    row("permute_rank_5", "Permute", [[2, 3, 4, 5, 2]], {"dims": [4, 2, 1, 3]}),
    row("repeat_vector", "RepeatVector", [[2, 4]], {"n": 3}),
    row("repeat_vector_once", "RepeatVector", [[3, 2]], {"n": 1}),
    row("repeat_vector_often", "RepeatVector", [[2, 3]], {"n": 5}),
    row("masking_whole", "Masking", [[2, 3, 4]], masked_steps=[[0, 1, 2], []]),
    row("masking", "Masking", [[2, 3, 4]], masked_steps=[[0], [1, 2]]),
    row(
        "masking_other_value",
        "Masking",
        [[2, 3, 4]],
        {"mask_value": -1.0},
        masked_steps=[[0], [1, 2]],
        mask_value=-1.0,
    ),
    row("leaky_relu", "LeakyReLU", [[3, 4]]),
    row("leaky_relu_steps", "LeakyReLU", [[2, 3, 4]], masked_steps=[[0], [1, 2]]),
    row("leaky_relu_alpha", "LeakyReLU", [[3, 4]], {"alpha": 0.1}),
    row("prelu", "PReLU", [[2, 3, 4]]),
    row("prelu_rank_2", "PReLU", [[3, 4]], {"alpha_initializer": "ones"}),
    row("prelu_shared", "PReLU", [[2, 3, 4, 5]], {"shared_axes": [1, 2]}),
    row("prelu_shared_one", "PReLU", [[2, 3, 4]], {"shared_axes": [1]}),
    row("elu", "ELU", [[3, 4]]),
    row("elu_alpha", "ELU", [[3, 4]], {"alpha": 0.5}),
    row("elu_rank_4", "ELU", [[2, 3, 4, 5]], {"alpha": 2.0}),
    row("relu", "ReLU", [[3, 4]]),
    row("relu_six", "ReLU", [[3, 4]], {"max_value": 6.0}, scale=5.0),
    row(
        "relu_all",
        "ReLU",
        [[3, 4]],
        {"max_value": 2.0, "negative_slope": 0.2, "threshold": 0.5},
        scale=2.0,
    ),
    *[
        row(
            "thresholded_relu" + name,
            "ThresholdedReLU",
            [shape],
            arguments,
            eras=["2.2", "2.3", "2.15"],
        )
        for name, shape, arguments in [
            ("", [3, 4], {"theta": 0.5}),
            ("_default", [3, 4], {}),
            ("_rank_3", [2, 3, 4], {"theta": 0.0}),
        ]
    ],
    row("softmax", "Softmax", [[3, 4]]),
    row("softmax_axis", "Softmax", [[2, 3, 4]], {"axis": 1}),
    row("softmax_rank_4", "Softmax", [[2, 3, 4, 5]]),
    row(
        "normalization", "Normalization", [[2, 4]], {"axis": -1}, adapt=[20, 4], eras=["2.15", "3"]
    ),
    row(
        "normalization_whole",
        "Normalization",
        [[2, 4]],
        {"axis": None},
        adapt=[20, 4],
        eras=["2.15", "3"],
    ),
    row(
        "normalization_given",
        "Normalization",
        [[2, 3]],
        {"axis": -1, "mean": [1.0, 2.0, 3.0], "variance": [0.5, 4.0, 2.0]},
        eras=["2.15", "3"],
    ),
    row(
        "normalization_invert",
        "Normalization",
        [[2, 4]],
        {"axis": -1, "invert": True},
        adapt=[20, 4],
        eras=["2.15", "3"],
    ),
    row(
        "normalization_steps",
        "Normalization",
        [[2, 3, 4]],
        {"axis": 1},
        adapt=[7, 3, 4],
        eras=["2.15", "3"],
    ),
]
