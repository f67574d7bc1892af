"""Whole models that each optimizer trained before they were saved, as in ``models.py``."""

ERAS = ("2.0", "2.2", "2.3", "2.15", "3")
OLD, NEW = ERAS[:3], ERAS[3:]
TRAINED = {"train": 3, "targets": [[6, 3]]}


def optimized(name, make, eras=ERAS, **more):
    """Return the row of a small classifier that is compiled with the optimizer ``make`` gives."""

    def build(keras):
        """Return the compiled classifier."""
        layers = keras.layers
        model = keras.models.Sequential(
            [
                layers.Dense(3, activation="tanh", input_shape=(4,)),
                layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile(optimizer=make(keras.optimizers), loss="categorical_crossentropy")
        return model

    return dict(TRAINED, name=name, build=build, inputs=[[6, 4]], eras=eras, **more)


def trained_cnn(keras):
    """Return a compiled CNN with a frozen convolution, normalizations and a PReLU."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Conv2D(3, 2, input_shape=(5, 4, 2), trainable=False),
            layers.BatchNormalization(),
            layers.Conv2D(2, (3, 2), use_bias=False),
            layers.BatchNormalization(scale=False, momentum=0.9),
            layers.PReLU(shared_axes=[1, 2]),
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
            layers.GRU(3),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adamax(0.01), loss="categorical_crossentropy")
    return model


def scheduled(optimizers):
    """Return an SGD whose rate falls with the batches."""
    schedules = optimizers.schedules
    return optimizers.SGD(schedules.ExponentialDecay(0.5, 2, 0.5), momentum=0.5)


def row(build, inputs, **more):
    """Return one model's row, named after its function."""
    return dict(more, name=build.__name__, build=build, inputs=inputs)


CASES = [
    optimized("trained_old_adagrad", lambda all: all.Adagrad(0.1), OLD),
    optimized("trained_old_adadelta", lambda all: all.Adadelta(0.5), OLD),
    optimized("trained_old_adamax", lambda all: all.Adamax(0.01), OLD),
    optimized("trained_old_nadam", lambda all: all.Nadam(0.01), OLD),
    optimized("trained_decay", lambda all: all.SGD(0.1, momentum=0.9, decay=0.1), OLD),
    optimized("trained_rmsprop_decay", lambda all: all.RMSprop(0.01, decay=0.1), OLD),
    optimized("trained_amsgrad", lambda all: all.Adam(0.01, amsgrad=True), ERAS[1:]),
    optimized("trained_clipped", lambda all: all.Adam(0.01, clipnorm=0.1)),
    optimized("trained_ftrl", lambda all: all.Ftrl(0.1), NEW),
    optimized("trained_lion", lambda all: all.Lion(0.01), NEW),
    optimized("trained_adamw", lambda all: all.AdamW(0.01, weight_decay=0.1), NEW),
    optimized("trained_schedule", scheduled, NEW),
    optimized("trained_average", lambda all: all.Adam(0.01, use_ema=True), NEW),
    optimized("trained_centered", lambda all: all.RMSprop(0.01, centered=True, momentum=0.5), NEW),
    optimized("trained_legacy_adam", lambda all: all.legacy.Adam(0.01, decay=0.1), ["2.15"],
              reverse=False),
    optimized("trained_legacy_sgd", lambda all: all.legacy.SGD(0.1, momentum=0.9), ["2.15"],
              reverse=False),
    optimized("trained_legacy_rmsprop", lambda all: all.legacy.RMSprop(0.01), ["2.15"],
              reverse=False),
    optimized("trained_legacy_nadam", lambda all: all.legacy.Nadam(0.01), ["2.15"], reverse=False),
    optimized("trained_legacy_adagrad", lambda all: all.legacy.Adagrad(0.1), ["2.15"],
              reverse=False),
    row(trained_cnn, [[6, 5, 4, 2]], **TRAINED),
    row(trained_recurrent, [[6, 5]], kinds=[7], **TRAINED),
]  # fmt: skip
