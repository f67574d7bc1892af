"""Whole models in the words of Keras 1 that were trained before they were saved.

Rows are as in ``models_keras1.py``.
"""

ERAS = ("1.2",)
TRAINED = {"train": 3, "targets": [[6, 3]]}


def optimized(name, make, **more):
    """Return the row of a small classifier that is compiled with the optimizer ``make`` gives."""

    def build(keras):
        """Return the compiled classifier."""
        layers = keras.layers
        model = keras.models.Sequential(
            [
                layers.Dense(3, activation="tanh", input_dim=4),
                layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile(optimizer=make(keras.optimizers), loss="categorical_crossentropy")
        return model

    return dict(TRAINED, name=name, build=build, inputs=[[6, 4]], **more)


def trained_cnn(keras):
    """Return a compiled CNN with its channels first, a frozen layer and a normalization."""
    layers = keras.layers
    first = {"dim_ordering": "th"}
    model = keras.models.Sequential(
        [
            layers.Convolution2D(3, 2, 2, input_shape=(2, 5, 4), trainable=False, **first),
            layers.BatchNormalization(axis=1),
            layers.Convolution2D(2, 3, 2, bias=False, **first),
            layers.LeakyReLU(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def trained_recurrent(keras):
    """Return a compiled model of words under a GRU, and LSTMs of both directions."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Embedding(7, 3, input_length=5),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
            layers.GRU(3, consume_less="gpu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adamax(0.01), loss="categorical_crossentropy")
    return model


def row(build, inputs, **more):
    """Return one model's row, named after its function."""
    return dict(more, name=build.__name__, build=build, inputs=inputs)


CASES = [
    optimized("trained_old_adagrad", lambda all: all.Adagrad(0.1)),
    optimized("trained_old_adadelta", lambda all: all.Adadelta(0.5)),
    optimized("trained_old_adamax", lambda all: all.Adamax(0.01)),
    optimized("trained_old_nadam", lambda all: all.Nadam(0.01)),
    optimized("trained_decay", lambda all: all.SGD(0.1, momentum=0.9, decay=0.1)),
    optimized("trained_clipped", lambda all: all.Adam(0.01, clipnorm=0.1)),
    row(trained_cnn, [[6, 2, 5, 4]], **TRAINED),
    row(trained_recurrent, [[6, 5]], kinds=[7], **TRAINED),
]
