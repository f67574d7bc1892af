"""Whole models: each function builds one from the ``keras`` it is given, the real one or kshim.

``CASES`` says for each: the shapes to predict on (batch included; ``kinds`` as in the cases of
layers), how many batches it is trained on before it is saved (``train``; it is compiled then),
whether its weights are saved alone as well (``weights``), and the eras it is for. ``custom`` gives
the objects of its own that a model needs; ``twin`` builds the model that computes in its place.
"""

ERAS = ("2.0", "2.2", "2.3", "2.15", "3")
SINCE_2_2 = ERAS[1:]


def mlp(keras):
    """Return a Sequential built by its constructor."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(5, activation="relu", input_shape=(4,)),
            layers.Dropout(0.5),
            layers.Dense(3),
            layers.Activation("softmax"),
        ]
    )


def classifier(keras, optimizer):
    """Return a small compiled classifier built with ``add``."""
    model = keras.models.Sequential(name="classifier")
    model.add(keras.layers.Dense(5, activation="tanh", input_dim=4, name="hidden"))
    model.add(keras.layers.Dense(3, activation="softmax", name="classes"))
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def trained_adam(keras):
    """Return a classifier compiled by the optimizer's name."""
    return classifier(keras, "adam")


def trained_sgd(keras):
    """Return a classifier compiled with an SGD of its own numbers."""
    return classifier(keras, keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True))


def trained_rmsprop(keras):
    """Return a classifier compiled with an RMSprop of its own learning rate."""
    return classifier(keras, keras.optimizers.RMSprop(0.01))


def trained_outputs(keras):
    """Return a compiled model of two named outputs with a loss and a weight for each."""
    layers = keras.layers
    inputs = layers.Input(shape=(4,), name="features")
    shared = layers.Dense(5, activation="tanh", kernel_regularizer="l2")(inputs)
    price = layers.Dense(1, name="price")(shared)
    kind = layers.Dense(3, activation="softmax", name="kind")(shared)
    model = keras.models.Model(inputs, [price, kind])
    model.compile(
        optimizer="rmsprop",
        loss={"price": "mse", "kind": "categorical_crossentropy"},
        loss_weights={"price": 0.5, "kind": 2.0},
        metrics={"kind": "accuracy", "price": "mae"},
    )
    return model


def cnn_same(keras):
    """Return a CNN of same-padded convolutions, normalization and pooling."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Conv2D(4, (3, 3), padding="same", input_shape=(8, 6, 3)),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(5, 3, padding="same", strides=2, use_bias=False),
            layers.BatchNormalization(scale=False),
            layers.LeakyReLU(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def cnn_valid(keras):
    """Return a CNN of valid convolutions, average pooling and a global average."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.ZeroPadding2D(((1, 0), (0, 2)), input_shape=(9, 7, 2)),
            layers.Conv2D(4, (3, 2), strides=(2, 1), activation="relu"),
            layers.AveragePooling2D((2, 2), padding="same"),
            layers.Conv2D(5, (1, 1)),
            layers.PReLU(shared_axes=[1, 2]),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="sigmoid"),
        ]
    )


def cnn_first(keras):
    """Return a CNN with its channels first."""
    layers = keras.layers
    first = {"data_format": "channels_first"}
    return keras.models.Sequential(
        [
            layers.Conv2D(4, 3, padding="same", input_shape=(3, 8, 6), **first),
            layers.BatchNormalization(axis=1),
            layers.MaxPooling2D(**first),
            layers.Conv2D(5, 2, **first),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


def conv_1d(keras):
    """Return a model of causal and dilated convolutions over a sequence."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Conv1D(4, 3, padding="causal", activation="relu", input_shape=(None, 3)),
            layers.Conv1D(4, 2, padding="causal", dilation_rate=2, activation="relu"),
            layers.MaxPooling1D(2),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2),
        ]
    )


def conv_3d(keras):
    """Return a model of a convolution over volumes."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Conv3D(3, 2, activation="relu", input_shape=(4, 5, 6, 2)),
            layers.MaxPooling3D(2, padding="same"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def lstm_text(keras):
    """Return an embedding with a mask under two LSTMs."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Embedding(9, 4, mask_zero=True, input_length=6),
            layers.LSTM(5, return_sequences=True),
            layers.LSTM(3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def gru_text(keras):
    """Return an embedding under a GRU."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Embedding(9, 4),
            layers.GRU(5),
            layers.Dense(2, activation="softmax"),
        ]
    )


def bidirectional_text(keras):
    """Return an embedding with a mask under LSTMs of both directions."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Embedding(9, 4, mask_zero=True, input_length=6),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(2), merge_mode="sum"),
            layers.Dense(1),
        ]
    )


def masked_rnn(keras):
    """Return a simple RNN over masked steps, its state repeated and read again."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Masking(0.0, input_shape=(5, 3)),
            layers.SimpleRNN(4),
            layers.RepeatVector(3),
            layers.GRU(4, return_sequences=True),
            layers.TimeDistributed(layers.Dense(2)),
        ]
    )


