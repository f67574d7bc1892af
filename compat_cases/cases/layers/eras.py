"""Cases that every era is asked in its own words, under one name, so that their numbers compare.

A row of one era alone carries the name that the same question has in another file of later eras.
"""

ERAS = ("1.2", "2.2", "2.3", "2.15", "3")
FIRST = ("1.2",)
LATER = ERAS[1:]
NEW = ("2.15", "3")

STEPS = [2, 5, 3]
MIDDLE = [[2], [1, 3]]
LEFT = [[0, 1], [0]]
FIRST_STEPS = [[0], [1, 2]]
# So little that a least epsilon of the kernel's own shows.
SMALL = [
    [[[0.001], [0.004]], [[-0.002], [0.003]]],
    [[[0.0], [-0.001]], [[0.002], [0.005]]],
]


def row(name, class_name, inputs, arguments=None, eras=ERAS, **more):
    """Return one case."""
    return dict(
        more,
        name=name,
        class_name=class_name,
        inputs=inputs,
        arguments=arguments or {},
        eras=eras,
    )


def told(name, inputs, older, newer, **more):
    """Return a case in Keras 1's words, class and arguments, and one in the later words."""
    return [
        row(name, older[0], inputs, older[1], FIRST, **more),
        row(name, newer[0], inputs, newer[1], LATER, **more),
    ]


def recurrent(class_name, name, older, newer, **more):
    """Return a recurrent layer's case; Keras 1's `gpu` holds the gates in one kernel, too."""
    return told(
        f"{class_name.lower()}_of_the_era{name}",
        [STEPS],
        (class_name, dict({"output_dim": 4, "consume_less": "gpu"}, **older)),
        (class_name, dict({"units": 4}, **newer)),
        **more,
    )


def gated(name, **more):
    """Return cases of LSTM and GRU whose gates and reset are those of no era, but told."""
    every = dict({"return_sequences": True}, **more.pop("arguments", {}))
    inner, reset = {"inner_activation": "sigmoid"}, {"reset_after": False}
    outer = {"recurrent_activation": "sigmoid"}
    return [
        *recurrent("LSTM", name, dict(every, **inner), dict(every, **outer), **more),
        *recurrent("GRU", name, dict(every, **inner), dict(every, **outer, **reset), **more),
    ]


def first(name, class_name, inputs, arguments, **more):
    """Return Keras 1's case of a name that the later eras have in another file."""
    return row(name, class_name, inputs, arguments, FIRST, **more)


