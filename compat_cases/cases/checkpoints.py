"""Models whose checkpoints and SavedModels are recorded, in the words of tf.keras."""


def plain(keras):
    """Return a Sequential with statistics."""
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Dense(3, input_shape=(4,), name="a"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(2, name="b"),
        ]
    )
    model.compile("adam", "mse")
    return model


def many(keras):
    """Return a graph of many kinds of layers, trained by an optimizer of the older kind."""
    layers = keras.layers
    words, picture = keras.Input((5, 4), name="words"), keras.Input((6, 5, 2), name="picture")
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")(words)
    x = layers.MultiHeadAttention(2, 3, name="heads")(x, x)
    x = layers.RNN([layers.GRUCell(2), layers.LSTMCell(3)], return_sequences=True, name="cells")(x)
    x = layers.TimeDistributed(layers.Dense(2), name="each")(x)
    x = layers.Flatten(name="flat")(layers.SeparableConv1D(2, 2, name="apart")(x))
    y = layers.BatchNormalization(name="norm")(layers.Conv2D(2, 3, name="conv")(picture))
    y = layers.PReLU(name="slope")(layers.DepthwiseConv2D(2, name="depth")(y))
    both = layers.Concatenate(name="joined")([x, layers.Flatten(name="flat_2")(y)])
    inner = keras.Sequential(
        [
            layers.Dense(3, activation="relu", input_shape=(both.shape[-1],), name="in_1"),
            layers.Dense(2, name="in_2"),
        ],
        name="inner",
    )
    model = keras.Model([words, picture], inner(both))
    model.compile(keras.optimizers.legacy.RMSprop(0.01, momentum=0.5, centered=True), "mse")
    return model


def own(keras):
    """Return a model of a class of its own, with layers in a list."""
    layers = keras.layers

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Dense(3, name="first")
            self.rest = [layers.Dense(4, name="second"), layers.Dense(2, name="third")]

        def call(self, inputs):
            x = self.first(inputs)
            for layer in self.rest:
                x = layer(x)
            return x

    model = Own()
    model.compile("adam", "mse")
    return model


def momentum(keras):
    """Return a Sequential trained by an older optimizer with momentum."""
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Conv1D(3, 2, input_shape=(4, 2), activation="relu", name="conv"),
            layers.GRU(2, name="gru"),
            layers.Dense(2, name="out"),
        ]
    )
    model.compile(keras.optimizers.legacy.SGD(0.05, momentum=0.9, nesterov=True), "mse")
    return model


# By name: how it is saved, what makes it, the shapes of its inputs, the batch counted.
CASES = {
    "plain": ("weights", plain, [(6, 4)]),
    "many": ("weights", many, [(3, 5, 4), (3, 6, 5, 2)]),
    "own": ("weights", own, [(6, 4)]),
    "named": ("checkpoint", plain, [(6, 4)]),
    "saved": ("saved_model", plain, [(6, 4)]),
    "saved_older": ("saved_model", momentum, [(3, 4, 2)]),
}
STEPS = 3
SEED = 7


def data(numpy, shapes):
    """Return inputs and targets."""
    draw = numpy.random.RandomState(SEED)
    inputs = [draw.uniform(-1, 1, shape).astype("float32") for shape in shapes]
    return inputs, draw.uniform(-1, 1, (shapes[0][0], 2)).astype("float32")