def two_inputs(keras):
    """Return a functional model of two inputs joined by ``concatenate``."""
    layers = keras.layers
    words = layers.Input(shape=(5,), dtype="int32", name="words")
    numbers = layers.Input(shape=(3,), name="numbers")
    read = layers.LSTM(4)(layers.Embedding(9, 4)(words))
    joined = layers.concatenate([read, numbers])
    hidden = layers.Dense(6, activation="relu")(joined)
    return keras.models.Model([words, numbers], layers.Dense(1, activation="sigmoid")(hidden))


def residual(keras):
    """Return a CNN with a residual branch."""
    layers = keras.layers
    image = layers.Input(shape=(6, 8, 3))
    entrance = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    branch = layers.Conv2D(4, 3, padding="same")(entrance)
    branch = layers.BatchNormalization()(branch)
    branch = layers.Activation("relu")(branch)
    branch = layers.Conv2D(4, 3, padding="same")(branch)
    joined = layers.add([entrance, branch])
    pooled = layers.GlobalAveragePooling2D()(joined)
    return keras.models.Model(image, layers.Dense(3, activation="softmax")(pooled))


def shared_layer(keras):
    """Return a model that calls the same layers on two inputs and compares what they say."""
    layers = keras.layers
    left, right = layers.Input(shape=(4,)), layers.Input(shape=(4,))
    read = layers.Dense(5, activation="tanh", name="shared")
    one, other = read(left), read(right)
    near = layers.dot([one, other], axes=-1, normalize=True)
    apart = layers.subtract([one, other])
    return keras.models.Model([left, right], layers.concatenate([near, apart]))


def nested(keras):
    """Return a model that holds another model twice over, partly frozen, with normalization."""
    layers = keras.layers
    inner = keras.models.Sequential(name="inner")
    inner.add(layers.Dense(4, input_shape=(3,), trainable=False))
    inner.add(layers.BatchNormalization())
    inner.add(layers.Dense(2, activation="tanh"))
    left, right = layers.Input(shape=(3,)), layers.Input(shape=(3,))
    joined = layers.multiply([inner(left), inner(right)])
    return keras.models.Model([left, right], layers.Dense(1)(joined))


def nested_sequential(keras):
    """Return a Sequential that begins with a functional base."""
    layers = keras.layers
    image = layers.Input(shape=(6, 5, 2))
    features = layers.GlobalMaxPooling2D()(layers.Conv2D(4, 3)(image))
    base = keras.models.Model(image, features, name="base")
    return keras.models.Sequential([base, layers.Dense(3, activation="relu"), layers.Dense(1)])


def time_distributed(keras):
    """Return a model that sees each frame with a small CNN, then reads the frames in turn."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.TimeDistributed(
                layers.Conv2D(3, 2, activation="relu"), input_shape=(4, 6, 5, 2)
            ),
            layers.TimeDistributed(layers.MaxPooling2D(2)),
            layers.TimeDistributed(layers.Flatten()),
            layers.LSTM(4),
            layers.Dense(2),
        ]
    )


def multi_output(keras):
    """Return a functional model of three outputs, one of them a hidden layer's."""
    layers = keras.layers
    inputs = layers.Input(shape=(4,), name="features")
    hidden = layers.Dense(5, activation="relu", name="hidden")(inputs)
    price = layers.Dense(1, name="price")(hidden)
    kind = layers.Dense(3, activation="softmax", name="kind")(hidden)
    return keras.models.Model(inputs, [price, kind, hidden])


