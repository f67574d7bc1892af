"""Seeds: what layers take from numpy's stream when a model is built, up to Keras 2.3.

`numpy.random.seed(0)`, then the layer called in a model, then a number below 10**6: that number
says how far the stream has come.
"""

ERAS = ("2.2", "2.3")


def row(name, class_name, inputs, eras=ERAS, **arguments):
    """Return one case."""
    return {
        "name": name,
        "class_name": class_name,
        "arguments": arguments,
        "inputs": inputs,
        "eras": list(eras),
    }


def inner(class_name, **arguments):
    """Return a layer inside another."""
    return {"class_name": class_name, "arguments": arguments}


ONE, STEPS, IMAGE = [2, 4], [2, 3, 4], [2, 5, 6, 2]
EVERY = ("1.2", *ERAS)
OLDEST = ("1.2",)

CASES = [
    row("flatten", "Flatten", STEPS, EVERY),
    row("activation", "ELU", ONE, EVERY),
    row("dense", "Dense", ONE, units=3),
    *(
        row(f"dense_{kind}", "Dense", ONE, units=3, kernel_initializer=kind)
        for kind in (
            "he_normal",
            "orthogonal",
            "random_normal",
            "random_uniform",
            "truncated_normal",
            "lecun_uniform",
            "glorot_normal",
            "ones",
        )
    ),
    row("dropout", "Dropout", ONE, rate=0.5),
    row("dropout_of_nothing", "Dropout", ONE, rate=0.0),
    row("dropout_with_a_seed", "Dropout", ONE, rate=0.5, seed=3),
    row("dropout_shared", "Dropout", STEPS, rate=0.5, noise_shape=[None, 1, None]),
    row("spatial_1d", "SpatialDropout1D", STEPS, rate=0.5),
    row("spatial_2d", "SpatialDropout2D", IMAGE, rate=0.5),
    row("spatial_3d", "SpatialDropout3D", [2, 3, 4, 5, 2], rate=0.5),
    row("noise", "GaussianNoise", ONE, stddev=0.5),
    row("noise_of_nothing", "GaussianNoise", ONE, stddev=0.0),
    row("gaussian", "GaussianDropout", ONE, rate=0.5),
    row("gaussian_of_nothing", "GaussianDropout", ONE, rate=0.0),
    row("alpha", "AlphaDropout", ONE, rate=0.5),
    row("alpha_with_a_seed", "AlphaDropout", ONE, rate=0.5, seed=3),
    *(
        row(f"{kind.lower()}_{word}", kind, STEPS, units=3, **rates)
        for kind in ("LSTM", "GRU", "SimpleRNN")
        for word, rates in (
            ("still", {}),
            ("inputs", {"dropout": 0.5}),
            ("states", {"recurrent_dropout": 0.5}),
            ("both", {"dropout": 0.5, "recurrent_dropout": 0.2}),
        )
    ),
    row("lstm_first_way", "LSTM", STEPS, units=3, dropout=0.5, implementation=1),
    row("lstm_second_way", "LSTM", STEPS, units=3, dropout=0.5, implementation=2),
    row("cell", "RNN", STEPS, cell=inner("LSTMCell", units=3, dropout=0.5)),
    row("conv_lstm", "ConvLSTM2D", [2, 3, 4, 5, 2], filters=2, kernel_size=2, dropout=0.5),
    row("bidirectional", "Bidirectional", STEPS, layer=inner("LSTM", units=3, dropout=0.5)),
    row("every_step", "TimeDistributed", STEPS, layer=inner("Dropout", rate=0.5)),
    row("embedding", "Embedding", ONE, input_dim=5, output_dim=3),
    row("convolution", "Conv2D", IMAGE, filters=2, kernel_size=3),
    row("transposed", "Conv2DTranspose", IMAGE, filters=2, kernel_size=3),
    row("separable", "SeparableConv2D", IMAGE, filters=2, kernel_size=3),
    row("local", "LocallyConnected1D", [2, 5, 6], filters=2, kernel_size=3),
    row("batch", "BatchNormalization", ONE, EVERY),
    row("keras_1_dense", "Dense", ONE, OLDEST, output_dim=3),
    *(
        row(f"keras_1_dense_{kind}", "Dense", ONE, OLDEST, output_dim=3, init=kind)
        for kind in ("he_normal", "orthogonal", "uniform", "normal", "lecun_uniform")
    ),
    row("keras_1_dropout", "Dropout", ONE, OLDEST, p=0.5),
    row("keras_1_spatial", "SpatialDropout1D", STEPS, OLDEST, p=0.5),
    row("keras_1_noise", "GaussianNoise", ONE, OLDEST, sigma=0.5),
    row("keras_1_gaussian", "GaussianDropout", ONE, OLDEST, p=0.5),
    *(
        row(f"keras_1_{kind.lower()}_{word}", kind, STEPS, OLDEST, output_dim=3, **rates)
        for kind in ("LSTM", "GRU", "SimpleRNN")
        for word, rates in (
            ("still", {}),
            ("inputs", {"dropout_W": 0.5}),
            ("states", {"dropout_U": 0.5}),
            ("packed", {"dropout_W": 0.5, "dropout_U": 0.2, "consume_less": "gpu"}),
        )
    ),
    row("keras_1_embedding", "Embedding", ONE, OLDEST, input_dim=5, output_dim=3, dropout=0.5),
    row("keras_1_highway", "Highway", ONE, OLDEST),
    row("keras_1_maxout", "MaxoutDense", ONE, OLDEST, output_dim=3),
    row("keras_1_srelu", "SReLU", ONE, OLDEST),
]
