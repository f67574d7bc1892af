"""Cases of Keras 1's SimpleRNN, LSTM, GRU and ConvLSTM2D, in its words."""

ERAS = ("1.2",)

STEPS = [2, 5, 3]
LEFT = [[0, 1], [0]]
MIDDLE = [[2], [1, 3]]
RIGHT = [[4], [3, 4]]
WHOLE = [[0, 1, 2, 3, 4], [1]]
EVERY = {"return_sequences": True}


def row(class_name, name, arguments=None, **more):
    """Return one case of 2 samples, 5 steps, 3 features and 4 units."""
    return dict(
        {
            "name": class_name.lower() + "_" + name,
            "class_name": class_name,
            "inputs": [STEPS],
            "arguments": dict({"output_dim": 4}, **(arguments or {})),
        },
        **more,
    )


def shared(class_name):
    """Return the cases that every recurrent layer has."""
    return [
        row(class_name, "plain"),
        row(class_name, "sequences", EVERY),
        row(class_name, "backwards", {"go_backwards": True}),
        row(class_name, "backwards_sequences", dict(EVERY, go_backwards=True)),
        row(class_name, "relu", {"activation": "relu"}),
        row(class_name, "linear_sequences", dict(EVERY, activation="linear")),
        row(class_name, "inits", {"init": "uniform", "inner_init": "normal"}),
        row(class_name, "unroll", dict(EVERY, unroll=True)),
        row(class_name, "unroll_masked", dict(EVERY, unroll=True), masked_steps=MIDDLE),
        row(class_name, "masked_left", EVERY, masked_steps=LEFT),
        row(class_name, "masked_middle", EVERY, masked_steps=MIDDLE),
        row(class_name, "masked_right", EVERY, masked_steps=RIGHT),
        row(class_name, "masked_whole", EVERY, masked_steps=WHOLE),
        row(class_name, "masked_last", {}, masked_steps=RIGHT),
        row(class_name, "masked_middle_last", {}, masked_steps=MIDDLE),
        row(class_name, "masked_backwards", dict(EVERY, go_backwards=True), masked_steps=RIGHT),
        row(
            class_name, "masked_stateful", dict(EVERY, stateful=True), masked_steps=MIDDLE, calls=2
        ),
        row(class_name, "stateful", {"stateful": True}, calls=2),
        row(class_name, "stateful_sequences", dict(EVERY, stateful=True), calls=3),
        row(class_name, "one_step", inputs=[[3, 1, 2]]),
        row(class_name, "length", {"input_dim": 3, "input_length": 5}),
        row(class_name, "dropout_at_rest", dict(EVERY, dropout_W=0.3, dropout_U=0.2)),
        row(class_name, "double", EVERY, floatx="float64"),
    ] + [
        row(class_name, f"{mode}_{name}", dict(EVERY, consume_less=mode, **arguments), **more)
        for mode in ("cpu", "mem", "gpu")
        for name, arguments, more in [
            ("plain", {}, {}),
            ("masked", {}, {"masked_steps": MIDDLE}),
            ("backwards", {"go_backwards": True}, {}),
        ]
    ]


def gated(class_name):
    """Return the cases of the layers with gates."""
    return [
        row(class_name, "sigmoid", dict(EVERY, inner_activation="sigmoid")),
        row(class_name, "sigmoid_masked", {"inner_activation": "sigmoid"}, masked_steps=RIGHT),
        row(class_name, "sigmoid_gpu", {"inner_activation": "sigmoid", "consume_less": "gpu"}),
        row(class_name, "unroll_gpu", dict(EVERY, unroll=True, consume_less="gpu")),
        row(class_name, "stateful_gpu", {"stateful": True, "consume_less": "gpu"}, calls=2),
    ]


def images(name, arguments=None, shape=(2, 3, 5, 4, 2), **more):
    """Return a case of ConvLSTM2D over 2 samples of 3 images of 2 channels."""
    given = dict({"nb_filter": 3, "nb_row": 3, "nb_col": 2}, **(arguments or {}))
    return dict(
        {
            "name": "convlstm_2d_" + name,
            "class_name": "ConvLSTM2D",
            "inputs": [list(shape)],
            "arguments": given,
        },
        **more,
    )


CASES = (
    [case for class_name in ("SimpleRNN", "LSTM", "GRU") for case in shared(class_name)]
    + gated("LSTM")
    + gated("GRU")
    + [
        row("LSTM", "zero_forget_bias", {"forget_bias_init": "zero"}),
        images("plain"),
        images("same", {"border_mode": "same"}),
        images("sequences", dict(EVERY, border_mode="same")),
        images("strided", dict(EVERY, border_mode="same", subsample=[2, 2])),
        images("backwards", dict(EVERY, border_mode="same", go_backwards=True)),
        images("sigmoid", dict(EVERY, inner_activation="sigmoid")),
        images("th", dict(EVERY, border_mode="same", dim_ordering="th"), (2, 3, 2, 5, 4)),
        images("stateful", {"border_mode": "same", "stateful": True}, calls=2),
    ]
)
