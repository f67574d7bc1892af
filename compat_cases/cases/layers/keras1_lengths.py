"""Cases in Keras 1's words of lengths unknown when the model is built: `unknown` names the axes."""

ERAS = ("1.2",)

STEPS, IMAGE = [2, 5, 3], [2, 5, 4, 3]


def row(name, class_name, shape, unknown, arguments=None, **more):
    """Return one case."""
    return dict(
        more,
        name="unknown_" + name,
        class_name=class_name,
        inputs=[shape],
        unknown=[unknown],
        arguments=arguments or {},
    )


LINE = {"nb_filter": 4, "filter_length": 3}
PLANE = {"nb_filter": 4, "nb_row": 3, "nb_col": 3}

CASES = [
    row("convolution_1d", "Convolution1D", STEPS, [1], LINE),
    row("convolution_1d_same", "Convolution1D", STEPS, [1], dict(LINE, border_mode="same")),
    row("convolution_2d", "Convolution2D", IMAGE, [1, 2], PLANE),
    row("convolution_2d_same", "Convolution2D", IMAGE, [1, 2], dict(PLANE, border_mode="same")),
    row("max_pooling_1d", "MaxPooling1D", STEPS, [1]),
    row("max_pooling_2d", "MaxPooling2D", IMAGE, [1, 2]),
    row("global_max_pooling_1d", "GlobalMaxPooling1D", STEPS, [1]),
    row("dense", "Dense", STEPS, [1], {"output_dim": 4}),
    row("simplernn", "SimpleRNN", STEPS, [1], {"output_dim": 4}),
    row("lstm", "LSTM", STEPS, [1], {"output_dim": 4, "return_sequences": True}),
    row("gru", "GRU", STEPS, [1], {"output_dim": 4}, masked_steps=[[4], [2, 3]]),
    row(
        "embedding",
        "Embedding",
        [2, 5],
        [1],
        {"input_dim": 6, "output_dim": 4, "mask_zero": True},
        kinds=[6],
    ),
]
