"""Whole models of tf.keras 2.15 and Keras 3: what only they have, or only their archives keep.

Rows are as in ``models.py``; ``reverse`` is False where only a real Keras can build the model.
"""

ERAS = ("2.15", "3")


def classifier(keras, optimizer):
    """Return a small compiled classifier."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(5, activation="tanh", input_shape=(4,)),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def trained_nadam(keras):
    """Return a classifier compiled with Nadam."""
    return classifier(keras, keras.optimizers.Nadam(0.01))


def trained_adamax(keras):
    """Return a classifier compiled with Adamax."""
    return classifier(keras, keras.optimizers.Adamax(0.01))


def trained_adagrad(keras):
    """Return a classifier compiled with Adagrad."""
    return classifier(keras, keras.optimizers.Adagrad(0.1))


def trained_adadelta(keras):
    """Return a classifier compiled with Adadelta."""
    return classifier(keras, keras.optimizers.Adadelta(0.5))


def trained_frozen(keras):
    """Return a compiled CNN with a frozen layer and a normalization, objects for its metrics."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Conv2D(3, 2, input_shape=(5, 4, 2), name="frozen"),
            layers.BatchNormalization(name="normal"),
            layers.GlobalMaxPooling2D(name="pool"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    model.get_layer("frozen").trainable = False
    model.compile(
        optimizer=keras.optimizers.AdamW(0.01),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=[keras.metrics.CategoricalAccuracy(name="right")],
    )
    return model


def trained_bidirectional(keras):
    """Return a compiled model of LSTMs in both directions under a TimeDistributed layer."""
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.TimeDistributed(layers.Dense(3), input_shape=(5, 2)),
            layers.Bidirectional(layers.LSTM(2)),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    return model


def trained_nested(keras):
    """Return a compiled model that calls another model twice."""
    layers = keras.layers
    inside = layers.Input(shape=(3,))
    reader = keras.models.Model(inside, layers.Dense(4, activation="tanh")(inside), name="reader")
    left, right = layers.Input(shape=(3,), name="left"), layers.Input(shape=(3,), name="right")
    joined = layers.concatenate([reader(left), layers.Dense(2)(left), reader(right)])
    model = keras.models.Model([left, right], layers.Dense(3, activation="softmax")(joined))
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    return model


def cells(keras):
    """Return an RNN of stacked cells, and one of a single cell."""
    layers = keras.layers
    stack = [layers.LSTMCell(3), layers.GRUCell(4)]
    return keras.models.Sequential(
        [
            layers.RNN(stack, return_sequences=True, input_shape=(5, 2)),
            layers.RNN(layers.SimpleRNNCell(3)),
            layers.Dense(2),
        ]
    )


def separable(keras):
    """Return a CNN of separable, depthwise, transposed and dilated convolutions."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.SeparableConv2D(4, 3, padding="same", input_shape=(6, 5, 3)),
            layers.DepthwiseConv2D(2, depth_multiplier=2),
            layers.Conv2DTranspose(3, 3, strides=2),
            layers.Conv2D(2, 2, dilation_rate=2),
            layers.UpSampling2D(2),
            layers.Cropping2D(1),
            layers.LayerNormalization(),
            layers.GlobalMaxPooling2D(),
        ]
    )


def operators(keras):
    """Return a model with arithmetic, slices and comparisons between its layers."""
    layers = keras.layers
    left, right = layers.Input(shape=(4, 5)), layers.Input(shape=(4, 5))
    one, other = layers.Dense(3)(left), layers.Dense(3)(right)
    mixed = (one + other) * 2.0 - other / (one * one + 1.0)
    turned = 1.0 - mixed[:, 1:3] + mixed[:, :-2] ** 2
    picked = turned[:, :, 0] - (-turned)[:, :, 1]
    return keras.models.Model([left, right], layers.Dense(2)(picked))


def functions(keras):
    """Return a model with functions of tensors between its layers."""
    layers = keras.layers
    inputs = layers.Input(shape=(4, 6))
    hidden = layers.Dense(6)(inputs)
    if hasattr(keras, "ops"):
        ops = keras.ops
        scaled = ops.exp(ops.tanh(hidden)) + ops.sqrt(ops.abs(hidden) + 1.0)
        mean = ops.mean(scaled, axis=1)
        folded = ops.sum(ops.reshape(scaled, (-1, 4, 2, 3)), axis=2)
        turned = ops.transpose(folded, (0, 2, 1))
        joined = ops.concatenate([ops.max(turned, axis=2), ops.relu(mean)], axis=-1)
        wide = ops.stack([joined, ops.clip(joined, -0.5, 1.0)], axis=1)
        made = ops.squeeze(ops.expand_dims(ops.softmax(wide), 3), 3)
        made = ops.matmul(made, ops.transpose(made, (0, 2, 1)))
    else:
        import tensorflow as tf

        scaled = tf.exp(tf.tanh(hidden)) + tf.sqrt(tf.abs(hidden) + 1.0)
        mean = tf.reduce_mean(scaled, axis=1)
        folded = tf.reduce_sum(tf.reshape(scaled, (-1, 4, 2, 3)), axis=2)
        turned = tf.transpose(folded, (0, 2, 1))
        joined = tf.concat([tf.reduce_max(turned, axis=2), tf.nn.relu(mean)], axis=-1)
        wide = tf.stack([joined, tf.clip_by_value(joined, -0.5, 1.0)], axis=1)
        made = tf.squeeze(tf.expand_dims(tf.nn.softmax(wide), 3), 3)
        made = tf.matmul(made, made, transpose_b=True)
    return keras.models.Model(inputs, layers.Flatten()(made))


def row(build, inputs, **more):
    """Return one model's row, named after its function."""
    return dict(more, name=build.__name__, build=build, inputs=inputs)


CASES = [
    row(trained_nadam, [[6, 4]], train=3, targets=[[6, 3]]),
    row(trained_adamax, [[6, 4]], train=3, targets=[[6, 3]]),
    row(trained_adagrad, [[6, 4]], train=3, targets=[[6, 3]]),
    row(trained_adadelta, [[6, 4]], train=3, targets=[[6, 3]]),
    row(trained_frozen, [[6, 5, 4, 2]], train=3, targets=[[6, 3]]),
    row(trained_bidirectional, [[6, 5, 2]], train=3, targets=[[6, 3]]),
    row(trained_nested, [[6, 3], [6, 3]], train=3, targets=[[6, 3]]),
    row(cells, [[2, 5, 2]], weights=True),
    row(separable, [[2, 6, 5, 3]]),
    row(operators, [[2, 4, 5], [2, 4, 5]]),
    row(functions, [[2, 4, 6]], reverse=False),
]