CASES = [
    first(
        "batch_normalization_small_rank_4",
        "BatchNormalization",
        [[2, 2, 2, 1]],
        {"epsilon": 1e-7},
        data=[SMALL],
        train=2,
    ),
    row(
        "batch_normalization_masked_rank_4",
        "BatchNormalization",
        [[2, 3, 4, 2]],
        eras=("1.2", "2.2", *NEW),  # Keras 2.3 cannot lay such a mask over a loss
        train=2,
        masked_steps=FIRST_STEPS,
    ),
    row(
        "batch_normalization_small_variance",
        "BatchNormalization",
        [[2, 2, 2, 1]],
        {"epsilon": 1e-7},
        data=[SMALL],
        given=[[1.5], [0.2], [0.001], [2e-6]],
    ),
    *recurrent("LSTM", "", {}, {}),
    *recurrent("GRU", "", {}, {}),
    *gated("_told"),
    *gated("_masked", masked_steps=MIDDLE),
    *gated("_masked_start", masked_steps=LEFT),
    *gated("_backwards", arguments={"go_backwards": True}),
    row(
        "lstm_zero_output_for_mask",
        "LSTM",
        [STEPS],
        {"units": 4, "return_sequences": True, "zero_output_for_mask": True},
        NEW,
        masked_steps=MIDDLE,
    ),
    row(
        "lstm_time_major",
        "LSTM",
        [[5, 2, 3]],
        {"units": 4, "return_sequences": True, "time_major": True},
        ("2.15",),
    ),
    row(
        "bidirectional_backward_layer",
        "Bidirectional",
        [STEPS],
        {
            "layer": {"class_name": "LSTM", "arguments": {"units": 4}},
            "backward_layer": {
                "class_name": "LSTM",
                "arguments": {"units": 4, "go_backwards": True, "activation": "relu"},
            },
        },
        NEW,
    ),
    first("conv_1d_plain", "Convolution1D", [[2, 7, 3]], {"nb_filter": 4, "filter_length": 3}),
    first(
        "conv_2d_plain",
        "Convolution2D",
        [[2, 7, 6, 3]],
        {"nb_filter": 4, "nb_row": 3, "nb_col": 2},
    ),
    first(
        "conv_2d_channels_first",
        "Convolution2D",
        [[2, 3, 7, 6]],
        {"nb_filter": 4, "nb_row": 3, "nb_col": 2, "dim_ordering": "th"},
    ),
    first(
        "conv_2d_same_strided_even",
        "Convolution2D",
        [[2, 8, 6, 3]],
        {"nb_filter": 4, "nb_row": 2, "nb_col": 2, "subsample": [2, 2], "border_mode": "same"},
    ),
    first(
        "conv_2d_same_strided_odd",
        "Convolution2D",
        [[2, 7, 5, 3]],
        {"nb_filter": 4, "nb_row": 3, "nb_col": 3, "subsample": [2, 2], "border_mode": "same"},
    ),
    first(
        "conv_2d_transpose_plain",
        "Deconvolution2D",
        [[2, 5, 4, 3]],
        {"nb_filter": 4, "nb_row": 3, "nb_col": 2, "output_shape": [None, 7, 5, 4]},
    ),
    first(
        "conv_2d_transpose_same_strided",
        "Deconvolution2D",
        [[2, 5, 4, 3]],
        {
            "nb_filter": 4,
            "nb_row": 3,
            "nb_col": 2,
            "output_shape": [None, 10, 8, 4],
            "subsample": [2, 2],
            "border_mode": "same",
        },
    ),
    first(
        "separableconv_2d_plain",
        "SeparableConvolution2D",
        [[2, 7, 6, 3]],
        {"nb_filter": 5, "nb_row": 3, "nb_col": 2},
    ),
    *[
        row(
            f"{class_name.lower()}_where_channels_are_first",
            class_name,
            [shape],
            arguments,
            LATER,
            image_data_format="channels_first",
            **more,
        )
        for class_name, shape, arguments, more in [
            ("Conv1D", [2, 7, 3], {"filters": 4, "kernel_size": 3}, {}),
            ("SeparableConv1D", [2, 7, 3], {"filters": 4, "kernel_size": 3}, {"unrun": True}),
            ("MaxPooling1D", [2, 7, 4], {}, {}),
            ("GlobalAveragePooling1D", [2, 7, 4], {}, {}),
            ("ZeroPadding1D", [2, 7, 4], {}, {}),
            ("Flatten", [2, 3, 4, 5], {}, {}),
        ]
    ],
    row(
        "depthwiseconv_2d_dilated_valid",
        "DepthwiseConv2D",
        [[2, 7, 6, 3]],
        {"kernel_size": [3, 2], "dilation_rate": 2},
        LATER,
    ),
    row("up_sampling_2d_bare", "UpSampling2D", [[2, 4, 3, 2]]),
    row("max_pooling_2d_bare", "MaxPooling2D", [[2, 7, 6, 3]]),
    row("average_pooling_2d_bare", "AveragePooling2D", [[2, 7, 6, 3]], eras=ERAS[:-1]),
    *[
        first(f"flatten_first_rank_{len(shape)}", "Flatten", [shape], {})
        for shape in ([2, 3, 4], [2, 3, 4, 5], [2, 3, 4, 5, 2])
    ],
    row(
        "activation_softmax_rank_4", "Activation", [[2, 3, 4, 5]], {"activation": "softmax"}, LATER
    ),
    *[
        first(name, "Merge", [[2, 3]] * 2, {"mode": mode})
        for name, mode in [
            ("add", "sum"),
            ("multiply", "mul"),
            ("average", "ave"),
            ("maximum", "max"),
        ]
    ],
    first("concatenate", "Merge", [[2, 3], [2, 4]], {"mode": "concat"}),
    first("dot", "Merge", [[2, 3], [2, 3]], {"mode": "dot", "dot_axes": 1}),
]
