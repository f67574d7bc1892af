"""Cases of Keras 1's Bidirectional and TimeDistributed."""

ERAS = ("1.2",)

LEFT = [[0, 1], [0]]
MIDDLE = [[2], [1, 3]]
RIGHT = [[4], [3, 4]]
EVERY = {"return_sequences": True}


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


def images(**more):
    """Return the description of a convolution with 4 filters."""
    return inner("Convolution2D", nb_filter=4, nb_row=2, nb_col=2, **more)


CASES = [
    both(f"{mode}_{kind}", inner("LSTM", output_dim=4, **arguments), mode)
    for mode in ("concat", "sum", "mul", "ave", None)
    for kind, arguments in [("last", {}), ("sequences", EVERY)]
    if mode or arguments  # Keras 1 cannot run the last steps unmerged
] + [
    both("simplernn", inner("SimpleRNN", output_dim=4, **EVERY)),
    both("gru", inner("GRU", output_dim=4, **EVERY)),
    both("gru_last", inner("GRU", output_dim=4), "sum"),
    both("lstm_gpu", inner("LSTM", output_dim=4, consume_less="gpu", **EVERY)),
    both("gru_mem", inner("GRU", output_dim=4, consume_less="mem", **EVERY)),
    both("masked_simplernn", inner("SimpleRNN", output_dim=4, **EVERY), masked_steps=MIDDLE),
    both("masked_left", inner("LSTM", output_dim=4, **EVERY), masked_steps=LEFT),
    both("masked_middle", inner("LSTM", output_dim=4, **EVERY), masked_steps=MIDDLE),
    both("masked_right", inner("LSTM", output_dim=4, **EVERY), masked_steps=RIGHT),
    both("masked_last", inner("LSTM", output_dim=4), masked_steps=RIGHT),
    both("masked_gru", inner("GRU", output_dim=4, **EVERY), "ave", masked_steps=RIGHT),
    both("stateful", inner("LSTM", output_dim=4, stateful=True), calls=2),
    each("dense", inner("Dense", output_dim=4), [2, 5, 3]),
    each("dense_relu", inner("Dense", output_dim=4, activation="relu"), [2, 5, 3]),
    each("dense_masked", inner("Dense", output_dim=4), [2, 5, 3], masked_steps=MIDDLE),
    each("activation", inner("Activation", activation="softmax"), [2, 5, 3]),
    each("convolution_2d", images(), [2, 3, 5, 4, 2]),
    each("convolution_2d_same", images(border_mode="same", subsample=[2, 2]), [2, 3, 5, 4, 2]),
    each("convolution_2d_th", images(dim_ordering="th"), [2, 3, 2, 5, 4]),
    each("max_pooling_2d", inner("MaxPooling2D"), [2, 3, 4, 5, 2]),
    each("flatten", inner("Flatten"), [2, 3, 4, 5]),
    each("maxout_dense", inner("MaxoutDense", output_dim=4), [2, 5, 3]),
    each("highway", inner("Highway"), [2, 5, 3]),
    each("lstm", inner("LSTM", output_dim=4), [2, 3, 5, 2]),
    each("bidirectional", inner("Bidirectional", layer=inner("LSTM", output_dim=4)), [2, 3, 5, 2]),
]