def states(keras):
    """Return an encoder whose LSTM states begin a decoder's."""
    layers = keras.layers
    source = layers.Input(shape=(None, 3), name="source")
    target = layers.Input(shape=(None, 2), name="target")
    _, hidden, cell = layers.LSTM(4, return_state=True, name="encoder")(source)
    decoder = layers.LSTM(4, return_sequences=True, name="decoder")
    steps = decoder(target, initial_state=[hidden, cell])
    return keras.models.Model([source, target], layers.Dense(2, activation="softmax")(steps))


def merging(keras):
    """Return a model that merges in every way."""
    layers = keras.layers
    left, right = layers.Input(shape=(3,)), layers.Input(shape=(3,))
    both = [layers.Dense(3)(left), layers.Dense(3)(right)]
    merged = [
        layers.add(both),
        layers.subtract(both),
        layers.multiply(both),
        layers.average(both),
        layers.maximum(both),
        layers.minimum(both),
        layers.dot(both, axes=1),
    ]
    return keras.models.Model([left, right], layers.concatenate(merged, axis=1))


def shapes(keras):
    """Return a model that reshapes, permutes and flattens between its weights."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(12, activation="elu", input_shape=(4,)),
            layers.Reshape((3, 4)),
            layers.Permute((2, 1)),
            layers.Dense(2, activation="selu"),
            layers.PReLU(),
            layers.Flatten(),
            layers.Dense(3),
            layers.ELU(0.5),
            layers.Softmax(),
        ]
    )


def keyed(keras):
    """Return a model with regularizers, constraints and initializers of every spelling."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(
                4,
                input_shape=(3,),
                kernel_initializer="he_uniform",
                bias_initializer="ones",
                kernel_regularizer=keras.regularizers.l1_l2(0.01, 0.02),
                bias_regularizer=keras.regularizers.l2(0.03),
                kernel_constraint=keras.constraints.MaxNorm(2.0),
                bias_constraint="non_neg",
            ),
            layers.Dense(
                2,
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.1),
                activity_regularizer=keras.regularizers.l1(0.1),
            ),
        ]
    )


def normalized(keras):
    """Return a model that begins with a Normalization of known mean and variance."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            keras.Input(shape=(3,)),
            layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[0.5, 4.0, 2.0]),
            layers.Dense(2),
        ]
    )


def row(build, inputs, **more):
    """Return one model's row, named after its function."""
    return dict(more, name=build.__name__, build=build, inputs=inputs)


CASES = [
    row(mlp, [[2, 4]], weights=True),
    row(trained_adam, [[6, 4]], train=3, targets=[[6, 3]], weights=True),
    row(trained_sgd, [[6, 4]], train=3, targets=[[6, 3]]),
    row(trained_rmsprop, [[6, 4]], train=3, targets=[[6, 3]]),
    row(trained_outputs, [[6, 4]], train=3, targets=[[6, 1], [6, 3]]),
    row(cnn_same, [[2, 8, 6, 3]], weights=True),
    row(cnn_valid, [[2, 9, 7, 2]]),
    row(cnn_first, [[2, 3, 8, 6]], eras=ERAS[:3]),
    row(conv_1d, [[2, 9, 3]]),
    row(conv_3d, [[2, 4, 5, 6, 2]]),
    row(lstm_text, [[3, 6]], kinds=[9], weights=True),
    row(gru_text, [[3, 7]], kinds=[9]),
    row(bidirectional_text, [[3, 6]], kinds=[9], weights=True),
    row(masked_rnn, [[2, 5, 3]], masked_steps=[[3, 4], [0]]),
    row(two_inputs, [[3, 5], [3, 3]], kinds=[9, "float"]),
    row(residual, [[2, 6, 8, 3]]),
    row(shared_layer, [[2, 4], [2, 4]]),
    row(nested, [[2, 3], [2, 3]], weights=True),
    row(nested_sequential, [[2, 6, 5, 2]]),
    row(time_distributed, [[2, 4, 6, 5, 2]], weights=True),
    row(multi_output, [[2, 4]]),
    row(states, [[2, 4, 3], [2, 3, 2]]),
    row(merging, [[2, 3], [2, 3]], eras=SINCE_2_2),
    row(shapes, [[2, 4]], eras=SINCE_2_2),
    row(keyed, [[2, 3]]),
    row(normalized, [[2, 3]], eras=["2.15", "3"]),
]
