"""Cases of Bidirectional and TimeDistributed."""

ERAS = ("2.2", "2.3", "2.15", "3")

LEFT = [[0, 1], [0]]
MIDDLE = [[2], [1, 3]]
RIGHT = [[4], [3, 4]]


def inner(class_name, **arguments):
    """Return the description of a layer inside another."""
    return {"class_name": class_name, "arguments": arguments}


def both(name, layer, merge_mode="concat", **more):
    """Return a case of Bidirectional over 2 samples, 5 steps, 3 features."""
    return dict(
        {
            "name": "bidirectional_" + name,
            "class_name": "Bidirectional",
            "inputs": [[2, 5, 3]],
            "arguments": {"layer": layer, "merge_mode": merge_mode},
        },
        **more,
    )


def each(name, layer, shape, **more):
    """Return a case of TimeDistributed."""
    return dict(
        {
            "name": "time_distributed_" + name,
            "class_name": "TimeDistributed",
            "inputs": [shape],
            "arguments": {"layer": layer},
        },
        **more,
    )


EVERY = {"return_sequences": True}

CASES = [
    both(f"{mode}_{kind}", inner("LSTM", units=4, **arguments), mode)
    for mode in ("concat", "sum", "mul", "ave", None)
    for kind, arguments in [("last", {}), ("sequences", EVERY)]
] + [
    both("simplernn", inner("SimpleRNN", units=4, **EVERY)),
    both("gru", inner("GRU", units=4, **EVERY)),
    both("gru_last", inner("GRU", units=4), "sum"),
    both("masked_simplernn", inner("SimpleRNN", units=4, **EVERY), masked_steps=MIDDLE),
    both("masked_left", inner("LSTM", units=4, **EVERY), masked_steps=LEFT),
    both("masked_middle", inner("LSTM", units=4, **EVERY), masked_steps=MIDDLE),
    both("masked_right", inner("LSTM", units=4, **EVERY), masked_steps=RIGHT),
    both("masked_last", inner("LSTM", units=4), masked_steps=RIGHT),
    both("masked_gru", inner("GRU", units=4, **EVERY), "ave", masked_steps=RIGHT),
    both("masked_apart", inner("LSTM", units=4, **EVERY), None, masked_steps=RIGHT),
    both("state", inner("LSTM", units=4, return_state=True)),
    both("gru_sequences_state", inner("GRU", units=4, return_state=True, **EVERY)),
    both(
        "initial_state",
        inner("GRU", units=4, **EVERY),
        inputs=[[2, 5, 3], [2, 4], [2, 4]],
        initial_state=[1, 2],
    ),
    both("stateful", inner("LSTM", units=4, stateful=True), calls=2),
    each("dense", inner("Dense", units=4), [2, 5, 3]),
    each("dense_relu", inner("Dense", units=4, activation="relu"), [2, 5, 3]),
    each("dense_rank_4", inner("Dense", units=4), [2, 5, 2, 3]),
    each("dense_masked", inner("Dense", units=4), [2, 5, 3], masked_steps=MIDDLE),
    each("activation", inner("Activation", activation="softmax"), [2, 5, 3]),
    each("conv_2d", inner("Conv2D", filters=4, kernel_size=2), [2, 3, 5, 4, 2]),
    each("conv_1d_same", inner("Conv1D", filters=4, kernel_size=3, padding="same"), [2, 3, 5, 2]),
    each("max_pooling_2d", inner("MaxPooling2D"), [2, 3, 4, 5, 2]),
    each("flatten", inner("Flatten"), [2, 3, 4, 5]),
    each("global_average_pooling_1d", inner("GlobalAveragePooling1D"), [2, 3, 4, 5]),
    each("batch_normalization", inner("BatchNormalization"), [2, 5, 3]),
    each("lstm", inner("LSTM", units=4), [2, 3, 5, 2]),
    each("embedding", inner("Embedding", input_dim=6, output_dim=4), [2, 3, 5], kinds=[6]),
    each("bidirectional", inner("Bidirectional", layer=inner("LSTM", units=4)), [2, 3, 5, 2]),
    each(
        "sequential",
        inner(
            "Sequential",
            layers=[
                inner("Dense", units=4, activation="tanh", input_shape=[3]),
                inner("Dense", units=2),
            ],
        ),
        [2, 5, 3],
    ),
]
